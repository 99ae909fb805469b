import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ModelApi } from '../../ports/model-gateway.js';
import { CassetteDocument } from './cassette.js';
import type { CassetteEntry } from './cassette.js';
import type { OutboundCall } from './model-source.js';
import { requestShape } from './request-shape.js';

export interface CassetteRecorder {
  /** Keeps the place of a call, so that entries stand in the order in which the questions were asked. */
  begin(call: OutboundCall): (answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }) => void;
  /** Writes all that was recorded so far; the file is whole at every moment. */
  flush(): Promise<void>;
}

/** Only what a client needs to read the body again: rate-limit figures and request ids would differ each time. */
const RECORDED_HEADERS = new Set(['content-type', 'retry-after']);

export function createCassetteRecorder(options: { readonly file: string; readonly api: ModelApi; redact(text: string): string }): CassetteRecorder {
  const entries: (CassetteEntry | undefined)[] = [];
  return {
    begin(call) {
      const at = entries.push(undefined) - 1;
      return (answer) => {
        const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => RECORDED_HEADERS.has(name)));
        entries[at] = {
          attempt: call.attempt,
          request: requestShape(call.route, call.vetted),
          response: { status: answer.status, headers, body: options.redact(answer.body) },
        };
      };
    },
    async flush() {
      const document = CassetteDocument.parse({ format: 'heddle-cassette', version: 1, api: options.api, entries: entries.filter((entry) => entry !== undefined) });
      await mkdir(dirname(options.file), { recursive: true });
      const unfinished = `${options.file}.${process.pid}.part`;
      await writeFile(unfinished, `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o600 });
      await rename(unfinished, options.file);
    },
  };
}
