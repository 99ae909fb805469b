import { z } from 'zod';
import type { Rung } from '../../src/domain/rung.js';
import type { Case } from './case-table.js';

export interface CaseResult { readonly id: string; readonly rung: Rung; readonly status: 'passed' | 'failed' | 'open' | 'not run'; readonly why: string }

export interface MatrixInput {
  readonly cases: readonly Case[];
  readonly results: readonly CaseResult[];
  readonly rungs: readonly { readonly rung: Rung; readonly why: string | undefined }[];
  readonly counted: { readonly searches: number; readonly leaks: number };
  /** The JSON of a run of the tests that the table names; without it they are listed by name and not as passed. */
  readonly tests: string | undefined;
}

const JestJson = z.object({ testResults: z.array(z.object({ name: z.string(), assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) })) });

const GROUPS: Readonly<Record<string, string>> = {
  T: 'Ticket text', A: 'Authorisation and approval', E: 'Escape: files, processes, privileges', N: 'Network and model', R: 'Resources and endings', L: 'Log and command channels', D: 'Diff: paths and modes', G: 'git on hostile trees', V: 'Delivery', W: 'Our own workflows and supply chain',
};

interface Line { readonly one: Case; readonly cell: string; readonly status: string; readonly notes: readonly string[] }

/** The page docs/security/matrix.md, from a run. */
export function renderMatrix(input: MatrixInput): string {
  const outcomes = testOutcomes(input.tests);
  const lines = input.cases.map((one) => lineOf(one, input, outcomes));
  const { searches, leaks } = input.counted;
  const bound = searches === 0 ? '' : ` ${leaks} leaks in ${searches} searches for a canary${leaks === 0 ? `: under ${(3 / searches).toPrecision(2)} per search with 95 % confidence (3/n)` : ''}.`;
  return `${[
    '# The matrix of adversarial cases', '',
    '<!-- Written by `node scripts/matrix.mjs` from a run of test/adversarial; do not edit. -->', '',
    'Each case is something that a taken-over agent, a hostile ticket or a hostile tree tries. The agent of these tests obeys every order it reads and needs no model; whether it got through is judged from outside: canaries searched in every encoding, bytes of files, listeners that record, processes that survive. **passed** = it was tried here and kept out. **open** = this rung does not keep it, by design, with the reason below. **not run** = it could not be tried here, and nothing is claimed. **later** = not built yet. **by test** = proven by the named tests of the same suite, which are not run again for this page.', '',
    `The run behind this page: Linux ${process.arch}, Node ${process.version}, uid ${process.getuid?.() === 0 ? '0' : 'of a plain user'}.${bound}`, '',
    ...rungLines(input), '', ...countLines(lines), '',
    ...Object.entries(GROUPS).flatMap(([group, title]) => groupLines(title, lines.filter(({ one }) => one.group === group))),
  ].join('\n').trimEnd()}\n`;
}

function rungLines(input: MatrixInput): readonly string[] {
  return ['| rung | in this run |', '| --- | --- |', ...input.rungs.map(({ rung, why }) => `| ${rung} | ${why === undefined ? 'run' : `not run: ${cellText(why)}`} |`)];
}

function countLines(lines: readonly Line[]): readonly string[] {
  const statuses = [...new Set(lines.map((line) => line.status))].sort();
  const row = (name: string, some: readonly Line[]): string => `| ${name} | ${some.length} | ${statuses.map((status) => String(some.filter((line) => line.status === status).length)).join(' | ')} |`;
  return [
    `| | cases | ${statuses.join(' | ')} |`, `| --- | --- |${' --- |'.repeat(statuses.length)}`,
    ...['P0', 'P1'].map((level) => row(level, lines.filter(({ one }) => one.level === level))), row('all', lines), '',
    'A case that is run per rung counts as passed when it passed in every rung above `none` that was run here and does not say that it is open.',
  ];
}

function groupLines(title: string, lines: readonly Line[]): readonly string[] {
  if (lines.length === 0) return [];
  const notes = lines.flatMap((line) => line.notes.map((note) => `- **${line.one.id}** ${note}`));
  return [
    `## ${title}`, '', '| case | level | what is tried | result | by |', '| --- | --- | --- | --- | --- |',
    ...lines.map(({ one, cell }) => `| ${one.id} | ${one.level} | ${cellText(one.title)} | ${cell} | ${byWords(one)} |`), '', ...(notes.length === 0 ? [] : [...notes, '']),
  ];
}

function byWords(one: Case): string {
  switch (one.how.kind) {
    case 'probe': return `the obedient agent, \`${one.how.action}\`; ${one.oracle}`;
    case 'start': return `a start of its own, \`${one.how.name}\`; ${one.oracle}`;
    case 'test': return one.tests.map(([file, title]) => `${file.replace(/^test\//, '')} › ${cellText(title.replaceAll('\\', ''))}`).join('<br>');
    default: return '';
  }
}

function lineOf(one: Case, input: MatrixInput, outcomes: Outcomes | undefined): Line {
  if (one.how.kind === 'later') return { one, cell: 'later', status: 'later', notes: one.why === undefined ? [] : [`later: ${one.why}.`] };
  if (one.how.kind === 'owner') return { one, cell: 'not run', status: 'not run', notes: [`not run here: ${one.why ?? 'its tests are not in the table yet'}.`] };
  if (one.how.kind === 'test') {
    if (outcomes === undefined) return { one, cell: 'by test', status: 'by test', notes: [] };
    const statuses = one.tests.flatMap(([file, title]) => outcomes(file, title));
    const status = statuses.includes('failed') ? 'failed' : statuses.length > 0 && statuses.every((each) => each === 'passed') ? 'passed' : 'not run';
    return { one, cell: status === 'passed' ? `passed (${statuses.length} tests)` : status, status, notes: status === 'not run' ? ['some of its tests were skipped on this machine, or were not found.'] : [] };
  }
  const mine = input.results.filter((result) => result.id === one.id);
  const above = mine.filter((result) => result.rung !== 'none' && result.status !== 'not run' && result.status !== 'open');
  const status = above.some((result) => result.status === 'failed') ? 'failed' : above.length > 0 ? 'passed' : 'not run';
  return {
    one, status, cell: mine.map((result) => `${result.rung}: ${result.status}`).join('<br>'),
    notes: mine.filter((result) => result.rung !== 'none' && (result.status === 'failed' || result.status === 'open')).map((result) => `${result.status} in ${result.rung}: ${cellText(result.why)}.`),
  };
}

type Outcomes = (file: string, title: string) => readonly string[];

/** How the named tests ended. A title with placeholders stands for all of its rows; a contract's tests run in other files. */
function testOutcomes(json: string | undefined): Outcomes | undefined {
  if (json === undefined) return undefined;
  const files = JestJson.parse(JSON.parse(json)).testResults;
  return (file, title) => {
    const pattern = new RegExp(`^${title.replaceAll('\\', '').split(/%[sjpdi%]|\$[a-z]+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*')}$`);
    const among = files.filter(({ name }) => file.startsWith('test/contract/') || name.endsWith(`/${file}`));
    return among.flatMap(({ assertionResults }) => assertionResults.filter((one) => pattern.test(one.title)).map((one) => one.status));
  };
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ').replaceAll(/\/tmp\/\S+/g, '…');
}
