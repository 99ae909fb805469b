import type { Arguments } from '../arguments.js';
import { begin } from '../begin.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import { leaveOutputs } from '../gitlab/leave-outputs.js';
import { progressFor } from '../progress-for.js';
import type { Secrets } from '../secrets.js';
import { complain, report } from '../report-result.js';

/** `heddle run [TICKET]`: one run from a request to its rest. */
export async function runCommand(given: Arguments, secrets: Secrets): Promise<number> {
  const invocation = await invocationFromArguments(given, secrets);
  if (!invocation.ok) return complain(invocation.error);
  const progress = progressFor(invocation.value);
  const result = await begin(invocation.value, progress);
  progress.close();
  if (!result.ok) return complain(result.error);
  await leaveOutputs(invocation.value, result.value);
  return report(result.value, { json: given.values.get('json') === 'true', host: invocation.value.host });
}
