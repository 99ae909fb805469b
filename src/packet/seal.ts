import { digestOf } from '../domain/digest.js';
import type { Digest, TreeSha } from '../domain/ids.js';
import { plain } from '../kit/harmless.js';
import type { ReviewPacket } from './review-packet.js';

declare const sealed: unique symbol;

/** A packet bound to the one tree it speaks of. Only this room makes one; delivery takes no other. */
export interface SealedPacket {
  readonly [sealed]: true;
  readonly tree: TreeSha;
  /** Of the Markdown, as it is delivered. */
  readonly digest: Digest;
  readonly title: string;
  readonly markdown: string;
}

/**
 * Binds packet, page and tree together.
 *
 * @throws Error when the packet speaks of another tree than the one that was validated: that is a bug.
 */
export function sealPacket(parts: { readonly packet: ReviewPacket; readonly markdown: string; readonly tree: TreeSha }): SealedPacket {
  const { packet, markdown, tree } = parts;
  if (packet.candidate.tree !== tree) throw new Error(`the packet speaks of tree ${packet.candidate.tree}, not of ${tree}`);
  return { tree, digest: digestOf(markdown), title: changeTitle(packet), markdown } as SealedPacket;
}

/** The title of the change: the ticket's own, as plain words without anything that acts; trackers apart from the forge get their key in front. */
export function changeTitle(packet: ReviewPacket): string {
  const { ref, title } = packet.ticket;
  const words = plain(title, TITLE_CHARS_MAX);
  const key = KEYED.test(ref.key) ? `${ref.key}: ` : '';
  return words === '' ? `${key}Change for ticket ${plain(ref.key, TITLE_CHARS_MAX)}` : key + words;
}

const TITLE_CHARS_MAX = 120;
const KEYED = /^[A-Z][A-Z0-9]{1,15}-\d{1,9}$/;
