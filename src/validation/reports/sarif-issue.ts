import type { z } from 'zod';
import type { Issue } from '../../domain/report.js';
import { untrusted } from '../../domain/text.js';
import { plainText } from '../plain-text.js';
import { relativePath, type PathFrame } from '../repository-path.js';
import type { RuleReference, RuleTable } from './sarif-rules.js';
import type { Artifact, BaseIds, Component, Rule, SarifResult } from './sarif-schema.js';
import { judgeWords } from './sarif-words.js';

const MESSAGE_CHARS = 400;
const PRINTS_MAX = 6;
const TAGS_MAX = 40;

/** What is kept of a result until its run is complete: tens of thousands may wait. */
export interface Waiting {
  readonly rule: RuleReference;
  readonly level: string | undefined;
  readonly review: boolean;
  readonly message: { readonly text: string } | { readonly id: string; readonly args: readonly string[] };
  readonly place: { readonly uri?: string | undefined; readonly uriBaseId?: string | undefined; readonly index?: number | undefined } | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly symbol: string | undefined;
  readonly prints: readonly string[];
  readonly suppressed: Issue['suppressed'];
  readonly weakness: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
}

const TOLD = ['tags', 'security-severity', 'category', 'type', 'severity', 'impacts', 'issue_severity', 'problem.severity'] as const;

/** The part of a result that matters, or undefined for one that reports no problem (SARIF 3.27.9 and 3.27.24). */
export function waitingOf(result: SarifResult): Waiting | undefined {
  const kind = result.kind ?? 'fail';
  if (!['fail', 'open', 'review'].includes(kind) || result.baselineState === 'absent') return undefined;
  const at = result.locations?.[0];
  const { message } = result;
  const logical = at?.logicalLocations?.[0] ?? result.logicalLocations?.[0];
  return {
    rule: { id: result.ruleId ?? result.rule?.id, index: result.ruleIndex ?? result.rule?.index, component: result.rule?.toolComponent },
    level: result.level, review: kind !== 'fail',
    message: message.text === undefined && message.id !== undefined ? { id: message.id, args: (message.arguments ?? []).slice(0, 10) } : { text: plainText(message.text ?? message.markdown ?? '', MESSAGE_CHARS) },
    place: at?.physicalLocation?.artifactLocation, line: counted(at?.physicalLocation?.region?.startLine), column: counted(at?.physicalLocation?.region?.startColumn),
    symbol: logical?.fullyQualifiedName ?? logical?.name, prints: printsOf(result), suppressed: suppressionOf(result),
    weakness: (result.taxa ?? []).some(({ id, toolComponent }) => isWeakness(id, toolComponent?.name)), properties: told(result.properties ?? {}),
  };
}

export interface RunFrame {
  readonly rules: RuleTable;
  readonly tool: string;
  readonly bases: z.infer<typeof BaseIds>;
  readonly artifacts: readonly z.infer<typeof Artifact>[];
  readonly frame: PathFrame;
}

/** The issue of a result, with what its run says about rules and places. Undefined for the level `none`. */
export function issueOf(waiting: Waiting, run: RunFrame): Issue | undefined {
  const found = run.rules.find(waiting.rule);
  const rule = found?.rule;
  const said = waiting.review ? 'warning' : waiting.level ?? run.rules.levelOf(rule) ?? 'warning';
  if (said !== 'error' && said !== 'warning' && said !== 'note') return undefined;
  const properties = { ...told(rule?.properties ?? {}), ...waiting.properties };
  const ruleId = plainText(waiting.rule.id ?? rule?.id ?? '(no rule)', 200);
  const tool = plainText(run.tool, 100);
  const judged = judgeWords({
    tool, rule: ruleId, level: said, properties, tags: [...tagsOf(rule?.properties), ...tagsOf(waiting.properties)].slice(0, TAGS_MAX),
    weakness: waiting.weakness || (rule?.relationships ?? []).some(({ target }) => isWeakness(target?.id, target?.toolComponent?.name)),
  });
  const file = placeOf(waiting, run);
  return {
    tool, rule: ruleId, ...judged, level: said,
    ...(file === undefined ? {} : { file }),
    ...(file === undefined || waiting.line === undefined ? {} : { line: waiting.line }),
    ...(file === undefined || waiting.column === undefined ? {} : { column: waiting.column }),
    ...(waiting.symbol === undefined || waiting.symbol === '' ? {} : { symbol: plainText(waiting.symbol, 300) }),
    message: untrusted(messageOf(waiting, rule, found?.component)), prints: [...waiting.prints],
    ...(waiting.suppressed === undefined ? {} : { suppressed: waiting.suppressed }),
  };
}

function messageOf(waiting: Waiting, rule: Rule | undefined, component: Component | undefined): string {
  const { message } = waiting;
  if ('text' in message) return message.text === '' ? plainText(rule?.shortDescription?.text ?? '', MESSAGE_CHARS) : message.text;
  const form = rule?.messageStrings?.[message.id]?.text ?? component?.globalMessageStrings?.[message.id]?.text ?? message.id;
  return plainText(form.slice(0, MESSAGE_CHARS * 4).replace(/\{(\d)\}/g, (whole, at: string) => message.args[Number(at)]?.slice(0, MESSAGE_CHARS) ?? whole), MESSAGE_CHARS);
}

/**
 * The path of a result from the repository's root. Tools write absolute file URIs, paths relative to their folder, or
 * paths below a base whose own place is the root of the sources on some machine.
 */
function placeOf({ place }: Waiting, run: RunFrame): string | undefined {
  const uri = place?.uri ?? (place?.index === undefined ? undefined : run.artifacts[place.index]?.location?.uri);
  if (uri === undefined || uri === '') return undefined;
  const path = decoded(uri);
  const base = baseOf(place?.uriBaseId ?? (place?.index === undefined ? undefined : run.artifacts[place.index]?.location?.uriBaseId), run.bases);
  const below = base === undefined ? undefined : relativePath(`${base.replace(/\/+$/, '')}/${path}`, run.frame);
  return below?.slice(0, 1000) ?? relativePath(path, run.frame)?.slice(0, 1000);
}

/** A base may stand on another base; a circle ends at the bound. */
function baseOf(id: string | undefined, bases: z.infer<typeof BaseIds>): string | undefined {
  let path = '';
  let next = id;
  for (let steps = 0; next !== undefined && steps < 8; steps += 1) {
    const base: { readonly uri?: string | undefined; readonly uriBaseId?: string | undefined } | undefined = Object.hasOwn(bases, next) ? bases[next] : undefined;
    if (base?.uri === undefined) return undefined;
    path = `${decoded(base.uri)}${path}`;
    next = base.uriBaseId;
  }
  return path === '' ? undefined : path;
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** Words of a tool that has no fingerprint to give («requires login») are none: a name is long, and has no white space. */
function printsOf(result: SarifResult): readonly string[] {
  return Object.entries({ ...result.fingerprints, ...result.partialFingerprints })
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && /^\S{8,200}$/.test(entry[1]) && entry[0].length <= 90)
    .map(([name, value]) => `${name}=${value}`).sort().slice(0, PRINTS_MAX);
}

/** Suppressed when at least one suppression stands and none is refused or waits for review (SARIF 3.27.23, 3.35). */
function suppressionOf({ suppressions }: SarifResult): Issue['suppressed'] {
  if (suppressions === undefined || suppressions === null || suppressions.length === 0) return undefined;
  if (suppressions.some(({ status }) => status === 'rejected' || status === 'underReview')) return undefined;
  return suppressions.some(({ kind }) => kind === 'inSource') ? 'source' : 'elsewhere';
}

function isWeakness(id: string | undefined, taxonomy: string | undefined): boolean {
  return /^CWE\b/i.test(taxonomy ?? '') || /^CWE-?\d/i.test(id ?? '');
}

function tagsOf(properties: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const tags = properties?.['tags'];
  return Array.isArray(tags) ? tags.filter((tag: unknown): tag is string => typeof tag === 'string' && tag.length <= 200).slice(0, TAGS_MAX) : [];
}

function told(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of TOLD) if (Object.hasOwn(properties, name)) kept[name] = properties[name];
  return kept;
}

function counted(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
