import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { canaryDigest, canaryMaker } from '../../src/redteam/canary.js';
import { CanarySearch } from '../../src/redteam/find-canaries.js';

const canary = canaryMaker((bytes) => randomBytes(bytes));
const one = canary('here', (core) => `ghp_${core}`);
const other = canary('there');

const WAYS: Readonly<Record<string, (text: string) => string | Uint8Array>> = {
  plain: (text) => text, reversed: (text) => [...text].reverse().join(''), 'base64, alignment 0': (text) => Buffer.from(text).toString('base64'),
  'base64, alignment 1': (text) => Buffer.from(`x${text}`).toString('base64'), 'base64, alignment 2': (text) => Buffer.from(`xy${text}!`).toString('base64'),
  base64url: (text) => Buffer.from(`??>${text}`).toString('base64url'), hex: (text) => Buffer.from(text).toString('hex'), 'hex in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'percent-coded': (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join(''), 'over lines': (text) => (text.match(/.{1,7}/g) ?? []).join('\n'),
  'base64 over lines': (text) => (Buffer.from(text).toString('base64').match(/.{1,9}/g) ?? []).join('\r\n'), 'in a list': (text) => JSON.stringify([...text]), 'first half': (text) => text.slice(0, 24),
  'second half': (text) => text.slice(-16), 'UTF-16': (text) => Buffer.from(text, 'utf16le'), 'with blanks': (text) => [...text].join(' '), 'hex with blanks': (text) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' '),
};

describe('the search for canaries', () => {
  it.each(Object.keys(WAYS))('finds one as %s, and only that one', (way) => {
    const search = new CanarySearch([one, other]);
    const text = WAYS[way]?.(one.text) ?? '';
    const around = typeof text === 'string' ? `before ${text} after` : Buffer.concat([Buffer.from('ab'), text]);
    expect(search.find(around).map((hit) => hit.canary.place)).toEqual(['here']);
    expect(search.searches).toBe(2);
  });

  it('finds nothing in other texts (property)', () => {
    const search = new CanarySearch([one, other]);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.string(), (bytes, text) => {
      expect(search.find(bytes)).toEqual([]);
      expect(search.find(Buffer.from(text).toString('base64'))).toEqual([]);
    }));
  });

  it('finds one wherever it stands (property)', () => {
    const search = new CanarySearch([one]);
    fc.assert(fc.property(fc.string(), fc.string(), fc.constantFrom(...Object.keys(WAYS).filter((way) => way !== 'UTF-16')), (before, after, way) => {
      const text = WAYS[way]?.(one.text);
      expect(search.find(`${before}${typeof text === 'string' ? text : ''}${after}`)).toHaveLength(1);
    }));
  });
});

describe('canaries', () => {
  it('differ, and are told apart by a digest that does not give them away', () => {
    const many = Array.from({ length: 50 }, () => canary('x'));
    expect(new Set(many.map((each) => each.core)).size).toBe(50);
    expect(canaryDigest(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(canaryDigest(one)).not.toContain(one.core.slice(4, 12));
  });
});
