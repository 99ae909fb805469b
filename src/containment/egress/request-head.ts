import { looksLikeAddress, parseHost } from './host-rules.js';
import type { Host } from './host-rules.js';
import type { EgressRefusalReason } from '../../domain/egress.js';

/** The first request of a connection to the proxy, as far as it matters; everything else about it is foreign. */
export type RequestHead =
  | { readonly kind: 'more' }
  | { readonly kind: 'connect'; readonly host: Host; readonly port: number; readonly bytes: number }
  /** A plain request in absolute form. `head` is what the server gets: origin form, one Host, and the connection ends after it. */
  | { readonly kind: 'plain'; readonly host: Host; readonly port: number; readonly head: string; readonly bytes: number }
  | { readonly kind: 'refused'; readonly why: EgressRefusalReason; readonly host: string; readonly port: number };

export const HEAD_BYTES_MAX = 8192;

/**
 * Reads the head of a request, once its end has come. Hostile bytes: only printable ASCII, CR LF line ends, one form of
 * each thing; whatever could be read in two ways is refused. Work is linear in the head, which is at most 8 kB.
 */
export function readRequestHead(bytes: Buffer): RequestHead {
  const end = bytes.subarray(0, HEAD_BYTES_MAX).indexOf('\r\n\r\n');
  if (end < 0) return bytes.length >= HEAD_BYTES_MAX || !isHeadText(bytes) ? refused('malformed') : { kind: 'more' };
  const head = bytes.subarray(0, end);
  if (!isHeadText(head)) return refused('malformed');
  const [first = '', ...lines] = head.toString('latin1').split('\r\n');
  const words = first.split(' ');
  const [method = '', target = '', version = ''] = words;
  if (words.length !== 3 || !/^[A-Z]{1,20}$/.test(method) || !/^HTTP\/1\.[01]$/.test(version) || first.includes('\n')) return refused('malformed', target);
  const headers = headersOf(lines);
  if (headers === undefined) return refused('malformed', target);
  if (headers.some(([name]) => name === 'transfer-encoding' || (name === 'content-length' && method === 'CONNECT'))) return refused('malformed', target);
  if (method === 'CONNECT') return connectOf(target, end + 4);
  return target.startsWith('http://') ? plainOf({ method, target, headers, bytes: end + 4 }) : refused('method', target);
}

function connectOf(target: string, bytes: number): RequestHead {
  const authority = authorityOf(target, undefined);
  return authority.kind === 'refused' ? authority : { kind: 'connect', host: authority.host, port: authority.port, bytes };
}

interface PlainParts { readonly method: string; readonly target: string; readonly headers: readonly (readonly [string, string])[]; readonly bytes: number }

/** GET and HEAD without a body: what package mirrors need. A body would have to be measured in two places alike. */
function plainOf(parts: PlainParts): RequestHead {
  const rest = parts.target.slice('http://'.length);
  const slash = rest.search(/[/?#]/);
  const authority = authorityOf(slash < 0 ? rest : rest.slice(0, slash), 80);
  if (authority.kind === 'refused') return authority;
  const { host, port } = authority;
  const length = parts.headers.filter(([name]) => name === 'content-length');
  if ((parts.method !== 'GET' && parts.method !== 'HEAD') || length.some(([, value]) => value !== '0')) return refused('plain-http', host.text, port);
  const path = slash < 0 ? '/' : rest.slice(slash).split('#')[0] ?? '';
  const name = host.text.includes(':') ? `[${host.text}]` : host.text;
  const kept = parts.headers.filter(([header]) => !DROPPED.has(header) && !header.startsWith('proxy-')).map(([header, value]) => `${header}: ${value}`);
  const head = [`${parts.method} ${path.startsWith('/') ? path : `/${path}`} HTTP/1.1`, `host: ${name}${port === 80 ? '' : `:${port}`}`, 'connection: close', ...kept, '', ''].join('\r\n');
  return { kind: 'plain', host, port, head, bytes: parts.bytes };
}

/** Of one connection, or that would let the server see another name than the one that was checked. */
const DROPPED = new Set(['host', 'connection', 'keep-alive', 'te', 'trailer', 'upgrade', 'expect', 'content-length', 'http2-settings']);

type Authority = { readonly kind: 'authority'; readonly host: Host; readonly port: number } | Extract<RequestHead, { kind: 'refused' }>;

function authorityOf(text: string, portElse: number | undefined): Authority {
  const match = /^(\[[0-9A-Fa-f:.%]{1,60}\]|[^\s@[\]:/?#\\]{1,255})(?::(\d{1,5}))?$/.exec(text);
  const [, name, digits] = match ?? [];
  const port = digits === undefined ? portElse : Number(digits);
  // user@host, a second colon, an empty name: whatever has two readings.
  if (name === undefined || port === undefined || port < 1 || port > 65_535) return refused('malformed', text);
  const host = parseHost(name);
  if (host === undefined) return refused(looksLikeAddress(name) ? 'ip-literal' : 'malformed', name, port);
  return { kind: 'authority', host, port };
}

const HEADERS_MAX = 100;

function headersOf(lines: readonly string[]): readonly (readonly [string, string])[] | undefined {
  if (lines.length > HEADERS_MAX) return undefined;
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    // No folded lines, no blank before the colon: two ways to smuggle one header as another.
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name) || line.includes('\n') || line.includes('\r')) return undefined;
    headers.push([name, line.slice(colon + 1).trim()]);
  }
  return headers;
}

/** Printable ASCII, tabs, and line ends; a NUL or a byte above is read differently by different programs. */
function isHeadText(bytes: Buffer): boolean {
  return bytes.subarray(0, HEAD_BYTES_MAX).every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}

function refused(why: EgressRefusalReason, host = '', port = 0): Extract<RequestHead, { kind: 'refused' }> {
  return { kind: 'refused', why, host, port };
}
