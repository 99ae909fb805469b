import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Booking } from '../../domain/booking.js';
import { Instant, RunId } from '../../domain/ids.js';
import type { TicketRef } from '../../domain/ticket.js';
import { isSameTicket } from '../../domain/ticket-key.js';
import type { KnownRun } from '../../explain/explanation.js';
import type { RunEvent } from '../../flow/event.js';
import { parseEvents } from '../../flow/trail.js';
import { err, ok, type Result } from '../../kit/result.js';
import { verifyChain } from '../../ledger/chain.js';
import { readLedgerLines } from '../../ledger/ledger-entry.js';
import { withoutContents } from '../../ledger/without-contents.js';
import type { Ledger } from '../../ports/ledger.js';
import type { WaitingStore } from '../../ports/waiting-store.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { openWaiting } from '../waiting/open-waiting.js';

/** Older rows of other tickets are of no interest: those of the ticket come whatever their age. */
const SINCE = Instant.parse('1970-01-01T00:00:00.000Z');

/** The run of a run folder, its chain walked. */
export async function runInFolder(folder: string): Promise<Result<{ readonly run: KnownRun; readonly ticket: TicketRef | undefined }, Problem>> {
  const file = path.join(folder, 'events.jsonl');
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) return err(usageProblem(`There is no run in ${folder} (events.jsonl is missing).`));
  const chain = verifyChain(bytes);
  if (!chain.ok && chain.error.code !== 'torn-tail') return err(usageProblem(`${file}:${chain.error.line}: ${chain.error.message}. A damaged trail explains nothing.`));
  const events = parseEvents(bytes);
  if (!events.ok) return err(usageProblem(`${file}:${events.error.line}: ${events.error.message}.`));
  const first = events.value[0];
  if (first === undefined) return err(usageProblem(`${file} holds no event.`));
  return ok({ run: knownBy(events.value, 'run-folder'), ticket: first.fact.type === 'requested' ? first.fact.request.ticket : undefined });
}

/** What the ledger knows: of one ticket all runs, or the one run. */
export async function runsInLedger(ledger: Ledger, about: { readonly ticket?: TicketRef | undefined; readonly run?: string | undefined }): Promise<Result<{ readonly runs: readonly KnownRun[]; readonly ticket: TicketRef | undefined }, Problem>> {
  const view = await ledger.read({ since: SINCE, ticket: about.ticket });
  if (!view.ok) return err(faultProblem(view.error));
  const rows = view.value.rows.filter((row) => row.run === about.run || (about.ticket !== undefined && isSameTicket(row.ticket, about.ticket)));
  const runs: KnownRun[] = [];
  for (const row of rows) {
    const known = await linesOf(ledger, row);
    if (!known.ok) return known;
    if (known.value !== undefined) runs.push(known.value);
  }
  return ok({ runs, ticket: about.ticket ?? rows[0]?.ticket });
}

async function linesOf(ledger: Ledger, row: Booking): Promise<Result<KnownRun | undefined, Problem>> {
  const lines = await ledger.linesOf(row.run);
  // A run that is at work has a row and no lines yet.
  if (!lines.ok) return lines.error.code === 'not-found' ? ok({ run: row.run, source: 'ledger', entries: [{ at: row.at, fact: { type: 'requested', request: { trigger: { kind: 'at work' }, actor: row.requestedBy } } as { type: string } }] }) : err(faultProblem(lines.error));
  const chain = verifyChain(lines.value);
  if (!chain.ok) return err(usageProblem(`The ledger's lines of run ${row.run} are broken at line ${chain.error.line}: ${chain.error.message}.`));
  return ok({ run: row.run, source: 'ledger', entries: readLedgerLines(lines.value).flatMap((entry) => ('fact' in entry ? [{ at: entry.at, fact: entry.fact }] : [])) });
}

/** A run that waits and that no ledger knows: its own trail, when it is believed. */
export async function waitingRun(store: WaitingStore, about: { readonly name?: string | undefined; readonly run?: string | undefined }): Promise<Result<{ readonly run: KnownRun; readonly ticket: TicketRef } | undefined, Problem>> {
  const stored = about.name === undefined ? await byRun(store, about.run) : await store.get(about.name);
  if (!stored.ok) return err(faultProblem(stored.error));
  if (stored.value === undefined) return ok(undefined);
  const opened = await openWaiting(stored.value, { store });
  if (opened.ok) return ok({ run: knownBy(opened.value.events, 'waiting-store'), ticket: stored.value.entry.ticket });
  if (opened.error.kind === 'fault') return err(faultProblem(opened.error.fault));
  return err(usageProblem(`What is kept of the waiting run ${stored.value.entry.run} is not believed (${opened.error.refusal.code}: ${opened.error.refusal.words}).`));
}

async function byRun(store: WaitingStore, run: string | undefined): ReturnType<WaitingStore['get']> {
  const list = await store.list();
  return list.ok ? ok(list.value.waits.find((wait) => wait.entry.run === run)) : list;
}

function knownBy(events: readonly RunEvent[], source: KnownRun['source']): KnownRun {
  return { run: RunId.parse(events[0]?.run), source, entries: events.map((event) => ({ at: event.at, fact: withoutContents(event.fact) })) };
}
