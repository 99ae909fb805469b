import { z } from 'zod';
import { CheckDefinition, CheckResult } from '../domain/check.js';
import { Finding } from '../domain/finding.js';
import type { CheckRun } from '../validation/check-run.js';
import type { Context } from './context.js';

/** More findings than this are counted, not kept: the trail stays readable and the repair prompt short. */
export const FINDINGS_MAX = 500;

const SavedRuns = z.array(z.strictObject({ check: CheckDefinition, result: CheckResult, findings: z.array(Finding), truncated: z.number().int().nonnegative(), problems: z.array(z.string()) }));

/** Keeps the results of a tree with all their findings beside the trail; the next process compares against them. */
export async function saveRuns(context: Context, attempt: number, runs: readonly CheckRun[]): Promise<void> {
  await context.ports.evidence.writeJson(`checks/${attempt}/findings.json`, runs.map(({ check, result, findings, truncated, problems }) => ({ check, result, findings, truncated, problems })));
}

export async function savedRuns(context: Context, attempt: number): Promise<readonly CheckRun[] | undefined> {
  const text = await context.ports.evidence.readText(`checks/${attempt}/findings.json`);
  if (text === undefined) return undefined;
  const parsed = SavedRuns.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
