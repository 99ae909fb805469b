import { createHash } from 'node:crypto';
import { HeddleBranch } from '../domain/ids.js';
import type { RunId } from '../domain/ids.js';
import type { TicketRef } from '../domain/ticket.js';
import { comparableKey } from '../domain/ticket-key.js';

const SLUG_CHARS_MAX = 52;

/** The branch of a run: a slug of the ticket's key (never of its title) and 8 hexadecimal digits of the run's digest. */
export function branchFor(ticket: TicketRef, run: RunId): HeddleBranch {
  return HeddleBranch.parse(`${branchPrefixFor(ticket)}${hex(run).slice(0, 8)}`);
}

/** What all branches of one ticket begin with. Use `isBranchOf` to compare: one prefix can begin another. */
export function branchPrefixFor(ticket: TicketRef): string {
  return `heddle/${slugOf(ticket)}-`;
}

export function isBranchOf(ticket: TicketRef, branch: string): boolean {
  const prefix = branchPrefixFor(ticket);
  return branch.startsWith(prefix) && /^[0-9a-f]{8}$/.test(branch.slice(prefix.length));
}

/** A key that is too long for a branch, or has letters a branch may not have, gets a piece of its digest to stay apart from others. */
function slugOf(ticket: TicketRef): string {
  const key = comparableKey(ticket);
  let slug = '';
  for (const char of key.toLowerCase().slice(0, 500)) {
    if (/^[a-z0-9]$/.test(char)) slug += char;
    else if (slug !== '' && !slug.endsWith('-')) slug += '-';
  }
  const plain = slug.endsWith('-') ? slug.slice(0, -1) : slug;
  if (plain.length > 0 && plain.length <= SLUG_CHARS_MAX && /^[\u0020-\u007e]+$/.test(key)) return plain;
  const mark = hex(`${ticket.tracker}\n${key}`).slice(0, 8);
  const short = plain.slice(0, SLUG_CHARS_MAX - 9);
  return short === '' ? mark : `${short.endsWith('-') ? short.slice(0, -1) : short}-${mark}`;
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
