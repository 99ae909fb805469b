import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

/** Joins a connection to a unix socket, both ways, halves closed one by one; a fault of either ends both. Needs Node's own modules alone. */
export function passConnection(inner: Socket, path: string): void {
  const outer = createConnection({ path, allowHalfOpen: true });
  inner.setNoDelay(true);
  inner.pipe(outer);
  outer.pipe(inner);
  const cut = (): void => { inner.destroy(); outer.destroy(); };
  inner.on('error', cut);
  outer.on('error', cut);
  inner.on('close', () => { outer.destroySoon(); });
  outer.on('close', () => { inner.destroySoon(); });
}
