import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRedactor, redactStream } from '../../src/containment/redactor.js';

const SECRET = `sk-Ünï"c&d'e/<f>+g h\\i$j=123456`;
const bytes = Buffer.from(SECRET);
const wrap = (text: string, width: number, by: string): string => (text.match(new RegExp(`.{1,${width}}`, 'gs')) ?? []).join(by);

/** Encodings made by other means than the code under test where the platform has them. */
const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (s) => s,
  base64: (s) => Buffer.from(s).toString('base64'),
  'base64 behind one byte': (s) => Buffer.from(`x${s}yz`).toString('base64'),
  'base64 behind two bytes': (s) => Buffer.from(`xx${s}y`).toString('base64'),
  'base64 of a header': (s) => Buffer.from(`x-access-token:${s}`).toString('base64'),
  base64url: (s) => Buffer.from(`a${s}`).toString('base64url'),
  'wrapped base64': (s) => wrap(Buffer.from(s).toString('base64'), 10, '\n'),
  'base64 wrapped with CR LF': (s) => wrap(Buffer.from(s).toString('base64'), 4, '\r\n'),
  'wrapped base64 in JSON': (s) => JSON.stringify(wrap(Buffer.from(s).toString('base64'), 7, '\n')),
  hex: (s) => Buffer.from(s).toString('hex'),
  HEX: (s) => Buffer.from(s).toString('hex').toUpperCase(),
  'hex with colons': (s) => wrap(Buffer.from(s).toString('hex'), 2, ':'),
  'a URL component': (s) => encodeURIComponent(s),
  'a form': (s) => new URLSearchParams({ s }).toString().slice(2),
  'a URL path': (s) => encodeURI(s),
  'a URL in small letters': (s) => encodeURIComponent(s).replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()),
  JSON: (s) => JSON.stringify(s),
  'JSON in JSON': (s) => JSON.stringify(JSON.stringify(s)),
  'JSON in ASCII': (s) => JSON.stringify(s).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  HTML: (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  XML: (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
  reversed: (s) => [...s].reverse().join(''),
  'shell quotes': (s) => `'${s.replaceAll("'", "'\\''")}'`,
  'broken over lines': (s) => wrap(s, 8, '\n'),
};

describe('the redactor', () => {
  it.each(Object.entries(ENCODINGS))('finds a secret as %s', (_, encode) => {
    const redactor = createRedactor();
    redactor.add('TOKEN', SECRET);
    const text = redactor.text(`before ${encode(SECRET)} after`);
    expect(redactor.finds(`before ${encode(SECRET)} after`)).toBe('TOKEN');
    expect(text).toMatch(/^before /);
    expect(text).toMatch(/ after$/);
    expect(text).toContain('[redacted TOKEN]');
    expect(redactor.finds(text)).toBeUndefined();
  });

  it('leaves at most the characters of base64 that belong to its neighbours', () => {
    const redactor = createRedactor();
    redactor.add('TOKEN', SECRET);
    const left = redactor.text(Buffer.concat([Buffer.from('a'), bytes, Buffer.from('b')]).toString('base64')).replace('[redacted TOKEN]', '');
    expect(left.length).toBeLessThanOrEqual(6);
  });

  it('lets no registered secret survive, in any encoding, whatever the secrets and the text around', () => {
    const secret = fc.string({ unit: fc.oneof(fc.constantFrom('a', 'b', '[', '*', ' ', '\\', 'n', '"', "'"), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), minLength: 6, maxLength: 20 })
      .filter((each) => each.replace(/[\r\n]/g, '').length >= 6);
    fc.assert(fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.constantFrom(...Object.keys(ENCODINGS)), fc.string(), fc.string(), (secrets, name, before, after) => {
      const redactor = createRedactor();
      secrets.forEach((each, index) => { redactor.add(`S${index}`, each); });
      const encode = ENCODINGS[name] ?? ((each: string) => each);
      const text = redactor.text(before + secrets.map(encode).join(' ') + after);
      for (const each of secrets) {
        expect(text).not.toContain(each);
        if (name !== 'broken over lines' && encode(each).length >= each.length && !encode(each).includes('=')) expect(text).not.toContain(encode(each));
      }
      expect(redactor.finds(text)).toBeUndefined();
    }), { numRuns: 500 });
  });

  it('leaves text without a secret as it is', () => {
    const redactor = createRedactor();
    redactor.add('TOKEN', SECRET);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => { expect(redactor.text(text)).toBe(text); }));
    expect(createRedactor().text(SECRET)).toBe(SECRET);
  });

  it('refuses what would blank ordinary text', () => {
    expect(() => { createRedactor().add('SHORT', 'abcde'); }).toThrow('SHORT');
    expect(() => { createRedactor().add('SHORT', 'a\nb\nc\n'); }).toThrow(RangeError);
  });

  it('never puts a secret back with its own mark', () => {
    const redactor = createRedactor();
    redactor.add('redacted', 'redacted');
    redactor.add('TOKEN', '[***][***]');
    const text = redactor.text('a redacted redacted [***][***] b');
    expect(redactor.finds(text)).toBeUndefined();
    expect(text).toMatch(/^a .* b$/);
  });

  it('finds the lines of a key of several lines, each behind a prefix', () => {
    const redactor = createRedactor();
    const lines = ['-----BEGIN KEY-----', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldY', 'MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1u', '-----END KEY-----'];
    redactor.add('KEY', lines.join('\n'));
    expect(redactor.text(lines.map((line) => `log | ${line}`).join('\n'))).not.toMatch(/QUJD|MTIz/);
  });

  it('joins secrets that overlap', () => {
    const redactor = createRedactor();
    redactor.add('A', 'abcdefgh');
    redactor.add('B', 'efghijkl');
    expect(redactor.text('x abcdefghijkl y')).toBe('x [redacted A] y');
  });
});

describe('the redactor of a stream', () => {
  it('finds a secret however the text is cut, and changes nothing else', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 50 });
    fc.assert(fc.property(fc.constantFrom(...Object.values(ENCODINGS)), cuts, fc.string(), (encode, sizes, around) => {
      const redactor = createRedactor();
      redactor.add('TOKEN', SECRET);
      const text = `${around} ${encode(SECRET)} ${around} the end`;
      const stream = redactStream(redactor);
      let out = '';
      for (let at = 0, turn = 0; at < text.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        out += stream.push(text.slice(at, at + size));
        at += size;
      }
      out += stream.end();
      expect(out).toBe(redactor.text(text));
    }));
  });

  it('holds back no more than the longest spelling', () => {
    const redactor = createRedactor();
    redactor.add('TOKEN', SECRET);
    const stream = redactStream(redactor);
    const out = stream.push('ordinary words '.repeat(1000));
    expect(out.length).toBeGreaterThan(14_000);
  });
});

describe('pieces of a key', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const body = fc.oneof(
    fc.string({ unit: fc.constantFrom(...letters), minLength: 28, maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 28, maxLength: 64 }),
    fc.string({ unit: fc.constantFrom(...letters, '+', '/'), minLength: 28, maxLength: 60 }),
  ).filter((each) => new Set(each).size >= 10 && !/[a-z]{12}|(.)\1{3}/.test(each));
  const forms: Readonly<Record<string, (text: string) => string>> = {
    plain: (s) => s, reversed: (s) => [...s].reverse().join(''), hex: (s) => Buffer.from(s).toString('hex'), HEX: (s) => Buffer.from(s).toString('hex').toUpperCase(),
    base64: (s) => Buffer.from(s).toString('base64'), 'base64 behind one byte': (s) => Buffer.from(`x${s}`).toString('base64'), 'base64 behind two bytes': (s) => Buffer.from(`xy${s}`).toString('base64'), base64url: (s) => Buffer.from(s).toString('base64url'),
    'a URL': (s) => encodeURIComponent(s), JSON: (s) => JSON.stringify(s).slice(1, -1),
    'over lines': (s) => wrap(s, 5, '\n'), 'over lines of a log': (s) => wrap(s, 5, '\n2026-11-21T08:00:00.123Z | '), 'over indented lines': (s) => wrap(s, 7, '\r\n    '),
  };
  /** What all keys of a provider begin with is no secret. */
  const prefixes = ['', 'sk-ant-api03-', 'ghp_', 'glpat-'];

  it('of twelve characters and more survive in no form', () => {
    fc.assert(fc.property(body, fc.constantFrom(...prefixes), fc.constantFrom(...Object.values(forms)), fc.nat(1000), fc.integer({ min: 12, max: 40 }), (random, prefix, encode, from, length) => {
      const redactor = createRedactor();
      redactor.add('KEY', prefix + random);
      const at = from % (random.length - 11);
      const piece = random.slice(at, at + length);
      const left = redactor.text(`the words before: ${encode(piece)} and after`);
      expect(left).toMatch(/^the words before: .*\[redacted KEY\].* and after$/s);
      // At most the characters at the edges that do not belong to the piece alone.
      expect(left.replace(/\[redacted KEY\]/g, '').length).toBeLessThanOrEqual('the words before:  and after'.length + 8);
    }), { numRuns: 300 });
  });

  it('of words are ordinary text, and so is what all keys begin with', () => {
    const redactor = createRedactor();
    for (const [index, secret] of ['correct-horse-battery-staple', 'postgres://maria:hunter2secret@db.example.com/shop', 'sk-ant-api03-9fKx2mQ7LpZt4VbW8sRn1Yc6', 'MySuperSecretDatabasePassword', '-----BEGIN RSA PRIVATE KEY-----'].entries()) redactor.add(`S${index}`, secret);
    for (const text of [
      'correct-horse-battery is a joke', 'postgres://maria@db.example.com/other', 'keys begin with sk-ant-api03- or sk-ant-admin', 'export class MySuperSecretDatabase {}', '-----BEGIN RSA PUBLIC KEY-----',
      'Expected 13, received 12 at src/total.ts:14:9', 'sha512-8aKx2mQ7LpZ', '3d1f0a9c4be27a6650b8c1f3',
    ]) expect(redactor.text(text)).toBe(text);
  });
});
