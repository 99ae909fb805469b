import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Evidence } from '../../../ports/evidence.js';
import type { Redactor } from '../../../ports/redactor.js';
import { canonicalJson } from '../../../kit/canonical-json.js';
import { redactedJson } from '../../../kit/redacted-json.js';
import { appendToFile, placeBelow, readPlainBytes, readPlainText, replaceFile } from './plain-file.js';

export const id = 'folder';

/** The run folder on disk. Documents are written beside and renamed, so that a reader never meets half of one. */
export function create(options: { readonly folder: string }, deps: { readonly redactor: Redactor }): Evidence {
  const folder = path.resolve(options.folder);
  const replace = async (name: string, content: string | Uint8Array): Promise<void> => replaceFile(await placeBelow(folder, name), content);
  const json = (value: unknown): string => `${canonicalJson(redactedJson(value, (text) => deps.redactor.text(text)))}\n`;
  return {
    folder,
    writeText: async (name, text) => replace(name, deps.redactor.text(text)),
    writeJson: async (name, value) => replace(name, json(value)),
    writeBytes: replace,
    appendJsonLine: async (name, value) => appendToFile(await placeBelow(folder, name), json(value)),
    readText: async (name) => readPlainText(folder, name),
    readBytes: async (name) => readPlainBytes(folder, name),
    pathFor: async (name) => placeBelow(folder, name),
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')).sort();
    },
  };
}
