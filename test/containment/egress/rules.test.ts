import { domainToASCII } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressRules } from '../../../src/containment/egress/address-rules.js';
import { hostRules, parseHost } from '../../../src/containment/egress/host-rules.js';
import { HEAD_BYTES_MAX, readRequestHead } from '../../../src/containment/egress/request-head.js';

function allows(allow: readonly string[], host: string): boolean {
  const rules = hostRules(allow);
  const parsed = parseHost(host);
  if (!rules.ok) throw new Error(rules.error);
  return parsed !== undefined && rules.value(parsed);
}

describe('the names that are allowed', () => {
  const list = ['registry.example.com', '*.cdn.example', 'Bücher.example', '192.0.2.7', '2001:DB8::7'];
  it.each<[string, boolean]>([
    ['registry.example.com', true], ['REGISTRY.Example.COM', true], ['registry.example.com.', true],
    ['registry.example.com..', false], ['example.com', false], ['a.registry.example.com', false], ['registry.example.com.evil.test', false],
    ['evilregistry.example.com', false], ['registry-example.com', false], ['registry.example.com@evil.test', false], ['registry.example.com:443', false],
    ['registry.example.com%00.evil.test', false], ['registry.example.com/', false], ['registry.еxample.com', false], [' registry.example.com', false], ['', false], ['.', false],
    ['a.cdn.example', true], ['cdn.example', false], ['a.b.cdn.example', false], ['.cdn.example', false], ['xcdn.example', false], ['a.cdn.example.evil.test', false],
    ['xn--bcher-kva.example', true], ['bücher.example', false],
    ['192.0.2.7', true], ['192.0.2.8', false], ['192.0.2.07', false], ['0xc0.0.2.7', false], ['3221225991', false], ['192.0.519', false],
    ['[2001:db8::7]', true], ['2001:db8:0:0::7', true], ['[2001:db8::7%eth0]', false], ['[::ffff:192.0.2.7]', false],
  ])('%j: %s', (host, expected) => {
    expect(allows(list, host)).toBe(expected);
  });

  it('`*` allows every name and no address', () => {
    expect([allows(['*'], 'any.example'), allows(['*'], '192.0.2.7'), allows(['*'], '[::1]')]).toEqual([true, false, false]);
  });

  it.each(['https://a.example', 'a.example:443', 'a.*.example', '*', '**.example', '*.com', '*.192.0.2.1', 'a b', '', '127.1', '*.', 'a..b'].filter((rule) => rule !== '*'))('the rule %j is refused', (rule) => {
    expect(hostRules([rule])).toEqual({ ok: false, error: rule });
  });

  it('what is allowed is one of the rules, letter for letter', () => {
    const rules = ['a.example', '*.b.example'];
    const near = fc.array(fc.constantFrom('a', 'b', '.', 'example', '@', ':', '*', 'A', '-', '%', '[', '\0', 'é', '0x', '1'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(near, fc.string(), fc.domain()), (host) => {
      const plain = host.toLowerCase().replace(/\.$/, '');
      expect(allows(rules, host)).toBe(plain === 'a.example' || /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.b\.example$/.test(plain));
    }), { numRuns: 3000 });
  });

  it('ordinary names are names, as the platform knows them', () => {
    fc.assert(fc.property(fc.domain(), (name) => {
      expect(parseHost(domainToASCII(name))).toEqual({ kind: 'name', text: domainToASCII(name) });
    }));
  });
});

describe('the addresses that may be connected to', () => {
  const rules = addressRules(['10.20.0.0/16', 'fd12::/16'], ['203.0.114.5', 'fe80::1%eth0', '2600::5']);
  const may = (address: string): boolean => rules.ok && rules.value(address);

  it.each(['1.1.1.1', '140.82.112.3', '2606:4700::1111', '2a00:1450::1', '10.20.3.4', 'fd12::1'])('%s may', (address) => {
    expect(may(address)).toBe(true);
  });

  it.each([
    '127.0.0.1', '127.255.0.1', '0.0.0.0', '10.0.0.1', '10.21.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.100.100.200', '169.254.169.254', '169.254.170.2',
    '168.63.129.16', '192.0.0.192', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '203.0.114.5',
    '::', '::1', '::ffff:1.1.1.1', '::ffff:127.0.0.1', '::ffff:a14:304', '::1.1.1.1', '::ffff:0:1.1.1.1', '64:ff9b::1.1.1.1', '64:ff9b:1::1', '2001::1', '2002:101:101::', 'fe80::1', 'fe80::1%lo', 'fec0::1', 'fc00::1', 'fd00:ec2::254',
    'ff02::1', '2001:db8::1', '3fff::1', '100::1', '5f00::1', '2600::5', 'a.example', '', '1.1.1', '01.1.1.1', '1.1.1.1 ',
  ])('%j may not', (address) => {
    expect(may(address)).toBe(false);
  });

  it('no range opens this machine, link-local addresses or platform services', () => {
    const wide = addressRules(['0.0.0.0/0', '::/0'], ['203.0.114.5']);
    for (const address of ['127.0.0.1', '169.254.169.254', '168.63.129.16', '::1', 'fe80::1', '::ffff:10.0.0.1', '203.0.114.5', '64:ff9b::a00:1']) expect([address, wide.ok && wide.value(address)]).toEqual([address, false]);
    expect(wide.ok && wide.value('10.0.0.1')).toBe(true);
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'a.example', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1', 'fe80::1%lo/64'])('%j is no range', (range) => {
    expect(addressRules([range], [])).toEqual({ ok: false, error: range });
  });
});

describe('the head of a request', () => {
  const read = (text: string): ReturnType<typeof readRequestHead> => readRequestHead(Buffer.from(text, 'latin1'));

  it('of CONNECT names host and port', () => {
    expect(read('CONNECT A.example:443 HTTP/1.1\r\nHost: other\r\n\r\nrest')).toEqual({ kind: 'connect', host: { kind: 'name', text: 'a.example' }, port: 443, bytes: 47 });
    expect(read('CONNECT [2001:db8::1]:8443 HTTP/1.0\r\n\r\n')).toMatchObject({ kind: 'connect', host: { kind: 'address', text: '2001:db8::1' }, port: 8443 });
  });

  it.each<[string, string]>([
    ['CONNECT a.example HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example:0 HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example:65536 HTTP/1.1\r\n\r\n', 'malformed'],
    ['CONNECT user@a.example:443 HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example:443@b.example:443 HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example:443:80 HTTP/1.1\r\n\r\n', 'malformed'],
    ['CONNECT http://a.example:443 HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example:443/x HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example\\b:443 HTTP/1.1\r\n\r\n', 'malformed'],
    ['CONNECT 127.1:443 HTTP/1.1\r\n\r\n', 'ip-literal'], ['CONNECT 0x7f000001:443 HTTP/1.1\r\n\r\n', 'ip-literal'], ['CONNECT 2130706433:443 HTTP/1.1\r\n\r\n', 'ip-literal'], ['CONNECT [fe80::1%25lo]:443 HTTP/1.1\r\n\r\n', 'malformed'],
    ['CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n', 'malformed'], ['CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', 'malformed'],
    ['CONNECT a.example:443 HTTP/1.1\r\n folded: x\r\n\r\n', 'malformed'], ['CONNECT a.example:443 HTTP/1.1\r\nX : y\r\n\r\n', 'malformed'], ['CONNECT a.example:443 HTTP/1.1\nX: y\r\n\r\n', 'malformed'],
    ['CONNECT  a.example:443 HTTP/1.1\r\n\r\n', 'malformed'], ['connect a.example:443 HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT a.example:443 HTTP/2.0\r\n\r\n', 'malformed'], ['CONNECT a.example:443\r\n\r\n', 'malformed'],
    ['CONNECT a\0.example:443 HTTP/1.1\r\n\r\n', 'malformed'], ['CONNECT bücher.example:443 HTTP/1.1\r\n\r\n', 'malformed'],
    ['GET / HTTP/1.1\r\nHost: a.example\r\n\r\n', 'method'], ['GET https://a.example/ HTTP/1.1\r\n\r\n', 'method'], ['POST http://a.example/ HTTP/1.1\r\nContent-Length: 1\r\n\r\n', 'plain-http'],
    ['GET http://a.example/ HTTP/1.1\r\nContent-Length: 1\r\n\r\n', 'plain-http'], ['GET http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', 'malformed'],
    ['GET http://user@a.example/ HTTP/1.1\r\n\r\n', 'malformed'], ['GET http:///x HTTP/1.1\r\n\r\n', 'malformed'], [`\x16\x03\x01`, 'malformed'],
  ])('%j is refused: %s', (text, why) => {
    expect(read(text)).toMatchObject({ kind: 'refused', why });
  });

  it('of a plain request is written anew: one host, one connection, nothing for the proxy', () => {
    const text = 'GET http://A.example:80?q=1#f HTTP/1.1\r\nHost: b.example\r\nProxy-Authorization: x\r\nConnection: keep-alive, host\r\nAccept: */*\r\nUpgrade: h2c\r\nhost: c.example\r\n\r\n';
    expect(read(text)).toMatchObject({ kind: 'plain', port: 80, head: 'GET /?q=1 HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\naccept: */*\r\n\r\n' });
  });

  it('is one of four things for any bytes, the same in pieces as in one, and never longer than its bound', () => {
    const piece = fc.oneof(fc.constantFrom('CONNECT ', 'GET http://', 'a.example', ':443', ' HTTP/1.1', '\r\n', '\n', '\r', ':', ' ', '@', '[', ']', '\t', 'Host: x', '\0'), fc.string({ maxLength: 5 }));
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(''), 'latin1')), fc.nat(200), (bytes, cut) => {
      const head = readRequestHead(bytes);
      const before = readRequestHead(bytes.subarray(0, cut));
      if (before.kind === 'connect' || before.kind === 'plain') expect(head).toEqual(before);
      if (head.kind === 'connect') expect(bytes.subarray(0, head.bytes).toString('latin1').split('\r\n')[0]?.toLowerCase()).toMatch(new RegExp(`^connect .*${head.port} http/1\\.[01]$`, 's'));
    }), { numRuns: 3000 });
    expect(readRequestHead(Buffer.alloc(HEAD_BYTES_MAX, 'a')).kind).toBe('refused');
    expect(readRequestHead(Buffer.alloc(HEAD_BYTES_MAX - 1, 'a')).kind).toBe('more');
  });
});
