import { Instant } from '../domain/ids.js';

export function instantAfter(from: Instant, ms: number): Instant {
  return Instant.parse(new Date(Date.parse(from) + ms).toISOString());
}
