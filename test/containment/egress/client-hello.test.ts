import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HELLO_BYTES_MAX, readClientHello } from '../../../src/containment/egress/client-hello.js';
import { HelloGuard } from '../../../src/containment/egress/hello-guard.js';
import { CHANGE_CIPHER, hello, helloMessage, inRecords, record, serverNameBody } from './hello-bytes.js';

const HOST = { kind: 'name', text: 'a.example' } as const;

/** All that a guard lets up, and why it stopped. */
function guarded(chunks: readonly Buffer[], host: ConstructorParameters<typeof HelloGuard>[0] = HOST): { readonly up: Buffer; readonly why: string | undefined } {
  const guard = new HelloGuard(host);
  const up: Buffer[] = [];
  for (const chunk of chunks) {
    const step = guard.push(chunk);
    if (step.kind === 'refused') return { up: Buffer.concat(up), why: step.why };
    up.push(step.bytes);
  }
  return { up: Buffer.concat(up), why: undefined };
}

function pieces(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    out.push(bytes.subarray(at, at + size));
    at += size;
  }
  return out;
}

describe('a ClientHello', () => {
  it.each([['TLSv1.2', 'a.example'], ['TLSv1.3', 'b.example'], ['TLSv1.3', '']] as const)('of Node (%s, name %j) is read', async (version, servername) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, servername, minVersion: version, maxVersion: version });
    client.on('error', () => undefined);
    const [socket] = await once(server, 'connection') as [import('node:net').Socket];
    const [bytes] = await once(socket, 'data') as [Buffer];
    client.destroy();
    server.close();
    expect(readClientHello(bytes.subarray(5))).toMatchObject({ kind: 'hello', serverName: servername === '' ? undefined : servername, hides: false });
  });

  it.each<[string, Buffer]>([
    ['another message', Buffer.concat([Buffer.from([2]), helloMessage({ name: 'a.example' }).subarray(1)])],
    ['too long by its own word', Buffer.from([1, 1, 0, 0])],
    ['two names', helloMessage({ name: 'a.example', extensions: [[0, serverNameBody('b.example')]] })],
    ['a name of another type', helloMessage({ name: undefined, extensions: [[0, serverNameBody('a.example', 1)]] })],
    ['two names in one list', helloMessage({ name: undefined, extensions: [[0, Buffer.from('000c00000161000001620000', 'hex')]] })],
    ['an empty name', helloMessage({ name: undefined, extensions: [[0, serverNameBody('')]] })],
    ['a NUL in the name', helloMessage({ name: 'a.example\0.b.example' })],
    ['an extension twice', helloMessage({ name: 'a.example', extensions: [[43, Buffer.from([2, 3, 4])]] })],
    ['bytes after its extensions', (() => { const m = Buffer.concat([helloMessage({ name: 'a.example' }), Buffer.from([0])]); m.writeUIntBE(m.length - 4, 1, 3); return m; })()],
  ])('with %s is refused', (_, bytes) => {
    expect(readClientHello(bytes)).toEqual({ kind: 'bad' });
  });

  it.each([0xfe0d, 42])('with extension %i hides where it goes', (type) => {
    expect(readClientHello(helloMessage({ name: 'a.example', extensions: [[type, Buffer.alloc(3)]] }))).toMatchObject({ kind: 'hello', hides: true });
  });

  it('is unfinished at every place before its end, and never misread when bytes are changed or cut', () => {
    const whole = helloMessage({ name: 'a.example', padding: 40 });
    for (let length = 0; length < whole.length; length += 1) expect(readClientHello(whole.subarray(0, length)).kind).toBe('more');
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      const read = readClientHello(bytes);
      // Whatever is read as a name stands there, letter for letter.
      if (read.kind === 'hello' && read.serverName !== undefined) expect(bytes.includes(read.serverName)).toBe(true);
    }), { numRuns: 3000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => { expect(['more', 'bad', 'hello']).toContain(readClientHello(Buffer.from(bytes)).kind); }), { numRuns: 2000 });
  });
});

describe('the guard of a tunnel', () => {
  it('lets everything up, unchanged, however the hello is cut into records and segments', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(sizes, fc.integer({ min: 1, max: 300 }), fc.nat(2000), fc.boolean(), (cuts, recordSize, padding, late) => {
      const bytes = Buffer.concat([inRecords(helloMessage({ name: 'A.Example', padding }), recordSize), CHANGE_CIPHER, record(23, Buffer.alloc(100, late ? 22 : 1), [3, 3]), Buffer.from('anything')]);
      expect(guarded(pieces(bytes, cuts))).toEqual({ up: bytes, why: undefined });
    }), { numRuns: 300 });
  });

  it('lets nothing up before the hello is judged, and nothing at all of a wrong one', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(sizes, fc.integer({ min: 1, max: 300 }), fc.constantFrom('b.example', 'a.example.b.example', 'xa.example', undefined), (cuts, recordSize, name) => {
      const bytes = Buffer.concat([inRecords(helloMessage({ name }), recordSize), Buffer.from('canary')]);
      expect(guarded(pieces(bytes, cuts))).toEqual({ up: Buffer.alloc(0), why: name === undefined ? 'no-server-name' : 'other-server-name' });
    }), { numRuns: 300 });
  });

  it.each<[string, readonly Buffer[], string]>([
    ['plain HTTP', [Buffer.from('GET / HTTP/1.1\r\n')], 'not-tls'],
    ['SSH', [Buffer.from('SSH-2.0-x\r\n')], 'not-tls'],
    ['SSL 2', [Buffer.from([0x80, 0x2e, 1, 3, 1])], 'not-tls'],
    ['an empty record', [record(22, Buffer.alloc(0))], 'not-tls'],
    ['an alert first', [record(21, Buffer.from([1, 0]))], 'not-tls'],
    ['application data first', [record(23, Buffer.from('canary'))], 'not-tls'],
    ['a record over the bound', [Buffer.from([22, 3, 1, 0x40, 0x01])], 'not-tls'],
    ['a hello with more behind it in its record', [record(22, Buffer.concat([helloMessage({ name: 'a.example' }), Buffer.from([1])]))], 'not-tls'],
    ['a hello that never ends', Array.from({ length: 200 }, () => record(22, Buffer.concat([Buffer.from([1, 0, 0x3f, 0xff]), Buffer.alloc(300)]))), 'not-tls'],
    ['encrypted hello', [hello('a.example', { extensions: [[0xfe0d, Buffer.alloc(40)]] })], 'hidden-name'],
    ['a second hello with another name', [hello('a.example'), hello('b.example')], 'other-server-name'],
    ['a second hello behind a change that means nothing', [hello('a.example'), CHANGE_CIPHER, hello('b.example')], 'other-server-name'],
    ['a second hello in small pieces', [hello('a.example'), CHANGE_CIPHER, inRecords(helloMessage({ name: 'b.example' }), 5)], 'other-server-name'],
    ['a second hello behind another plain message', [hello('a.example'), record(22, Buffer.concat([Buffer.from([16, 0, 0, 2, 1, 1]), helloMessage({ name: 'b.example' })]))], 'other-server-name'],
    ['a second hello without a name', [hello('a.example'), CHANGE_CIPHER, hello(undefined)], 'no-server-name'],
  ])('cuts %s', (_, chunks, why) => {
    const { up, why: said } = guarded(chunks);
    expect(said).toBe(why);
    expect(up.includes('b.example')).toBe(false);
  });

  it.each<[string, readonly Buffer[]]>([
    ['a second hello with the same name', [hello('a.example'), CHANGE_CIPHER, hello('a.example'), record(23, Buffer.alloc(20))]],
    ['the messages of an older handshake', [hello('a.example'), record(22, Buffer.from([16, 0, 0, 2, 1, 1])), CHANGE_CIPHER, record(22, Buffer.alloc(40, 0x5a)), record(23, Buffer.alloc(9))]],
    ['a hello in a record with a lower version', [inRecords(helloMessage({ name: 'a.example' }))]],
  ])('lets %s up', (_, chunks) => {
    expect(guarded(chunks)).toEqual({ up: Buffer.concat(chunks), why: undefined });
  });

  it('asks an address for no name', () => {
    const host = { kind: 'address', text: '192.0.2.1' } as const;
    expect(guarded([hello(undefined)], host).why).toBeUndefined();
    expect(guarded([hello('a.example')], host).why).toBe('other-server-name');
  });

  it('holds a bounded number of bytes, whatever comes', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.constant(Buffer.from([22, 3, 1, 0, 1, 1])), fc.constant(inRecords(helloMessage({ name: 'a.example' }), 3))), { maxLength: 60 }), (chunks) => {
      const guard = new HelloGuard(HOST);
      let held = 0;
      for (const chunk of chunks) {
        const step = guard.push(Buffer.from(chunk));
        if (step.kind === 'refused') return;
        held += chunk.length - step.bytes.length;
        expect(held).toBeLessThanOrEqual(2 * HELLO_BYTES_MAX + 5 + 50_000);
      }
    }), { numRuns: 1000 });
    const drip = Array.from({ length: 60_000 }, (_, at) => Buffer.from([[22, 3, 1, 0, 1, at === 5 ? 1 : 0][at % 6] ?? 0]));
    expect(guarded(drip).why).toBe('not-tls');
  });
});
