import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import type { Instant, RunId } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Claim, ClaimStore } from '../../../ports/forge.js';
import { createOnly, fault, numbersIn, onDisk, readRecord, textOf } from './files.js';
import { ClaimRecord } from './schema.js';

const TRIES_MAX = 50;

interface Top { readonly number: number; readonly record: ClaimRecord | undefined }

/**
 * Claims as numbered create-only files, `claims/<name>/<n>.json`; the highest number counts. Taking over writes n+1: of many
 * that try, one creates it. Nothing is changed or removed, so the folder is also the history of who worked on a ticket.
 */
export function claimsIn(folder: string): ClaimStore {
  const place = (name: string): string => join(folder, 'claims', encodeURIComponent(name).replace(/[.*]/g, (dot) => `%${dot.charCodeAt(0).toString(16)}`).slice(0, 200));
  return {
    claim: (name, claim, now) => onDisk('take the claim', () => take(place(name), claim, now)),
    release: (name, run) => onDisk('give the claim back', () => giveBack(place(name), run)),
  };
}

async function take(folder: string, claim: Claim, now: Instant): Promise<Result<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly by: Claim }, Fault>> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const top = await topOf(folder);
    if (!top.ok) return top;
    const held = top.value.record;
    if (held !== undefined && !held.released) {
      if (held.run === claim.run && held.expiresAt >= claim.expiresAt) return ok({ kind: 'taken' });
      const free = held.run === claim.run || held.holder === claim.holder || held.expiresAt <= now;
      if (!free) return ok({ kind: 'held', by: { run: held.run, holder: held.holder, expiresAt: held.expiresAt } });
    }
    if (await append(folder, top.value.number + 1, { version: 1, run: claim.run, holder: claim.holder, expiresAt: claim.expiresAt, released: false })) return ok({ kind: 'taken' });
  }
  return err(restless(folder));
}

async function giveBack(folder: string, run: RunId): Promise<Result<void, Fault>> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const top = await topOf(folder);
    if (!top.ok) return top;
    const { number, record } = top.value;
    if (record === undefined || record.released || record.run !== run) return ok(undefined);
    if (await append(folder, number + 1, { ...record, released: true })) return ok(undefined);
  }
  return err(restless(folder));
}

async function topOf(folder: string): Promise<Result<Top, Fault>> {
  const number = (await numbersIn(folder)).at(-1);
  if (number === undefined) return ok({ number: 0, record: undefined });
  const record = await readRecord(join(folder, `${String(number)}.json`), ClaimRecord);
  return record.ok ? ok({ number, record: record.value }) : record;
}

function append(folder: string, number: number, record: ClaimRecord): Promise<boolean> {
  return createOnly(join(folder, `${String(number)}.json`), textOf(record));
}

function restless(folder: string): Fault {
  return { ...fault('conflict', 'ours', `The claim in ${folder} changed hands ${String(TRIES_MAX)} times while it was read. Try again.`), retryable: true };
}
