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

  /** The limiter's form that the throttling plugin asks for: its own would put a second before every write. */
  key(): { schedule<T>(options: unknown, work: (...args: readonly unknown[]) => Promise<T>, ...args: readonly unknown[]): Promise<T> } {
    return {
      schedule: async (_options, work, ...args) => {
        this.last = this.last.then(() => this.turn());
        await this.last;
        return work(...args);
      },
    };
  }

  private async turn(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve) => { setTimeout(resolve, this.gapMs); });
  }
}
