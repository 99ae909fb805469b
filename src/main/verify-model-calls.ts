import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { eventText } from '../ledger/chain.js';
import { checkRecords, type RecordProblem } from '../kit/record-chain.js';
import { err, ok, type Result } from '../kit/result.js';

export interface ModelCallProblem {
  readonly file: string;
  readonly line: number;
  readonly code: RecordProblem['code'] | 'missing-file';
  readonly message: string;
}

/** The part of an event that speaks of model calls. */
const Claim = z.object({ fact: z.object({
  type: z.literal('agent-reported'), attempt: z.number(), modelCalls: z.object({ count: z.number(), head: z.string().nullable() }),
}) });

/**
 * Compares the records of model calls in a run folder with what the trail says of them: every attempt that reported a
 * chain must have exactly that chain. Attempts of folders that are older than the chain claim nothing and are not counted.
 */
export async function verifyModelCalls(folder: string, trail: string): Promise<Result<{ readonly calls: number; readonly attempts: number }, ModelCallProblem>> {
  let calls = 0;
  let attempts = 0;
  // An attempt that was begun again after a crash reports again, and its last word is about the end of the file.
  const reported = new Map<number, { readonly count: number; readonly head: string | null }>();
  for (const line of trail.split('\n')) {
    const text = eventText(line);
    if (text?.includes('"modelCalls"') !== true) continue;
    const event = Claim.safeParse(JSON.parse(text));
    if (event.success) reported.set(event.data.fact.attempt, event.data.fact.modelCalls);
  }
  for (const [attempt, expected] of reported) {
    const file = path.join(folder, 'agent', String(attempt), 'model-calls.jsonl');
    const lines = await readFile(file, 'utf8').catch(() => undefined);
    if (lines === undefined && expected.count > 0) return err({ file, line: 0, code: 'missing-file', message: `the trail says that there were ${expected.count} model calls, and the file is not there` });
    const checked = checkRecords(lines ?? '', expected);
    if (!checked.ok) return err({ file, ...checked.error });
    attempts += 1;
    calls += expected.count;
  }
  return ok({ calls, attempts });
}
