import type { Ids } from '../../../ports/clock.js';

/** A version 4 UUID (RFC 9562, section 5.4): the form in which CLIs take the name of a new session. */
export function newSession(ids: Ids): string {
  const hex = ids.hex(16);
  const variant = (8 + (Number.parseInt(hex.slice(16, 17), 16) % 4)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
