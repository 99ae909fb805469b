import type { EgressReached, EgressRefusal, EgressRefusalReason } from '../../domain/egress.js';
import { untrusted } from '../../domain/text.js';
import type { UntrustedText } from '../../domain/text.js';

/** What a session saw, in bounded memory. */
export interface EgressBook {
  refuse(host: string, port: number, why: EgressRefusalReason): void;
  /** Counts a connection; the answer counts its bytes. */
  reach(host: string, port: number): { count(direction: 'up' | 'down', bytes: number): void };
  refused(): readonly EgressRefusal[];
  reached(): readonly EgressReached[];
  unlisted(): number;
}

const ENTRIES_MAX = 100;
const HOST_CHARS_MAX = 120;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function createEgressBook(): EgressBook {
  const refused = new Map<string, Mutable<EgressRefusal>>();
  const reached = new Map<string, Mutable<EgressReached>>();
  let unlisted = 0;
  return {
    refuse(host, port, why) {
      const key = `${why} ${port} ${host}`;
      const known = refused.get(key);
      if (known !== undefined) known.count += 1;
      else if (refused.size < ENTRIES_MAX) refused.set(key, { host: shown(host), port, why, count: 1 });
      else unlisted += 1;
    },
    reach(host, port) {
      const key = `${port} ${host}`;
      const entry = reached.get(key) ?? { host: shown(host), port, connections: 0, bytesUp: 0, bytesDown: 0 };
      if (!reached.has(key) && reached.size >= ENTRIES_MAX) unlisted += 1;
      else reached.set(key, entry);
      entry.connections += 1;
      return { count: (direction, bytes) => { entry[direction === 'up' ? 'bytesUp' : 'bytesDown'] += bytes; } };
    },
    refused: () => [...refused.values()].map((entry) => ({ ...entry })),
    reached: () => [...reached.values()].map((entry) => ({ ...entry })),
    unlisted: () => unlisted,
  };
}

/** A refused host is whatever bytes a program sent. */
function shown(host: string): UntrustedText {
  const plain = host.slice(0, HOST_CHARS_MAX).replace(/[^\x21-\x7e]/g, '?');
  return untrusted(host.length > HOST_CHARS_MAX ? `${plain}...` : plain);
}
