/** Longest stream that is read, in bytes; the gateway has its own, lower bounds. */
const BYTES_MAX = 64 * 1024 * 1024;

/**
 * The data of a server-sent event stream (HTML standard, "Server-sent events"): events end at an empty line, several data
 * lines are joined. Comments, names and ids are passed over.
 */
export async function* eventData(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  let data: string[] = [];
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > BYTES_MAX) return;
    const lines = `${open}${decoder.decode(chunk, { stream: true })}`.split('\n');
    open = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
      }
    }
  }
  if (open.startsWith('data:')) data.push(open.slice(5).trim());
  if (data.length > 0) yield data.join('\n');
}
