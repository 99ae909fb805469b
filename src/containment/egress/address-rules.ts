import { BlockList, isIP } from 'node:net';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';

/** True for an address that may be connected to. */
export type AddressRules = (address: string) => boolean;

/**
 * Public unicast addresses, and the ranges that were asked for by name. Never: this machine (`own`, loopback), link-local
 * (cloud metadata), the platform addresses of clouds, multicast, and every form that carries another address inside
 * (IPv4-mapped, NAT64, 6to4, Teredo): what is behind those is decided elsewhere. A range that was asked for does not
 * open these. Answers the first range that is none.
 *
 * The lists are the special-purpose registries of IANA (RFC 6890 and its updates, as of 2025).
 */
export function addressRules(extra: readonly string[], own: readonly string[]): Result<AddressRules, string> {
  const asked = emptyRanges();
  for (const range of extra) if (!addRange(asked, range)) return err(range);
  const never = rangesOf([...NEVER, ...own.flatMap(ownRange)]);
  return ok((address) => {
    const family = familyOf(address);
    if (family === undefined || never[family].check(address, family)) return false;
    if (asked[family].check(address, family)) return true;
    return (family === 'ipv4' || GLOBAL_UNICAST.ipv6.check(address, family)) && !SPECIAL[family].check(address, family);
  });
}

type Family = 'ipv4' | 'ipv6';
/** Two lists: one list would hold every IPv4 address for part of `::ffff:0:0/96`. */
type Ranges = Readonly<Record<Family, BlockList>>;

const NEVER = [
  '0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4',
  // The metadata and platform services of Azure, Alibaba and Oracle that are not link-local.
  '168.63.129.16/32', '100.100.100.200/32', '192.0.0.0/24',
  '::/127', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::/32',
  '::ffff:0:0/96', '::ffff:0:0:0/96', '::/96', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16',
];
const SPECIAL = rangesOf([
  '10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16',
  '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '2001::/23', '2001:db8::/32', '2620:4f:8000::/48', '3fff::/20',
]);
const GLOBAL_UNICAST = rangesOf(['2000::/3']);

function emptyRanges(): Ranges {
  return { ipv4: new BlockList(), ipv6: new BlockList() };
}

function rangesOf(texts: readonly string[]): Ranges {
  const ranges = emptyRanges();
  for (const text of texts) if (!addRange(ranges, text)) throw new Error(`not a range: ${text}`);
  return ranges;
}

function addRange(ranges: Ranges, text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  const all = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? all : Number(bits);
  if (prefix > all) return false;
  ranges[family].addSubnet(address, prefix, family);
  return true;
}

/** Our own addresses come from the system and may name their interface. */
function ownRange(address: string): readonly string[] {
  const bare = address.replace(/%.*$/, '');
  return isIP(bare) === 0 ? [] : [bare];
}

function familyOf(address: string): Family | undefined {
  const version = address.includes('%') ? 0 : isIP(address);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}
