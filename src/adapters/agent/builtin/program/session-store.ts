import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Block, Message } from './conversation.js';
import { asArray, asObject, asString, parseObject } from './json.js';

/** Names of sessions are made by us; anything else never becomes a path. */
const SESSION = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FILE_CHARS_MAX = 32_000_000;

/** The conversation of a session, or `undefined` when there is none that can be read: then a new one begins. */
export async function loadSession(home: string, session: string): Promise<readonly Message[] | undefined> {
  if (!SESSION.test(session)) return undefined;
  const text = await readFile(fileOf(home, session), 'utf8').catch(() => '');
  if (text === '' || text.length > FILE_CHARS_MAX) return undefined;
  const messages = asArray(parseObject(text)?.['messages']).map(readMessage);
  return messages.every((message): message is Message => message !== undefined) && messages.length > 0 ? messages : undefined;
}

/** Replaces the saved conversation as a whole: a kill in the middle leaves the one before. */
export async function saveSession(home: string, session: string, messages: readonly Message[]): Promise<void> {
  const file = fileOf(home, session);
  await mkdir(join(home, '.heddle-agent'), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify({ v: 1, messages }));
  await rename(`${file}.new`, file);
}

function fileOf(home: string, session: string): string {
  return join(home, '.heddle-agent', `${session}.json`);
}

function readMessage(value: unknown): Message | undefined {
  const role = asObject(value)?.['role'];
  const blocks = asArray(asObject(value)?.['blocks']).map(readBlock);
  if ((role !== 'user' && role !== 'assistant') || !blocks.every((block): block is Block => block !== undefined)) return undefined;
  return { role, blocks };
}

function readBlock(value: unknown): Block | undefined {
  const block = asObject(value) ?? {};
  const [text, id, name] = [asString(block['text']), asString(block['id']), asString(block['name'])];
  if (block['type'] === 'text' && text !== undefined) return { type: 'text', text };
  if (block['type'] === 'tool-call' && id !== undefined && name !== undefined) return { type: 'tool-call', id, name, input: asObject(block['input']) };
  if (block['type'] === 'tool-result' && id !== undefined && text !== undefined) return { type: 'tool-result', id, ok: block['ok'] === true, text };
  return undefined;
}
