import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pastJudgement, type PastJudgement } from '../../flow/past-judgement.js';
import { parseEvents } from '../../flow/trail.js';
import { verifyChain } from '../../ledger/chain.js';
import { err, type Result } from '../../kit/result.js';

const DEPTH_MAX = 5;
const RUNS_MAX = 10_000;
const TRAIL_BYTES_MAX = 64 * 1024 * 1024;

export interface RecordedRuns {
  readonly judged: readonly PastJudgement[];
  /** Runs whose candidate was never judged, and trails that cannot be read, each with why. */
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
}

/** Every recorded run below a folder: run folders, a folder of them, or a ledger. The newest come first. */
export async function recordedRuns(folder: string, last: number): Promise<RecordedRuns> {
  const files = await trailsBelow(folder, 0);
  const judged: PastJudgement[] = [];
  const skipped: { file: string; why: string }[] = [];
  for (const file of files.slice(0, RUNS_MAX)) {
    const read = await judgementIn(file);
    if (!read.ok) skipped.push({ file, why: read.error });
    else if (read.value === undefined) skipped.push({ file, why: 'no candidate was judged' });
    else judged.push(read.value);
  }
  // The trail of a run may lie in several places (its folder, a ledger): one of them is enough.
  const byRun = new Map(judged.map((one) => [one.run, one]));
  return { judged: [...byRun.values()].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, last), skipped };
}

/** The last judgement of one trail, after its chain was walked. */
export async function judgementIn(file: string): Promise<Result<PastJudgement | undefined, string>> {
  let bytes: Buffer;
  try {
    if ((await stat(file)).size > TRAIL_BYTES_MAX) return err(`larger than ${TRAIL_BYTES_MAX} bytes`);
    bytes = await readFile(file);
  } catch (error) {
    return err(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  const chain = verifyChain(bytes);
  if (!chain.ok) return err(`line ${chain.error.line}: ${chain.error.message}`);
  const events = parseEvents(bytes);
  return events.ok ? pastJudgement(events.value) : err(`line ${events.error.line}: ${events.error.message}`);
}

async function trailsBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isFile() && isTrail(place)) found.push(place);
    else if (entry.isDirectory() && depth < DEPTH_MAX && entry.name !== 'node_modules' && entry.name !== '.git' && entry.name !== 'agent') found.push(...await trailsBelow(place, depth + 1));
  }
  return found;
}

/** `events.jsonl` of a run folder, `runs/YYYY-MM/DD/ID.jsonl` of a ledger. */
function isTrail(file: string): boolean {
  return path.basename(file) === 'events.jsonl' || /[\\/]runs[\\/]\d{4}-\d\d[\\/]\d\d[\\/][0-9a-z]{8,40}\.jsonl$/.test(file);
}
