import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { branchFor, branchPrefixFor, isBranchOf } from '../../src/admission/branch.js';
import { claimName } from '../../src/admission/claim-name.js';
import { limitsFrom } from '../../src/admission/limits.js';
import { reopenOrder, sealOrder } from '../../src/admission/order.js';
import { Configuration } from '../../src/config/configuration.js';
import { Digest, HeddleBranch, RunId } from '../../src/domain/ids.js';
import { OrderFields } from '../../src/domain/order.js';
import type { TicketRef } from '../../src/domain/ticket.js';

const run = RunId.parse('0123456789abcdef');
const ref = (key: string, tracker: TicketRef['tracker'] = 'github'): TicketRef => ({ tracker, key });

describe('branches and claims', () => {
  it.each([
    ['acme/shop#12', 'heddle/acme-shop-12-'], ['PROJ-123', 'heddle/proj-123-'], ['bugs/Total (1).md', 'heddle/bugs-total-1-md-'],
  ])('the branch of %s begins with %s', (key, prefix) => {
    expect(branchPrefixFor(ref(key))).toBe(prefix);
    expect(branchFor(ref(key), run)).toBe(`${prefix}9f9f5111`);
  });

  it('tells tickets apart whose prefixes begin each other', () => {
    expect(isBranchOf(ref('a/b#1'), branchFor(ref('a/b#1-2'), run))).toBe(false);
    expect(isBranchOf(ref('a/b#1'), branchFor(ref('a/b#1'), run))).toBe(true);
    expect(isBranchOf(ref('a/b#1'), 'heddle/a-b-1-0123abcd/x')).toBe(false);
  });

  it('keeps long and foreign keys apart', () => {
    const keys = ['x'.repeat(400), `${'x'.repeat(399)}y`, 'ä.md', 'ö.md', '日本.md', '../..', '-', '#'];
    expect(new Set(keys.map((key) => branchPrefixFor(ref(key, 'file')))).size).toBe(keys.length);
  });

  it('makes a legal branch and a ref-safe claim of any key and run', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), fc.stringMatching(/^[0-9a-z]{8,40}$/), (key, id) => {
      const branch = branchFor(ref(key, 'file'), RunId.parse(id));
      expect(HeddleBranch.safeParse(branch).success).toBe(true);
      expect(isBranchOf(ref(key, 'file'), branch)).toBe(true);
      expect(claimName(ref(key, 'file'))).toMatch(/^ticket-[0-9a-f]{32}$/);
    }));
  });

  it('has one claim for one ticket, however its repository is spelled, and another for each other', () => {
    expect(claimName(ref('Acme/Shop#1'))).toBe(claimName(ref('acme/shop#1')));
    expect(new Set([ref('a/b#1'), ref('a/b#2'), ref('a/b#1', 'gitlab'), ref('A.md', 'file'), ref('a.md', 'file')].map(claimName)).size).toBe(5);
  });
});

describe('orders', () => {
  const hash = Digest.parse(`sha256:${'a'.repeat(64)}`);
  const fields = OrderFields.parse({
    version: 1, run, ticket: ref('acme/shop#12'), snapshot: hash, repository: 'acme/shop', base: { branch: 'main', commit: 'b'.repeat(40) }, policy: hash,
    limits: limitsFrom(Configuration.parse({})), agent: { id: 'builtin', model: 'm' }, minRung: 'landlock', branch: branchFor(ref('acme/shop#12'), run),
    requestedBy: { login: 'amy', id: '1', kind: 'human' }, approvedBy: [], nonce: '0'.repeat(32), admittedAt: '2026-03-01T10:00:00.000Z', expiresAt: '2026-03-02T10:00:00.000Z',
  });

  it('come back only unchanged', () => {
    const { order, digest } = sealOrder(fields);
    const text = JSON.stringify(order);
    expect(reopenOrder(JSON.parse(text), digest)).toEqual({ ok: true, value: order });
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(order).reverse()));
    expect(reopenOrder(JSON.parse(reordered), digest).ok).toBe(true);
    for (const [member, value] of [['repository', 'evil/shop'], ['nonce', '1'.repeat(32)], ['expiresAt', '2030-01-01T00:00:00.000Z'], ['approvedBy', [order.requestedBy]]] as const) {
      expect(reopenOrder({ ...order, [member]: value }, digest)).toMatchObject({ ok: false, error: { message: expect.stringContaining('changed after it was sealed') } });
    }
    expect(reopenOrder(order, hash).ok).toBe(false);
  });

  it('come back only in their own form', () => {
    const { order, digest } = sealOrder(fields);
    for (const value of [undefined, null, [], 'x', {}, { ...order, extra: 1 }, { ...order, branch: 'main' }, { ...order, version: 2 }]) {
      expect(reopenOrder(value, digest)).toMatchObject({ ok: false, error: { message: expect.stringContaining('form of an order') } });
    }
  });

  it('take their limits from the configuration, in the units of the domain', () => {
    expect(limitsFrom(Configuration.parse({ limits: { attempts: 2, cost_usd: 0.5, run_time: '90s', check_time: '250ms', memory_mb: 2, diff_kb: 3 } }))).toMatchObject({
      attemptsMax: 2, costMicroUsdMax: 500_000, runWallMsMax: 90_000, checkWallMsMax: 250, memoryBytesMax: 2_097_152, cpuMsMax: 7_200_000, writtenFileBytesMax: 2 ** 32, diskBytesMax: 10 * 2 ** 30, diffBytesMax: 3072, attemptWallMsMax: 1_800_000,
    });
  });
});
