import { z } from 'zod';
import { CheckReports } from '../domain/report.js';
import type { CheckRun } from '../validation/check-run.js';
import type { Context } from './context.js';

const SavedReports = z.array(CheckReports);

/** Keeps what the reports of a tree said beside its findings; the gates of this process and of a resumed one read it there. */
export async function saveReports(context: Context, attempt: number, runs: readonly CheckRun[]): Promise<void> {
  await context.ports.evidence.writeJson(`checks/${attempt}/reports.json`, runs.flatMap(({ reports }) => reports ?? []));
}

/** Undefined when there is no such file, or it is not as we write it. */
export async function savedReports(context: Context, attempt: number): Promise<readonly CheckReports[] | undefined> {
  const text = await context.ports.evidence.readText(`checks/${attempt}/reports.json`);
  if (text === undefined) return undefined;
  const parsed = SavedReports.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
