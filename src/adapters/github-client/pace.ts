import { setTimeout as sleep } from 'node:timers/promises';

/**
 * When the next write may go out. GitHub asks for a second between writes of a large number of them; a run makes about a
 * dozen, so the first ones go at once and only a run that writes much is slowed down.
 */
export class WritePace {
  private free: number;
  private last = Promise.resolve();
  private readonly gapMs: number;

  constructor(freeWrites: number, gapMs: number) {
    this.free = freeWrites;
    this.gapMs = gapMs;
  }

  /** Resolves when it is this write's turn; writes keep their order. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    this.last = this.last.then(async () => { await sleep(this.gapMs); });
    await this.last;
    signal?.throwIfAborted();
  }
}
