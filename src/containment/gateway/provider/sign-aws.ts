import { createHash, createHmac } from 'node:crypto';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

export interface ToSign {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SigningScope {
  readonly keys: AwsKeys;
  readonly region: string;
  readonly service: string;
  readonly atMs: number;
}

/**
 * The headers that sign a request (AWS Signature Version 4): date, token and authorization. Written here because one
 * method, one service and one hash are all that is needed; the tests hold it against the published vectors.
 * Of the given headers all are signed, and `host` is.
 */
export function signAws(request: ToSign, { keys, region, service, atMs }: SigningScope): Record<string, string> {
  const stamp = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const added = { 'x-amz-date': stamp, ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }) };
  const headers = Object.entries({ ...request.headers, ...added, host: request.url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const).sort(byName);
  const signed = headers.map(([name]) => name).join(';');
  const canonical = [
    request.method, canonicalPath(request.url.pathname), canonicalQuery(request.url), ...headers.map(([name, value]) => `${name}:${value}`), '', signed, sha256(request.body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce((secret: string | Buffer, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope, sha256(Buffer.from(canonical))].join('\n')).toString('hex');
  return { ...added, authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}` };
}

/** Every service but the object store encodes the path, as it stands in the address, a second time. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams].map(([name, value]) => [encode(name), encode(value)] as const).sort((a, b) => byName(a, b) || (a[1] < b[1] ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`).join('&');
}

/** All but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function byName(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] === b[0] ? 0 : a[0] < b[0] ? -1 : 1;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
