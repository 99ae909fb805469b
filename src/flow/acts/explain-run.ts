import type { TicketRef } from '../../domain/ticket.js';
import { isSameTicket } from '../../domain/ticket-key.js';
import { explain, type KnownRun } from '../../explain/explanation.js';
import { renderShort } from '../../explain/render-explanation.js';
import { verifyChain } from '../../ledger/chain.js';
import { readLedgerLines } from '../../ledger/ledger-entry.js';
import { withoutContents } from '../../ledger/without-contents.js';
import type { Context } from '../context.js';

/** Where this run stands, as `heddle explain` says it, in short: nothing of the contents that its trail has. */
export function explainThis({ trail }: Pick<Context, 'trail'>): string {
  return short({ run: trail.run, source: 'run-folder', entries: trail.events.map(({ at, fact }) => ({ at, fact: withoutContents(fact) })) });
}

/** Where the newest other run of a ticket stands, by the ledger; nothing where none is kept, or where it cannot be read. */
export async function explainLast({ ports: { ledger, clock }, trail, signal }: Pick<Context, 'ports' | 'trail' | 'signal'>, ticket: TicketRef): Promise<string | undefined> {
  const view = await ledger?.read({ since: clock.now(), ticket }, signal);
  if (ledger === undefined || view?.ok !== true) return undefined;
  const newest = view.value.rows.filter((row) => row.run !== trail.run && isSameTicket(row.ticket, ticket)).sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  const lines = newest === undefined ? undefined : await ledger.linesOf(newest.run, signal);
  if (newest === undefined || lines?.ok !== true || !verifyChain(lines.value).ok) return undefined;
  return short({ run: newest.run, source: 'ledger', entries: readLedgerLines(lines.value).flatMap((entry) => ('fact' in entry ? [{ at: entry.at, fact: entry.fact }] : [])) });
}

function short(run: KnownRun): string {
  return renderShort(explain([run], {}));
}
