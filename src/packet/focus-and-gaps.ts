import type { JudgedFinding } from '../domain/finding.js';
import type { Rung } from '../domain/rung.js';
import type { Removal } from '../domain/ticket.js';
import type { VerdictNode } from '../domain/verdict.js';
import type { PacketCheck, PacketFile, ReviewPacket } from './review-packet.js';

/** Where a reviewer looks first: what the rules pointed at, then facts of the files that diffs hide well. */
export function focusOf(files: readonly PacketFile[], about: { readonly verdict: VerdictNode | undefined; readonly anyOwners: boolean }): ReviewPacket['focus'] {
  const pick = (why: string, wanted: (file: PacketFile) => boolean): ReviewPacket['focus'] => {
    const paths = files.filter(wanted).map((file) => file.path);
    return paths.length === 0 ? [] : [{ why, paths }];
  };
  return [
    ...(about.verdict === undefined ? [] : ruleFocus(about.verdict, new Set(files.map((file) => file.path)))),
    ...pick('symbolic link or submodule', (file) => file.newMode === '120000' || file.newMode === '160000'),
    ...pick('made executable', (file) => file.newMode === '100755' && file.oldMode !== '100755'),
    ...pick('binary, a diff does not show it', (file) => file.binary),
    ...pick('large change', (file) => file.additions + file.deletions > LARGE_LINES),
    ...pick('deleted', (file) => file.status === 'deleted'),
    ...pick('manifest or build set-up', (file) => BUILD_FILE.test(file.path)),
    ...(about.anyOwners ? pick('no owner in CODEOWNERS', (file) => file.owners.length === 0) : []),
  ];
}

interface GapFacts {
  readonly checks: readonly PacketCheck[];
  readonly criteria: ReviewPacket['criteria'];
  readonly rung: Rung;
  readonly flaky: readonly JudgedFinding[];
  readonly removals: readonly Removal[];
  readonly truncated: number;
  readonly collected: boolean;
  /** The checks ran in another job, of which only the result is known. */
  readonly elsewhere: boolean;
}

/** What is not proven, so that silence is never taken for proof. */
export function gapsOf(facts: GapFacts): string[] {
  const names = (wanted: (check: PacketCheck) => boolean): string[] => facts.checks.filter(wanted).map((check) => check.id);
  const list = (checks: readonly string[]): string => checks.join(', ');
  const unproven = facts.criteria.filter((criterion) => criterion.proof.kind === 'unproven').length;
  const noBase = names((check) => check.base === undefined);
  const notRun = names((check) => check.candidate === undefined || check.candidate.kind === 'skipped');
  const open = names((check) => check.network === true);
  const some = names((check) => Array.isArray(check.network) && check.network.length > 0);
  const failing = facts.checks.filter((check) => check.candidate !== undefined && check.candidate.kind !== 'passed' && check.candidate.kind !== 'skipped')
    .map((check) => `${check.id}${check.base?.kind === 'failed' ? ' (failed on the base too)' : ''}`);
  const here = !facts.elsewhere;
  return [
    ...(here ? [] : ['The checks ran in the verify job. That it ended with success is known from the CI service; the results of single checks are in its evidence and were not read here.']),
    ...(facts.checks.length === 0 ? ['There is no check: nothing was proven about this change.'] : []),
    ...(facts.collected || !here ? [] : ['The checks did not finish on this tree.']),
    ...(failing.length > 0 ? [`Checks that do not pass on this tree: ${list(failing)}.`] : []),
    ...(here && notRun.length > 0 ? [`Checks without a result on this tree: ${list(notRun)}.`] : []),
    ...(here && noBase.length > 0 ? [`No baseline for: ${list(noBase)}. Whether these passed before is not known.`] : []),
    ...(facts.criteria.length === 0 ? ['The ticket names no acceptance criteria.'] : []),
    ...(unproven > 0 ? [`${unproven} of ${facts.criteria.length} acceptance criteria are not proven by a check.`] : []),
    ...(facts.flaky.length > 0 ? [`${facts.flaky.length} findings flip without a change: ${list([...new Set(facts.flaky.map((finding) => finding.source))])}.`] : []),
    ...(facts.truncated > 0 ? [`${facts.truncated} findings were more than the limit and are not listed.`] : []),
    ...(open.length > 0 ? [`Checks that could use the network: ${list(open)}.`] : []),
    ...(some.length > 0 ? [`Checks that could reach listed hosts: ${list(some)}.`] : []),
    ...(facts.rung === 'none' ? ['The agent and the checks ran without isolation: they could read and change whatever this account can.'] : []),
    ...(facts.removals.some((removal) => removal.kind === 'cut-at-cap') ? ['The ticket was longer than the limit; the agent saw only its beginning.'] : []),
  ];
}

const LARGE_LINES = 400;
const BUILD_FILE = /(^|\/)(package\.json|pyproject\.toml|setup\.(py|cfg)|Cargo\.toml|go\.mod|pom\.xml|build\.gradle(\.kts)?|Gemfile|composer\.json|Makefile|Dockerfile|[^/]*\.lock|package-lock\.json|go\.sum|requirements[^/]*\.txt|conftest\.py|jest\.config\.[a-z]+|vitest\.config\.[a-z]+)$/;

/** A rule that holds, denies or is a focus rule, with those of its values that are changed paths. */
function ruleFocus(node: VerdictNode, changed: ReadonlySet<string>): ReviewPacket['focus'] {
  const below = (node.children ?? []).flatMap((child) => ruleFocus(child, changed));
  if (node.effect === 'allow' && !node.rule.includes('focus')) return below;
  const paths = Object.values(node.values ?? {}).flatMap((value) => (Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : [])).filter((value) => changed.has(value));
  return paths.length === 0 ? below : [{ why: node.words, paths: [...new Set(paths)] }, ...below];
}
