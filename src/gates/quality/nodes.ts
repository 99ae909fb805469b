import type { RuleEffect } from '../../config/quality-config.js';
import { digestOfJson } from '../../domain/digest.js';
import type { Finding } from '../../domain/finding.js';
import { CheckId } from '../../domain/ids.js';
import { untrusted } from '../../domain/text.js';
import { strictest, type VerdictEffect, type VerdictNode } from '../../domain/verdict.js';

/** At most so many places in one node; counts are whole. */
export const SHOWN_MAX = 50;

/** What a rule that objects does, by its setting. */
export function effectOf(setting: RuleEffect): VerdictEffect {
  return setting === 'deny' ? 'deny' : setting === 'hold' ? 'hold' : 'allow';
}

/** A node over others: as strict as the strictest, in words that name who objects. */
export function groupNode(rule: string, children: readonly VerdictNode[], quiet: string): VerdictNode {
  const effect = strictest(children.map((child) => child.effect));
  const loud = children.filter((child) => child.effect === effect);
  return { rule, effect, words: effect === 'allow' ? quiet : loud.map((child) => child.words).join('; '), children };
}

/** `path:line` of each, for annotations and notes on lines; what has no line of its own is left out. The lists of counts beside it are whole. */
export function placesOf(places: readonly { readonly path: string | undefined; readonly line: number | undefined }[]): { readonly places?: readonly string[] } {
  const known = places.flatMap(({ path, line }) => (path === undefined || line === undefined ? [] : [`${path}:${line}`]));
  return known.length === 0 ? {} : { places: [...new Set(known)].slice(0, SHOWN_MAX) };
}

export function offNode(rule: string): VerdictNode {
  return { rule, effect: 'allow', words: 'this rule is off' };
}

/** A finding of a gate. It is named by what it is about and not by its line, so that two attempts with the same fault show the same finding. */
export function gateFinding(rule: string, about: { readonly identity: readonly unknown[]; readonly severity: Finding['severity']; readonly file?: string | undefined; readonly line?: number | undefined; readonly name?: string | undefined; readonly message: string }): Finding {
  const source = CheckId.parse(`gate:${rule}`);
  return {
    fingerprint: digestOfJson({ source, identity: about.identity.map((part) => part ?? '') }), source, from: 'gate', severity: about.severity,
    ...(about.file === undefined ? {} : { file: about.file.slice(0, 1000) }),
    ...(about.line === undefined ? {} : { line: about.line }),
    ...(about.name === undefined ? {} : { rule: about.name.slice(0, 200) }),
    message: untrusted(about.message.slice(0, 2000)),
  };
}

/** `3, 7-9, 12`: numbers in order, runs put together, cut at a bound. */
export function ranges(numbers: readonly number[], max = 30): string {
  const runs: string[] = [];
  let [start, end] = [Number.NaN, Number.NaN];
  const close = (): void => { if (!Number.isNaN(start)) runs.push(start === end ? String(start) : `${start}-${end}`); };
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    if (number === end + 1) end = number;
    else {
      close();
      [start, end] = [number, number];
    }
  }
  close();
  return runs.length > max ? `${runs.slice(0, max).join(', ')} and ${runs.length - max} more places` : runs.join(', ');
}

/** One decimal, rounded down: 79.99 is not 80. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((part * 1000) / whole) / 10;
}
