import { appendFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Evidence } from '../../../ports/evidence.js';
import type { Redactor } from '../../../ports/redactor.js';
import { canonicalJson } from '../../../kit/canonical-json.js';

export const id = 'folder';

/** The run folder on disk. Documents are written beside and renamed, so that a reader never meets half of one. */
export function create(options: { readonly folder: string }, deps: { readonly redactor: Redactor }): Evidence {
  const folder = path.resolve(options.folder);
  const resolve = async (name: string): Promise<string> => {
    const file = path.join(folder, ...name.split('/'));
    // Names come from check ids and attempt numbers; this is the last fence, not the first.
    if (!file.startsWith(folder + path.sep)) throw new Error(`a document outside the run folder was asked for: ${name}`);
    await mkdir(path.dirname(file), { recursive: true });
    return file;
  };
  const replace = async (name: string, content: string | Uint8Array): Promise<void> => {
    const file = await resolve(name);
    const beside = `${file}.${process.pid}.new`;
    await writeFile(beside, content);
    await rename(beside, file);
  };
  return {
    folder,
    writeText: async (name, text) => replace(name, deps.redactor.text(text)),
    writeJson: async (name, value) => replace(name, `${deps.redactor.text(canonicalJson(value))}\n`),
    writeBytes: replace,
    async appendJsonLine(name, value) {
      await appendFile(await resolve(name), `${deps.redactor.text(canonicalJson(value))}\n`);
    },
    async readText(name) {
      try {
        return await readFile(path.join(folder, ...name.split('/')), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    pathFor: resolve,
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')).sort();
    },
  };
}
