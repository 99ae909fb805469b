import { z } from 'zod';
import { CheckReports, type FileCoverage } from '../domain/report.js';
import type { RunEvent } from '../flow/event.js';
import type { Evidence } from '../ports/evidence.js';
import type { Host } from '../ports/host.js';
import { shownByJob } from '../report/job-reports.js';

/** The report files that this CI system shows by itself, where it reads any. Without them a run is as good: a warning says so. */
export async function leaveReports(host: Host, parts: { readonly evidence: Evidence; readonly events: readonly RunEvent[] }): Promise<void> {
  if (host.reports === undefined) return;
  const { attempt, ...shown } = shownByJob(parts.events, host.facts.evidenceUrl);
  const written = await host.reports({ ...shown, coverage: await coverageOf(parts.evidence, attempt) });
  if (!written.ok) host.annotate('warning', written.error.message);
}

/** Coverage is kept for the changed files alone, and only where a check gave any. */
async function coverageOf(evidence: Evidence, attempt: number): Promise<readonly FileCoverage[]> {
  const text = attempt === 0 ? undefined : await evidence.readText(`checks/${attempt}/reports.json`);
  if (text === undefined) return [];
  try {
    const parsed = z.array(CheckReports).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.flatMap((one) => one.coverage) : [];
  } catch {
    return [];
  }
}
