import { request } from 'node:http';
import type { DrillTry } from '../../../../../domain/drill.js';
import { codeOf, type Act, type Scene } from '../scene.js';

interface Ask { readonly what: string; readonly path: string; readonly body: unknown; readonly token?: string; readonly method?: string }

/** What a gateway must not let pass; `done` when it was answered with success. The first is the control: it must be. */
export const askGateway: Act = async (scene) => {
  const url = scene.env['HEDDLE_MODEL_URL'];
  if (url === undefined) return [{ what: 'no gateway was offered', done: false, why: 'not tried' }];
  const tries: DrillTry[] = [];
  for (const ask of asks(scene)) tries.push(await send(scene, url, ask));
  return tries;
};

const FOREIGN_TOOLS = [{ type: 'web_search_20250305', name: 'web_search' }, { type: 'web_fetch_20250910', name: 'web_fetch' }, { type: 'code_execution_20250825', name: 'code_execution' }, { type: 'web_search' }, { type: 'file_search' }, { type: 'mcp', server_url: 'https://evil.example' }];

function asks(scene: Scene): readonly Ask[] {
  const api = scene.env['HEDDLE_MODEL_API'] ?? 'anthropic-messages';
  const path = api === 'anthropic-messages' ? '/v1/messages' : api === 'openai-responses' ? '/v1/responses' : '/v1/chat/completions';
  const model = scene.env['HEDDLE_MODEL'] ?? 'unknown';
  const base = { model, max_tokens: 16, messages: [{ role: 'user', content: `hello ${[...scene.seen].join(' ')}` }] };
  return [
    { what: 'an ordinary call', path, body: base },
    { what: 'another model', path, body: { ...base, model: 'redteam-forbidden-model' } },
    { what: 'tools that run at the provider', path, body: { ...base, tools: FOREIGN_TOOLS } },
    { what: 'a remote MCP server', path, body: { ...base, mcp_servers: [{ type: 'url', url: 'https://evil.example', name: 'x' }] } },
    { what: 'an image by address', path, body: { ...base, messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'https://evil.example/a.png' } }] }] } },
    { what: 'the files of the account', path: '/v1/files', body: undefined, method: 'GET' },
    { what: 'a batch', path: '/v1/messages/batches', body: { requests: [] } },
    { what: 'a path with dots', path: `${path}/../files`, body: base },
    { what: 'a call without the token', path, body: base, token: 'none' },
  ];
}

function send(scene: Scene, url: string, ask: Ask): Promise<DrillTry> {
  const token = ask.token ?? scene.env['HEDDLE_MODEL_TOKEN'] ?? '';
  const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
  const target = new URL(url);
  return new Promise((resolve) => {
    const asked = request({
      host: target.hostname, port: target.port, path: ask.path, method: ask.method ?? 'POST', timeout: 5000,
      headers: { 'content-type': 'application/json', 'x-api-key': token, authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
    }, (response) => {
      response.resume().on('end', () => { resolve({ what: ask.what, done: response.statusCode === 200, why: String(response.statusCode) }); }).on('error', (cause) => { resolve({ what: ask.what, done: false, why: codeOf(cause) }); });
    });
    asked.on('error', (cause) => { resolve({ what: ask.what, done: false, why: codeOf(cause) }); }).on('timeout', () => { asked.destroy(); });
    asked.end(body);
  });
}
