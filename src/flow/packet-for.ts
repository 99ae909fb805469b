import type { TreeSha } from '../domain/ids.js';
import { CI_SECTION_CHARS_MAX } from '../delivery/ci-section.js';
import { buildPacket } from '../packet/build-packet.js';
import { renderPacket } from '../packet/render-packet.js';
import type { ReviewPacket } from '../packet/review-packet.js';
import { sealPacket, type SealedPacket } from '../packet/seal.js';
import type { RunEvent } from './event.js';

/** A packet of any length a person could want to read; the forge's copy is cut to the forge's size. */
const WHOLE_CHARS_MAX = 1_000_000;

/**
 * The packet as the events before the sealing give it. The same events give the same bytes, so a later
 * process seals the same. Room is left for what delivery adds: which runs of the repository's own CI exist.
 */
export function packetFor(events: readonly RunEvent[], tree: TreeSha, charsMax: number): { readonly sealed: SealedPacket; readonly packet: ReviewPacket; readonly truncated: boolean; readonly whole: string } {
  const end = events.findIndex((event) => event.fact.type === 'packet-sealed');
  const packet = buildPacket(end < 0 ? events : events.slice(0, end));
  const { markdown, truncated } = renderPacket(packet, { charsMax: charsMax - CI_SECTION_CHARS_MAX });
  return { sealed: sealPacket({ packet, markdown, tree }), packet, truncated, whole: renderPacket(packet, { charsMax: WHOLE_CHARS_MAX }).markdown };
}
