import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { logText } from '../../../kit/log-text.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Host } from '../../../ports/host.js';

export const id = 'local';

export interface LocalHostOptions {
  /** Where lines go: `process.stderr` for a person, a memory in tests. */
  readonly out: { write(text: string): unknown };
  /** The run folder: `summary.md` and `outputs.json` are written there. */
  readonly folder: string;
}

/** The host on a laptop: lines on a stream, summary and outputs in the run folder. It has no artifacts: the folder is it. */
export function create(options: LocalHostOptions): Host {
  const secrets = new Set<string>();
  const outputs: Record<string, string> = {};
  const masked = (text: string): string => [...secrets].reduce((all, secret) => all.replaceAll(secret, '***'), text);
  const print = (text: string): void => { options.out.write(`${logText(masked(text))}\n`); };
  return {
    facts: { id, runKey: `local/${hostname()}/${String(process.pid)}`, attempt: 1, url: undefined, ci: false },
    mask: (secret) => {
      for (const line of secret.split(/\r?\n/)) if (line.length >= 4) secrets.add(line);
    },
    group: () => undefined,
    endGroup: () => undefined,
    line: print,
    annotate: (level, message, at) => { print(`${level}: ${at === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${String(at.line)}`}: `}${message}`); },
    summary: (markdown) => write(options.folder, 'summary.md', markdown),
    output: async (name, value) => {
      outputs[name] = value;
      const written = await write(options.folder, 'outputs.json', `${JSON.stringify(outputs, null, 2)}\n`);
      if (!written.ok) print(`warning: ${written.error.message}`);
    },
  };
}

async function write(folder: string, name: string, text: string): Promise<Result<void, Fault>> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), text);
    return ok(undefined);
  } catch (cause) {
    return err({ code: 'io', side: 'ours', retryable: false, source: 'host/local', message: `${join(folder, name)} could not be written: ${cause instanceof Error ? cause.message : String(cause)}. Name another folder with --out.` });
  }
}
