import type { Candidate } from '../../../domain/candidate.js';
import type { QualityConfig } from '../../../config/quality-config.js';
import type { CheckReports } from '../../../domain/report.js';
import type { VerdictNode } from '../../../domain/verdict.js';
import type { TextReader } from '../../gate-facts.js';
import { effectOf, gateFinding, groupNode, offNode, SHOWN_MAX } from '../nodes.js';
import { advisoryIndex, readAdvisories, type Advisory, type Hit } from './advisories.js';
import type { Dependency } from './dependency.js';
import { dependencyChanges, type DependencyChange } from './dependency-changes.js';

/** What a change brings in from outside: listed always, held when new, refused when forbidden or known to be vulnerable. */
export async function dependencyRule(input: { readonly config: QualityConfig; readonly candidate: Candidate; readonly textOf: TextReader | undefined; readonly base: readonly CheckReports[] }): Promise<VerdictNode> {
  const { config, candidate, textOf, base } = input;
  if (textOf === undefined) return { rule: 'dependencies', effect: 'allow', words: 'the manifests were not looked at' };
  const { changes, unread } = await dependencyChanges(candidate, textOf);
  if (changes.length === 0 && unread.length === 0) return { rule: 'dependencies', effect: 'allow', words: 'no dependency is added or moved' };
  const known = await advisoriesOf(config, base, textOf);
  const nodes = [newNode(config, changes), unreadNode(config, unread), deniedNode(config, changes), vulnerableNode(config, changes, known), licenceNode(config, changes)];
  const counts = (['added', 'changed', 'removed'] as const).map((kind) => `${changes.filter((change) => change.kind === kind).length} ${kind}`).join(', ');
  return { ...groupNode('dependencies', nodes, `dependencies: ${counts}`), values: { count: changes.length, changes: changes.slice(0, SHOWN_MAX * 2).map(told) } };
}

function newNode(config: QualityConfig, changes: readonly DependencyChange[]): VerdictNode {
  const rule = 'new-dependencies';
  if (config.dependencies.new === 'off') return offNode(rule);
  const added = changes.filter(({ kind }) => kind === 'added');
  if (added.length === 0) return { rule, effect: 'allow', words: 'no dependency is new' };
  return {
    rule, effect: effectOf(config.dependencies.new), words: `${added.length} new ${added.length === 1 ? 'dependency' : 'dependencies'}: ${listed(added)}`, values: { count: added.length, dependencies: added.slice(0, SHOWN_MAX).map(told) },
    findings: added.slice(0, SHOWN_MAX).map((change) => finding(change, rule, `${told(change)}. A person must agree to a new dependency.`)),
  };
}

/** A manifest that cannot be read could bring in anything. */
function unreadNode(config: QualityConfig, unread: readonly string[]): VerdictNode {
  const rule = 'unread-manifests';
  if (unread.length === 0 || config.dependencies.new === 'off') return { rule, effect: 'allow', words: 'every changed manifest was read' };
  return { rule, effect: effectOf(config.dependencies.new), words: `${unread.slice(0, 3).join(', ')} cannot be read, so what ${unread.length === 1 ? 'it brings' : 'they bring'} in is not known`, values: { paths: unread.slice(0, SHOWN_MAX) } };
}

function deniedNode(config: QualityConfig, changes: readonly DependencyChange[]): VerdictNode {
  const rule = 'denied-dependencies';
  const denied = changes.filter(({ kind, ecosystem, name }) => kind !== 'removed' && config.dependencies.deny.some((pattern) => isNamed(pattern, ecosystem, name)));
  if (denied.length === 0) return { rule, effect: 'allow', words: 'no dependency of gates.quality.dependencies.deny is brought in' };
  return {
    rule, effect: 'deny', words: `gates.quality.dependencies.deny forbids ${listed(denied)}`, values: { dependencies: denied.slice(0, SHOWN_MAX).map(told) },
    findings: denied.slice(0, SHOWN_MAX).map((change) => finding(change, rule, `${told(change)} is forbidden here.`)),
  };
}

/** `name`, `ecosystem:name`, with `*` at the end for a whole family. Names are compared without case: no registry tells them apart safely. */
function isNamed(pattern: string, ecosystem: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  return [name.toLowerCase(), `${ecosystem}:${name}`.toLowerCase()].some((full) => (wanted.endsWith('*') ? full.startsWith(wanted.slice(0, -1)) : full === wanted));
}

interface Known { readonly find: (dependency: Dependency) => readonly Hit[]; readonly count: number; readonly problems: readonly string[] }

async function advisoriesOf(config: QualityConfig, base: readonly CheckReports[], textOf: TextReader): Promise<Known> {
  const advisories: Advisory[] = [];
  const problems: string[] = [];
  const take = (text: string | undefined, from: string): void => {
    const read = text === undefined ? undefined : readAdvisories(text);
    if (read === undefined) problems.push(`${from} ${text === undefined ? 'is not in the base commit, or is larger than 4 MiB (let a check write it, format osv)' : 'is not in the OSV format'}`);
    else {
      advisories.push(...read.advisories);
      if (read.unread > 0) problems.push(`${from} has ${read.unread} records that are not in the OSV format`);
    }
  };
  for (const path of config.dependencies.advisories) take(await textOf('base', path), path);
  for (const reports of base) for (const text of reports.advisories) take(text, `the osv report of ${reports.check}`);
  return { find: advisoryIndex(advisories), count: advisories.length, problems };
}

function vulnerableNode(config: QualityConfig, changes: readonly DependencyChange[], known: Known): VerdictNode {
  const rule = 'vulnerable-dependencies';
  const setting = config.dependencies.vulnerable;
  if (setting === 'off') return offNode(rule);
  if (known.problems.length > 0) return { rule, effect: 'error', words: `the advisories cannot be used: ${known.problems.join('; ')}`, values: { problems: known.problems } };
  if (known.count === 0) return { rule, effect: 'allow', words: 'there are no advisories to compare with (gates.quality.dependencies.advisories)' };
  const hits = changes.flatMap((change) => change.entries.flatMap((entry) => known.find(entry).map((hit) => ({ change, entry, hit }))));
  const distinct = hits.filter(({ entry, hit }, at) => hits.findIndex((other) => other.entry.name === entry.name && other.entry.version === entry.version && other.hit.id === hit.id) === at);
  if (distinct.length === 0) return { rule, effect: 'allow', words: `none of the new versions has one of the ${known.count} advisories` };
  const words = distinct.map(({ entry, hit }) => `${entry.ecosystem}:${entry.name} ${entry.version}: ${hit.id} (${hit.severity})${hit.fixed.length === 0 ? '' : `, fixed in ${hit.fixed.join(', ')}`}`);
  return {
    rule, effect: effectOf(setting), words: `${distinct.length} known ${distinct.length === 1 ? 'advisory' : 'advisories'}: ${words.slice(0, 3).join('; ')}${words.length > 3 ? `; and ${words.length - 3} more` : ''}`, values: { count: distinct.length, advisories: words.slice(0, SHOWN_MAX) },
    findings: distinct.slice(0, SHOWN_MAX).map(({ change, hit }, at) => finding(change, hit.id, `${words[at] ?? ''}${hit.summary === '' ? '' : `. ${hit.summary}`}`)),
  };
}

function licenceNode(config: QualityConfig, changes: readonly DependencyChange[]): VerdictNode {
  const rule = 'licences';
  const { licences, licence_effect: setting } = config.dependencies;
  if (setting === 'off' || licences.length === 0) return { rule, effect: 'allow', words: licences.length === 0 ? 'gates.quality.dependencies.licences names none, so all are allowed' : 'this rule is off' };
  const other = changes.filter(({ entries }) => entries.some(({ licence }) => licence !== undefined && !isLicensed(licence, licences)));
  const silent = changes.filter(({ entries }) => entries.length > 0 && entries.every(({ licence }) => licence === undefined)).length;
  const rest = silent === 0 ? '' : ` (of ${silent} no lockfile tells the licence)`;
  if (other.length === 0) return { rule, effect: 'allow', words: `every licence that is told is allowed${rest}` };
  const words = other.map((change) => `${told(change)}: ${change.entries.find(({ licence }) => licence !== undefined)?.licence ?? ''}`);
  return { rule, effect: effectOf(setting), words: `other licences than gates.quality.dependencies.licences allows: ${words.slice(0, 3).join('; ')}${rest}`, values: { count: other.length, dependencies: words.slice(0, SHOWN_MAX) } };
}

/** An SPDX expression in its plain forms: one of several with OR, all of several with AND. */
function isLicensed(expression: string, allowed: readonly string[]): boolean {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return expression.replace(/[()]/g, ' ').split(/\s+OR\s+/i).some((choice) => choice.split(/\s+AND\s+/i).every((name) => names.has(name.trim().toLowerCase())));
}

function finding(change: DependencyChange, rule: string, message: string): ReturnType<typeof gateFinding> {
  return gateFinding('quality.dependencies', { identity: [change.ecosystem, change.name, rule, ...change.after], severity: 'error', ...(change.file === '' ? {} : { file: change.file }), name: rule, message });
}

function told(change: DependencyChange): string {
  const name = `${change.ecosystem}:${change.name}`;
  if (change.kind === 'removed') return `${name} ${change.before.join(', ')} removed`;
  return change.kind === 'added' ? `${name} ${change.after.join(', ')}` : `${name} ${change.before.join(', ')} -> ${change.after.join(', ')}`;
}

function listed(changes: readonly DependencyChange[]): string {
  return `${changes.slice(0, 5).map(told).join(', ')}${changes.length > 5 ? ` and ${changes.length - 5} more` : ''}`;
}
