import type { CheckOutcome } from '../../../domain/check.js';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { CheckRunReport } from '../../../ports/forge.js';
import type { GithubClient } from '../../github-client/client.js';
import { isUnsure } from '../../github-client/fault.js';
import { cutBody } from './map.js';
import { CheckRunAnswer, CheckRunsAnswer } from './schema.js';
import type { z } from 'zod';

/** GitHub takes 50 annotations in a request and adds those of later requests to the ones that are there. */
const ANNOTATIONS_PER_REQUEST = 50;
const TEXT_CHARS_MAX = 65_535;

type CheckRun = z.output<typeof CheckRunAnswer>;

/**
 * One check run per name and commit. GitHub would take a second one of the same name, so it is looked for first, and again
 * when the answer to its making was lost. Annotations go on from the number that is there already.
 */
export async function reportCheck(client: GithubClient, commit: CommitSha, report: CheckRunReport, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const run = await findOrCreate(client, commit, report, signal);
  if (!run.ok) return run;
  let written = run.value.output.annotations_count;
  if (!run.value.fresh || written < report.annotations.length) {
    do {
      const answer = await client.call({
        route: 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', repeat: 'once', schema: CheckRunAnswer, signal,
        with: { check_run_id: run.value.id, ...fields(report, written) },
      });
      if (!answer.ok) return answer;
      written += ANNOTATIONS_PER_REQUEST;
    } while (written < report.annotations.length);
  }
  return ok(undefined);
}

async function findOrCreate(client: GithubClient, commit: CommitSha, report: CheckRunReport, signal: AbortSignal | undefined): Promise<Result<CheckRun & { readonly fresh: boolean }, Fault>> {
  for (let tries = 1; ; tries += 1) {
    const found = await client.call({ route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', with: { ref: commit, check_name: report.name }, schema: CheckRunsAnswer, signal });
    if (!found.ok) return found;
    const same = found.value.check_runs.find((run) => run.name === report.name);
    if (same !== undefined) return ok({ ...same, fresh: false });
    const made = await client.call({
      route: 'POST /repos/{owner}/{repo}/check-runs', repeat: 'once', schema: CheckRunAnswer, signal,
      with: { name: report.name, head_sha: commit, ...fields(report, 0) },
    });
    if (made.ok) return ok({ ...made.value, fresh: true });
    if (!isUnsure(made.error) || tries >= 3) return made;
  }
}

function fields(report: CheckRunReport, from: number): Readonly<Record<string, unknown>> {
  return {
    status: 'completed', conclusion: report.conclusion,
    output: {
      title: report.title, summary: cutBody(report.summary, TEXT_CHARS_MAX), text: cutBody(resultTable(report), TEXT_CHARS_MAX),
      annotations: report.annotations.slice(from, from + ANNOTATIONS_PER_REQUEST).map((one) => ({
        path: one.path, start_line: one.line, end_line: one.line, annotation_level: one.level, message: one.message,
      })),
    },
  };
}

function resultTable(report: CheckRunReport): string {
  if (report.results.length === 0) return '';
  const rows = report.results.map((result) => `| ${result.check} | ${outcomeWords(result.outcome)} | ${(result.durationMs / 1000).toFixed(1)} s |`);
  return ['| check | outcome | time |', '| --- | --- | --- |', ...rows].join('\n');
}

function outcomeWords(outcome: CheckOutcome): string {
  switch (outcome.kind) {
    case 'failed': return `failed (exit code ${String(outcome.exitCode)})`;
    case 'timed-out': return `timed out after ${String(Math.round(outcome.afterMs / 1000))} s`;
    case 'skipped': return `skipped (${outcome.reason})`;
    default: return outcome.kind;
  }
}
