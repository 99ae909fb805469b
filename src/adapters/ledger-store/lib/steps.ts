import type { Booking } from '../../../domain/booking.js';
import type { Fault } from '../../../domain/fault.js';
import type { RunId } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { KeptRun, LedgerQuery } from '../../../ports/ledger.js';
import { FORMAT_FILE, FORMAT_TEXT, isWanted, isWantedMonth, linesFile, LIVING_FILE, placesOf, ticketFile } from './layout.js';
import { bytesOf, readRowLines } from './row-lines.js';
import { touchedBy, viewOf, withRows, type RowFiles } from './write-rows.js';

/** The ledger as it was at one moment. Names and bytes are foreign until they have been looked at. */
export interface LedgerFiles {
  readonly source: string;
  /** Tells which folders will be looked at next, where that can save time. They need not be there. */
  ahead?(folders: readonly string[]): Promise<Result<void, Fault>>;
  /** The names in a folder; none when it is not there. */
  list(folder: string): Promise<Result<readonly string[], Fault>>;
  /** The bytes of plain files; those that are not there are left out. */
  read(paths: readonly string[]): Promise<Result<ReadonlyMap<string, Buffer>, Fault>>;
}

/** What a step writes: whole new files by path. */
export type NewFiles = ReadonlyMap<string, Uint8Array>;

/** Reads the files of rows that answer a query. A ledger of a later form is refused: what it means is not known. */
export async function readRows(files: LedgerFiles, query: LedgerQuery): Promise<Result<RowFiles, Fault>> {
  const ahead = await files.ahead?.(['rows', 'tickets', ...monthsFrom(query.since).map((month) => `rows/${month}`)]);
  if (ahead?.ok === false) return ahead;
  const months = await files.list('rows');
  if (!months.ok) return months;
  const wanted = [LIVING_FILE, ...(query.ticket === undefined ? [] : [ticketFile(query.ticket)])];
  for (const month of months.value.filter((name) => isWantedMonth(name, query))) {
    const days = await files.list(`rows/${month}`);
    if (!days.ok) return days;
    wanted.push(...days.value.map((day) => `rows/${month}/${day}`).filter((path) => isWanted(path, query)));
  }
  return rowsIn(files, wanted);
}

/** A guess at the folders that a query will want: a rule looks back a month or two at most. A wrong one costs time alone. */
function monthsFrom(since: string): string[] {
  const year = Number(since.slice(0, 4));
  const month = Number(since.slice(5, 7)) - 1;
  return [0, 1, 2, 3].map((more) => new Date(Date.UTC(year, month + more, 1))).flatMap((date) => (year >= 2000 ? [date.toISOString().slice(0, 7)] : []));
}

/** The new files that these rows make, on what was read. */
export async function planRows(files: LedgerFiles, read: RowFiles, rows: readonly Booking[]): Promise<Result<NewFiles, Fault>> {
  if (rows.length === 0) return ok(new Map());
  const missing = touchedBy(rows, read.get(LIVING_FILE)?.lines ?? []).filter((path) => !read.has(path));
  const more = await rowsIn(files, missing);
  if (!more.ok) return more;
  const changed = withRows(new Map([...read, ...more.value]), rows);
  return ok(new Map([[FORMAT_FILE, Buffer.from(FORMAT_TEXT)], ...[...changed].map(([path, lines]) => [path, bytesOf(lines)] as const)]));
}

/** The new files that keep a run's lines, and the row that it has then. Lines that are there already must be the beginning of the new ones. */
export async function planLines(files: LedgerFiles, { run, ticket, at, lines, amend }: KeptRun): Promise<Result<{ readonly files: NewFiles; readonly row: Booking }, Fault>> {
  const path = linesFile(run, at);
  const guess = amend(undefined);
  const rowPaths = [...new Set([LIVING_FILE, ticketFile(ticket), ...placesOf(guess, guess.changedAt)])];
  // All at once: each question may be a call to a remote.
  const there = await files.read([path, FORMAT_FILE, ...rowPaths]);
  if (!there.ok) return there;
  const before = there.value.get(path) ?? NOTHING;
  // A repeat that comes late has fewer lines than are kept: they stay.
  const shorter = Math.min(before.length, lines.length);
  if (Buffer.compare(before.subarray(0, shorter), lines.subarray(0, shorter)) !== 0) return err(fault(files, 'conflict', `The ledger has other lines of run ${run} than this process. Nothing of them was changed; keep the run folder, and look at both with \`heddle audit\`.`));
  const rows = await rowsIn(files, rowPaths);
  if (!rows.ok) return rows;
  const row = amend(viewOf(rows.value).rows.find((one) => one.run === run));
  const planned = await planRows(files, rows.value, [row]);
  if (!planned.ok) return planned;
  return ok({ row, files: new Map([...planned.value, ...(lines.length > before.length ? [[path, lines] as const] : [])]) });
}

/** The lines of a run, wherever they are. */
export async function findLines(files: LedgerFiles, run: RunId): Promise<Result<Uint8Array, Fault>> {
  const months = await files.list('runs');
  if (!months.ok) return months;
  // Newest first: it is mostly a run of these days that somebody asks for.
  for (const month of [...months.value].sort().reverse()) {
    const days = /^\d{4}-\d\d$/.test(month) ? await files.list(`runs/${month}`) : ok([]);
    if (!days.ok) return days;
    for (const day of [...days.value].sort().reverse()) {
      const runs = /^\d\d$/.test(day) ? await files.list(`runs/${month}/${day}`) : ok([]);
      if (!runs.ok) return runs;
      if (!runs.value.includes(`${run}.jsonl`)) continue;
      const path = `runs/${month}/${day}/${run}.jsonl`;
      const found = await files.read([path]);
      if (!found.ok) return found;
      const bytes = found.value.get(path);
      if (bytes !== undefined) return ok(bytes);
    }
  }
  return err({ ...fault(files, 'not-found', `The ledger has no lines of run ${run}.`), side: 'setup' });
}

const parsed = new WeakMap<Buffer, ReturnType<typeof readRowLines>>();

async function rowsIn(files: LedgerFiles, paths: readonly string[]): Promise<Result<RowFiles, Fault>> {
  const found = await files.read([FORMAT_FILE, ...paths]);
  if (!found.ok) return found;
  const known = knownForm(files, found.value.get(FORMAT_FILE));
  if (!known.ok) return known;
  // A file that is asked for and is not there is known to be empty.
  return ok(new Map(paths.map((path) => {
    const bytes = found.value.get(path) ?? NOTHING;
    const read = parsed.get(bytes) ?? readRowLines(path, bytes);
    if (bytes !== NOTHING) parsed.set(bytes, read);
    return [path, read];
  })));
}

const NOTHING = Buffer.alloc(0);

function knownForm(files: LedgerFiles, bytes: Buffer | undefined): Result<void, Fault> {
  const text = bytes?.toString('utf8');
  if (text === undefined || text === FORMAT_TEXT) return ok(undefined);
  return err(fault(files, 'unsupported', `The ledger is not of a form that this version of Heddle knows (format.json: ${text.replace(/[^ -~]/g, '?').slice(0, 100)}). Use the newest version everywhere.`));
}

function fault(files: LedgerFiles, code: Fault['code'], message: string): Fault {
  return { code, side: code === 'unsupported' ? 'setup' : 'theirs', retryable: false, source: files.source, message };
}
