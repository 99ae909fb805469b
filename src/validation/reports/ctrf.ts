import { z } from 'zod';
import { err, ok, type Result } from '../../kit/result.js';
import type { RawFinding } from '../fingerprint.js';
import type { JunitReport } from '../junit.js';
import { plainText } from '../plain-text.js';
import { relativePath, type PathFrame } from '../repository-path.js';

const FINDINGS_MAX = 500;
const text = z.string().optional().catch(undefined);

/** The members of the Common Test Report Format that are read. */
const Ctrf = z.object({
  results: z.object({
    tests: z.array(z.object({
      name: z.string(), status: z.enum(['passed', 'failed', 'skipped', 'pending', 'other']), message: text, trace: text,
      suite: z.union([z.string(), z.array(z.string())]).optional().catch(undefined), filePath: text, line: z.number().int().positive().optional().catch(undefined),
    })).max(1_000_000),
  }),
});

/** Reads a CTRF report. As with JUnit its own summary is not believed: the tests are counted. Foreign text. */
export function parseCtrf(json: string, frame: PathFrame): Result<JunitReport, string> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return err('it is no JSON');
  }
  const parsed = Ctrf.safeParse(value);
  if (!parsed.success) return err(`it is no CTRF report (${parsed.error.issues[0]?.path.join('.') ?? ''}: ${parsed.error.issues[0]?.message ?? ''})`.slice(0, 300));
  const { tests } = parsed.data.results;
  const failures = tests.filter(({ status }) => status === 'failed');
  const findings = failures.slice(0, FINDINGS_MAX).map((test): RawFinding => {
    const group = typeof test.suite === 'string' ? test.suite : (test.suite ?? []).join(' > ');
    return {
      from: 'ctrf', severity: 'error', rule: 'failed', file: relativePath(test.filePath ?? '', frame), line: test.line,
      test: plainText(group === '' ? test.name : `${group} > ${test.name}`, 500), message: plainText(test.message ?? test.trace ?? '', 1500) || 'the test failed without a message',
    };
  });
  const skipped = tests.filter(({ status }) => status === 'skipped' || status === 'pending').length;
  return ok({ totals: { total: tests.length, failed: failures.length, skipped }, findings, truncated: failures.length - findings.length });
}
