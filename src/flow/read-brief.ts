import { Brief } from '../domain/brief.js';
import { digestOf } from '../domain/digest.js';
import type { Fault } from '../domain/fault.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Context } from './context.js';
import type { Work } from './state.js';

/** The brief from the evidence, refused when it is not the one whose digest was recorded. */
export async function readBrief(context: Context, work: Work): Promise<Result<Brief, Fault>> {
  const text = await context.ports.evidence.readText('brief.json');
  if (text === undefined || digestOf(text) !== work.briefed.briefDigest) {
    return err({ code: 'io', side: 'ours', retryable: false, source: 'flow', message: `brief.json in ${context.ports.evidence.folder} is missing or was changed since it was recorded. Start a new run.` });
  }
  return ok(Brief.parse(JSON.parse(text)));
}
