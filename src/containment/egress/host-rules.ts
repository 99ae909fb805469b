import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';

/** A host that somebody asked for, in its one form: a lower-case ASCII name without a trailing dot, or an address. */
export type Host = { readonly kind: 'name'; readonly text: string } | { readonly kind: 'address'; readonly text: string };

/** True for a host that is allowed. */
export type HostRules = (host: Host) => boolean;

/**
 * Compiles the names that a configuration allows. A name allows itself; `*.name` allows exactly one label before it, not
 * `name` itself; `*` allows every name, no address; an address allows itself. Names may be written in Unicode.
 * Answers the first rule that says nothing clear.
 */
export function hostRules(allow: readonly string[]): Result<HostRules, string> {
  const exact = new Set<string>();
  const below = new Set<string>();
  let any = false;
  for (const rule of allow) {
    if (rule === '*') {
      any = true;
      continue;
    }
    const wild = rule.startsWith('*.');
    const host = parseHost(ruleInAscii(wild ? rule.slice(2) : rule));
    if (host === undefined || (wild && (host.kind === 'address' || !host.text.includes('.')))) return err(rule);
    (wild ? below : exact).add(host.text);
  }
  return ok((host) => exact.has(host.text) || (host.kind === 'name' && (any || below.has(afterFirstLabel(host.text)))));
}

/**
 * The host of a request, or undefined for anything that is not plainly a name or an address. Hostile input. What some
 * resolver would read as a number (`127.1`, `0x7f.1`, `2130706433`) is neither: it ends in a number (WHATWG URL, "ends in
 * a number"), and no name of the public tree does.
 */
export function parseHost(text: string): Host | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (bare.length > HOST_CHARS_MAX) return undefined;
  if (isIP(bare) === 4 && bare === text) return { kind: 'address', text: bare };
  if (isIP(bare) === 6) return bare.includes('%') ? undefined : { kind: 'address', text: canonicalIpv6(bare) };
  const name = bare.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (bare !== text || name.length > 253 || !labels.every((label) => LABEL.test(label))) return undefined;
  return ENDS_IN_NUMBER.test(labels.at(-1) ?? '') ? undefined : { kind: 'name', text: name };
}

/** True for what looks like an address in a spelling that is not accepted as one. */
export function looksLikeAddress(text: string): boolean {
  return text.startsWith('[') || text.includes(':') || ENDS_IN_NUMBER.test(text.toLowerCase().replace(/\.$/, '').split('.').at(-1) ?? '');
}

function afterFirstLabel(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

const HOST_CHARS_MAX = 255;
/** Underscores stand in names of services; a hyphen never begins or ends a label. */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
const ENDS_IN_NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;

function canonicalIpv6(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function ruleInAscii(name: string): string {
  // domainToASCII reads numbers as addresses and answers '' for what is no name; addresses are left for parseHost.
  return isIP(name) !== 0 || name.startsWith('[') || /^[\x21-\x7e]*$/.test(name) ? name : domainToASCII(name);
}
