import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRedactor } from '../../containment/redactor.js';
import { harmlessLines } from '../../containment/log-filter.js';
import type { Arguments } from '../arguments.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import type { DoctorDocument } from '../doctor/doctor-document.js';
import { EXAMINATIONS } from '../doctor/examinations.js';
import { gatherFacts } from '../doctor/gather-facts.js';
import { renderReport } from '../doctor/render-report.js';
import { runExaminations } from '../doctor/run-examinations.js';
import { EXIT } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import type { Secrets } from '../secrets.js';

const WIDTH_IN_LOGS = 110;
const LOG_LINES_MAX = 2000;

/**
 * `heddle doctor`: proves before any money is spent that a run can work here. The report is what was asked for, so it goes
 * to standard output, as text or (`--json`) as one `DoctorDocument`.
 *
 * @returns 0 when nothing is missing, 2 when a person must mend something, 6 when only an outside service did not answer,
 * 1 when an examination itself broke.
 */
export async function doctorCommand(given: Arguments, secrets: Secrets): Promise<number> {
  const [extra] = given.positionals;
  if (extra !== undefined) return complain(`\`heddle doctor\` takes no words, only options; to look at another folder: heddle doctor --repo ${extra}`);
  const invocation = await invocationFromArguments(given, secrets);
  if (!invocation.ok) {
    complain(invocation.error.message);
    return invocation.error.exit;
  }
  const document = await examineHere(invocation.value);
  process.stdout.write(given.values.get('json') === 'true' ? `${JSON.stringify(document)}\n` : textOf(document, invocation.value.host.facts.ci));
  return document.exit;
}

async function examineHere(invocation: Invocation): Promise<DoctorDocument> {
  const redactor = createRedactor();
  // Shorter ones would blank ordinary text, and the redactor refuses them.
  for (const [name, secret] of Object.entries(invocation.secrets)) if (secret !== undefined && secret.length >= 6) redactor.add(name, secret);
  const scratch = await mkdtemp(path.join(tmpdir(), 'heddle-doctor-'));
  try {
    return await runExaminations(EXAMINATIONS, gatherFacts(invocation, scratch), (text) => redactor.text(text));
  } finally {
    // What an examination started may write its last file while this is taken away; that is no reason to end as broken.
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}

/** Signs and colour on a terminal; plain words elsewhere, where no line may pass for a command to the runner. */
function textOf(document: DoctorDocument, ci: boolean): string {
  const terminal = !ci && process.stdout.isTTY;
  if (terminal) return `${renderReport(document, { signs: true, colour: (process.env['NO_COLOR'] ?? '') === '', width: process.stdout.columns })}\n`;
  const text = renderReport(document, { signs: false, colour: false, width: WIDTH_IN_LOGS });
  return `${harmlessLines(text, { prefix: '', lineCharsMax: 4000, linesMax: LOG_LINES_MAX }).join('\n')}\n`;
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return EXIT.usage;
}
