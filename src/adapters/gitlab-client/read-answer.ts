import { CallFailed } from './call-failed.js';
import type { RawAnswer } from './call-failed.js';

/** An answer above this is not what was asked for; a page of a hundred of anything is far below it. */
const BYTES_MAX = 64 * 1024 * 1024;

/**
 * The whole answer: parsed when it says that it is JSON, as text when it is text, else as bytes. An answer without content is `null`.
 *
 * @throws CallFailed when it breaks off, is too large, or is JSON that cannot be read.
 */
export async function readAnswer(response: Response): Promise<RawAnswer> {
  const headers = Object.fromEntries(response.headers.entries());
  const bytes = await readBytes(response);
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const { status } = response;
  if (bytes.length === 0) return { status, headers, body: type === '' || type === 'application/json' ? null : '' };
  if (type === 'application/json') return { status, headers, body: readJson(bytes, status) };
  return { status, headers, body: type.startsWith('text/') ? bytes.toString('utf8') : bytes };
}

async function readBytes(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > BYTES_MAX) throw new CallFailed({ unreadable: true });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A failure with broken words is a failure still. */
function readJson(bytes: Buffer, status: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    if (status >= 300) return null;
    throw new CallFailed({ unreadable: true, cause });
  }
}
