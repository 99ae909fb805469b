import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import { isRecord } from './description.js';

export interface FakeArtifact { readonly name: string; readonly digest: string | undefined; readonly files: ReadonlyMap<string, Buffer> }

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService/';
const RUN = { run: 'ce7f54c7-61c7-4aae-887f-30da475f5f1a', job: 'ca395085-040a-526b-2ce8-bdc85f692774' };

/** The runner's artifact service and its blob store, as far as an upload goes. A call it does not know is a problem. */
export class FakeArtifacts {
  /** Finished uploads only, unpacked. */
  readonly artifacts: FakeArtifact[] = [];
  private readonly created = new Set<string>();
  private readonly blocks = new Map<string, Buffer>();
  private readonly blobs = new Map<string, Buffer>();
  private readonly found: string[] = [];
  private readonly server: Server;
  /** The next so many calls of the service answer 500. */
  failures = 0;
  url = '';

  private constructor() {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((cause: unknown) => {
        this.found.push(`the artifact service threw: ${String(cause)}`);
        response.destroy();
      });
    });
  }

  static async start(): Promise<FakeArtifacts> {
    const fake = new FakeArtifacts();
    await new Promise<void>((resolve) => { fake.server.listen(0, '127.0.0.1', resolve); });
    fake.url = `http://127.0.0.1:${String((fake.server.address() as AddressInfo).port)}`;
    return fake;
  }

  /**
   * What a runner gives to an action. GITHUB_SERVER_URL decides for the client whether there is a service at all: a name
   * below `.localhost` counts as GitHub and is never resolved.
   */
  env(): Readonly<Record<string, string>> {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return {
      ACTIONS_RESULTS_URL: `${this.url}/`, GITHUB_SERVER_URL: 'http://github.localhost',
      ACTIONS_RUNTIME_TOKEN: `${part({ alg: 'none' })}.${part({ scp: `Actions.Results:${RUN.run}:${RUN.job}` })}.x`,
    };
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => { resolve(); });
      this.server.closeAllConnections();
    });
    if (this.found.length > 0) throw new Error(`fake artifact service:\n${this.found.join('\n')}`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', this.url);
    if (request.method === 'POST' && url.pathname.startsWith(SERVICE)) this.call(url.pathname.slice(SERVICE.length), bytes, response);
    else if (request.method === 'PUT' && url.pathname.startsWith('/blobs/') && url.searchParams.get('sig') === 'fake-signature') this.put(url, bytes, response);
    else {
      this.found.push(`unknown route ${request.method ?? ''} ${url.pathname}`);
      response.writeHead(404).end('{}');
    }
  }

  private call(method: string, bytes: Buffer, response: ServerResponse): void {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    const answer = (status: number, value: unknown): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value)); };
    if (this.failures > 0) {
      this.failures -= 1;
      answer(500, { msg: 'failed' });
      return;
    }
    const name = isRecord(body) ? String(body['name']) : '';
    if (!isRecord(body) || body['workflow_run_backend_id'] !== RUN.run || body['workflow_job_run_backend_id'] !== RUN.job) this.found.push(`${method}: wrong run`);
    if (method === 'CreateArtifact') {
      // An artifact cannot be written twice in a run.
      if (this.created.has(name)) answer(409, { msg: 'an artifact with this name already exists' });
      else answer(200, { ok: true, signed_upload_url: `${this.url}/blobs/store/${encodeURIComponent(name)}?sig=fake-signature` });
      this.created.add(name);
    } else if (method === 'FinalizeArtifact') {
      const blob = this.blobs.get(name);
      if (blob === undefined || !isRecord(body) || String(body['size']) !== String(blob.length)) this.found.push(`FinalizeArtifact: wrong size of ${name}`);
      const hash = isRecord(body) ? body['hash'] : undefined;
      this.artifacts.push({ name, digest: typeof hash === 'string' ? hash : undefined, files: unzip(blob ?? Buffer.alloc(0)) });
      answer(200, { ok: true, artifact_id: String(this.artifacts.length) });
    } else {
      this.found.push(`unknown method ${method}`);
      answer(404, { msg: 'bad route' });
    }
  }

  private put(url: URL, bytes: Buffer, response: ServerResponse): void {
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const kind = url.searchParams.get('comp');
    if (kind === 'block') this.blocks.set(`${name} ${url.searchParams.get('blockid') ?? ''}`, bytes);
    else if (kind === 'blocklist') {
      const ids = [...bytes.toString('utf8').matchAll(/<(?:Latest|Uncommitted)>([^<]*)</g)].map((match) => match[1] ?? '');
      this.blobs.set(name, Buffer.concat(ids.map((id) => this.blocks.get(`${name} ${id}`) ?? Buffer.alloc(0))));
    } else this.blobs.set(name, bytes);
    response.writeHead(201, { etag: '"1"', 'last-modified': new Date(0).toUTCString(), 'x-ms-request-id': '1', 'x-ms-version': '2024-01-01' }).end();
  }
}

/** The files of a zip, by its central directory (PKWARE's APPNOTE 4.3.12); stored and deflated entries. */
function unzip(zip: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) return files;
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [size, name, extra, comment] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + size);
    files.set(zip.subarray(at + 46, at + 46 + name).toString('utf8'), zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed);
    at += 46 + name + extra + comment;
  }
  return files;
}
