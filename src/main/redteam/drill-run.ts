import { Rung } from '../../domain/rung.js';
import { parseArguments } from '../arguments.js';
import { begin } from '../begin.js';
import { startClean } from '../clean-start.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import { EXIT } from '../exit-code.js';
import { progressFor } from '../progress-for.js';
import { complain, report } from '../report-result.js';

/**
 * `heddle __drill RUNG run …`: one run as a user would start it, save that one rung of the sandbox may be forced (`any` forces
 * none). Only `heddle redteam` starts it.
 */
export async function drillRun(argv: readonly string[]): Promise<number> {
  const [forced = 'any', ...rest] = argv;
  const given = parseArguments(rest);
  if (!given.ok || !('command' in given.value)) return EXIT.usage;
  const start = await startClean();
  if ('exit' in start) return start.exit;
  const invocation = await invocationFromArguments(given.value, start.secrets);
  if (!invocation.ok) return complain(invocation.error);
  const rung = Rung.safeParse(forced);
  const drilled = rung.success ? { ...invocation.value, rungs: [rung.data] } : invocation.value;
  const progress = progressFor(drilled);
  const result = await begin(drilled, progress);
  progress.close();
  if (!result.ok) return complain(result.error);
  return report(result.value, { json: given.value.values.get('json') === 'true', host: drilled.host });
}
