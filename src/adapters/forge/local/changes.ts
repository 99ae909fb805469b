import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Change } from '../../../domain/change.js';
import type { OpenChange, OpenChanges } from '../../../domain/open-change.js';
import { untrusted } from '../../../domain/text.js';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { ChangeText, CheckRunReport } from '../../../ports/forge.js';
import { createOnly, fault, numbersIn, readRecord, replace, textOf } from './files.js';
import { headOf, touchedPaths } from './repository.js';
import type { Repository } from './repository.js';
import { ChangeRecord, ChecksRecord } from './schema.js';

const TRIES_MAX = 50;

/**
 * Opens the change of a branch, or updates it. The next number is created create-only after all lower ones were read: two
 * jobs at once race for the same number, and the one that comes second finds the other's change on its next look.
 */
export async function upsertChange(folder: string, repository: Repository, want: { readonly branch: HeddleBranch; readonly base: string; readonly text: ChangeText }): Promise<Result<Change, Fault>> {
  const { branch, base, text } = want;
  const head = await headOf(repository, branch);
  if (head === undefined) return err(fault('not-found', 'ours', `There is no branch ${branch} in ${repository.gitDir} to open a change from.`));
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const all = await readChanges(folder);
    if (!all.ok) return all;
    const before = all.value.find((one) => one.branch === branch);
    if (before !== undefined && before.state !== 'open') return err(fault('conflict', 'theirs', `The change ${fileOf(folder, before.number, 'json')} of ${branch} was ${before.state} by a person. It is neither reopened nor opened again; start a new run.`));
    const number = before?.number ?? (all.value.at(-1)?.number ?? 0) + 1;
    const record: ChangeRecord = { version: 1, number, branch, base, head, state: 'open', draft: text.draft, title: text.title, body: text.body, labels: [...text.labels] };
    if (before !== undefined) await replace(fileOf(folder, number, 'json'), textOf(record));
    else if (!await createOnly(fileOf(folder, number, 'json'), textOf(record))) continue;
    await replace(fileOf(folder, number, 'md'), pageOf(record, repository));
    return ok(changeOf(folder, record));
  }
  return err({ ...fault('conflict', 'ours', `Other jobs took every number in ${join(folder, 'changes')} first. Try again.`), retryable: true });
}

export async function openChanges(folder: string): Promise<Result<readonly Change[], Fault>> {
  const all = await readChanges(folder);
  return all.ok ? ok(all.value.filter((one) => one.state === 'open' && one.branch.startsWith('heddle/')).map((one) => changeOf(folder, one))) : all;
}

/** All open changes with the files that they touch, newest first. A person may write a record by hand, for a branch of `forge.git`. */
export async function allOpenChanges(folder: string, repository: Repository): Promise<Result<OpenChanges, Fault>> {
  const all = await readChanges(folder);
  if (!all.ok) return all;
  const changes: OpenChange[] = [];
  for (const record of [...all.value].reverse().filter((one) => one.state === 'open')) {
    const paths = await touchedPaths(repository, record);
    changes.push({
      number: record.number, url: changeOf(folder, record).url, branch: record.branch, base: record.base, head: record.head, draft: record.draft, ours: record.branch.startsWith('heddle/'),
      title: untrusted(record.title), author: record.author ?? (record.branch.startsWith('heddle/') ? 'heddle' : ''), reviewers: record.reviewers ?? [], labels: record.labels, paths, pathsCut: false,
    });
  }
  return ok({ changes, cut: false });
}

/** The check runs of a commit stand beside its change; one of the same name is replaced. */
export async function reportCheck(folder: string, commit: CommitSha, report: CheckRunReport): Promise<Result<void, Fault>> {
  const all = await readChanges(folder);
  if (!all.ok) return all;
  const change = all.value.find((one) => one.head === commit);
  const file = change === undefined ? join(folder, 'changes', `commit-${commit}.checks.json`) : fileOf(folder, change.number, 'checks.json');
  const before = await readRecord(file, ChecksRecord);
  if (!before.ok) return before;
  const others = before.value?.commit === commit ? before.value.checks.filter((one) => one.name !== report.name) : [];
  await replace(file, textOf({ version: 1, commit, checks: [...others, report] }));
  return ok(undefined);
}

async function readChanges(folder: string): Promise<Result<readonly ChangeRecord[], Fault>> {
  const records: ChangeRecord[] = [];
  for (const number of await numbersIn(join(folder, 'changes'))) {
    const record = await readRecord(fileOf(folder, number, 'json'), ChangeRecord);
    if (!record.ok) return record;
    if (record.value !== undefined) records.push(record.value);
  }
  return ok(records);
}

function fileOf(folder: string, number: number, ending: 'json' | 'md' | 'checks.json'): string {
  return join(folder, 'changes', `${String(number)}.${ending}`);
}

function changeOf(folder: string, { number, branch, base, head, state, draft }: ChangeRecord): Change {
  return { number, branch, base, head, state, draft, url: pathToFileURL(resolve(fileOf(folder, number, 'md'))).href };
}

/** What a person reads. The body is the packet, rendered harmless before it came here. */
function pageOf(record: ChangeRecord, repository: Repository): string {
  const labels = record.labels.length === 0 ? 'none' : record.labels.join(', ');
  return [
    `# ${record.title.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')}`, '',
    `Change ${String(record.number)}${record.draft ? ' (draft)' : ''}: \`${record.branch}\` into \`${record.base}\`, commit \`${record.head}\`. Labels: ${labels}.`, '',
    'To look at it, or to take it over:', '',
    `    git fetch ${JSON.stringify(repository.gitDir)} ${record.branch}`, '    git diff HEAD...FETCH_HEAD', '    git merge FETCH_HEAD', '',
    `To close it, set "state" to "closed" in ${String(record.number)}.json.`, '', '---', '', record.body,
  ].join('\n');
}
