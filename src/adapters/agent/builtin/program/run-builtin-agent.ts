import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { withPrompt } from './conversation.js';
import { loadSession, saveSession } from './session-store.js';
import { parseSettings } from './settings.js';
import { wireText } from './wire.js';
import type { WireLine } from './wire.js';
import { workLoop } from './work-loop.js';

/**
 * The built-in agent: a program of its own that runs inside the sandbox, with the working folder as its current folder.
 * Its settings and prompt come as one JSON document on stdin, its events go to stdout as JSON lines. Answers the exit
 * code: 0 whenever it could tell how it ended, 2 for a document that our own adapter cannot have written.
 */
export async function runBuiltinAgent(): Promise<number> {
  const settings = parseSettings(await readStdin());
  if (settings === undefined) {
    process.stderr.write('heddle: the built-in agent was started without its settings on stdin; it is started by `heddle run`\n');
    return 2;
  }
  const home = homedir();
  const saved = settings.session === undefined ? undefined : await loadSession(home, settings.session);
  if (settings.session !== undefined && saved === undefined) {
    // A repair prompt means nothing without the conversation before it: the caller must start over with the whole brief.
    emit({ type: 'ended', reason: 'session-lost', summary: 'The conversation of the attempt before is not in the home any more.' });
    return 0;
  }
  const session = settings.session ?? randomUUID();
  emit({ type: 'session', session });
  const messages = withPrompt(saved ?? [], settings.prompt);
  const place = { root: await realpath(process.cwd()), rules: settings.rules };
  emit(await workLoop({ settings, place, messages, emit, save: (kept) => saveSession(home, session, kept) }));
  return 0;
}

/** Written at once and whole: a line that was emitted is outside even if the program is killed next. */
function emit(line: WireLine): void {
  let bytes = Buffer.from(wireText(line));
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
