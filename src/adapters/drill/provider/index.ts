import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProviderRequest { readonly method: string; readonly path: string; readonly body: string }

/** A model provider on loopback that answers every call with one word and keeps what it was sent, keys left out. */
export interface DrillProvider {
  readonly url: string;
  readonly requests: readonly ProviderRequest[];
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 8 * 1024 * 1024;

export async function startProvider(): Promise<DrillProvider> {
  const requests: ProviderRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('error', () => undefined).on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    }).on('end', () => {
      const path = request.url ?? '';
      requests.push({ method: request.method ?? '', path, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerFor(path)));
    });
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', () => { resolve(); }); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => { resolve(); });
    }),
  };
}

/** In the shape of the four wire formats. */
function answerFor(path: string): unknown {
  if (path.includes('generateContent')) return { candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1, totalTokenCount: 10 } };
  if (path.endsWith('/responses')) return { id: 'r', object: 'response', status: 'completed', model: 'drill', output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok' }] }], usage: { input_tokens: 9, output_tokens: 1, total_tokens: 10 } };
  if (path.endsWith('/chat/completions')) return { id: 'c', object: 'chat.completion', model: 'drill', choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 } };
  return { id: 'm', type: 'message', role: 'assistant', model: 'drill', content: [{ type: 'text', text: 'ok' }], stop_reason: 'end_turn', usage: { input_tokens: 9, output_tokens: 1 } };
}
