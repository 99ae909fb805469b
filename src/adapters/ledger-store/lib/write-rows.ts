import type { Booking } from '../../../domain/booking.js';
import type { LedgerDamage, LedgerView } from '../../../ports/ledger.js';
import { isLongGone, LIVING_FILE, placesOf } from './layout.js';
import { rowLine, type RowLine } from './row-lines.js';

/** Files of rows by path, as they were read. A file that is not there is not in the map. */
export type RowFiles = ReadonlyMap<string, { readonly lines: readonly RowLine[]; readonly damage: readonly LedgerDamage[] }>;

/** What the files say together. Of a run that stands in more than one of them the newest row counts. */
export function viewOf(files: RowFiles): LedgerView {
  const rows = new Map<string, Booking>();
  const damage: LedgerDamage[] = [];
  for (const file of files.values()) {
    damage.push(...file.damage);
    for (const { row } of file.lines) {
      const known = row === undefined ? undefined : rows.get(row.run);
      if (row !== undefined && (known === undefined || isNewer(row, known))) rows.set(row.run, row);
    }
  }
  return { rows: [...rows.values()], damage };
}

/** The files that change when these rows are written, with their new lines: old rows of the same runs go, everything else stays. `files` must have all of `touchedBy`. */
export function withRows(files: RowFiles, rows: readonly Booking[]): ReadonlyMap<string, readonly RowLine[]> {
  const changed = new Map<string, RowLine[]>();
  const open = (path: string): RowLine[] => {
    const known = changed.get(path);
    if (known !== undefined) return known;
    const made = [...files.get(path)?.lines ?? []];
    changed.set(path, made);
    return made;
  };
  const put = (row: Booking, now: string): void => {
    const places = placesOf(row, now);
    for (const path of new Set([LIVING_FILE, ...places])) {
      const lines = open(path);
      const kept = lines.filter((line) => line.row?.run !== row.run);
      lines.splice(0, lines.length, ...kept, ...(places.includes(path) ? [rowLine(row)] : []));
    }
  };
  for (const row of rows) put(row, row.changedAt);
  // Housekeeping by whoever writes: reservations that ended long ago are living no more.
  const now = timeOf(rows);
  if (rows.length > 0) for (const { row } of files.get(LIVING_FILE)?.lines ?? []) if (row !== undefined && isLongGone(row, now) && !rows.some((one) => one.run === row.run)) put(row, now);
  return changed;
}

/** The files that `withRows` will touch: they must have been read before. */
export function touchedBy(rows: readonly Booking[], living: readonly RowLine[]): readonly string[] {
  const now = timeOf(rows);
  const gone = rows.length === 0 ? [] : living.flatMap(({ row }) => (row !== undefined && isLongGone(row, now) ? [row] : []));
  return [...new Set([...rows.flatMap((row) => placesOf(row, row.changedAt)), ...gone.flatMap((row) => placesOf(row, now)), LIVING_FILE])];
}

/** The writer's time, from what it writes. */
function timeOf(rows: readonly Booking[]): string {
  return rows.reduce((latest, row) => (row.changedAt > latest ? row.changedAt : latest), '');
}

function isNewer(row: Booking, than: Booking): boolean {
  if (row.changedAt !== than.changedAt) return row.changedAt > than.changedAt;
  return row.state === 'ended' && than.state !== 'ended';
}
