import { handOver, letPass } from './hand-over.js';
import { findOwnAccount } from './own-account.js';
import type { OwnAccount } from './own-account.js';

/** A folder as it is handed over; `readOnly` paths below it stay ours. */
export interface HandedFolder { readonly folder: string; readonly readOnly: readonly string[] }

/** One program's share in an account. */
export interface Holding {
  /** No other program runs as the account: every process of it belongs to this one, or is left of one that has ended. */
  alone(): boolean;
  /** The program itself has ended; what it left may still run. The last to say so is alone, whoever else is still being looked after. */
  over(): void;
  giveBack(): void;
}

interface Entry { readonly account: OwnAccount; users: number; running: number; takeBack: (() => void)[] }

/**
 * Who owns what: each working folder has an account, so that an agent and the checks are two users. Programs that work in
 * one folder at the same time (checks side by side) share its account; the folder is theirs from the first start to the
 * last end.
 */
export class AccountBook {
  readonly #hex: (bytes: number) => string;
  readonly #entries = new Map<string, Entry>();
  /** One group for all, which may pass the folders above. */
  #gid: number | undefined;

  constructor(hex: (bytes: number) => string) {
    this.#hex = hex;
  }

  accountFor(workspace: string): OwnAccount | undefined {
    const known = this.#entries.get(workspace);
    if (known !== undefined) return known.account;
    const found = findOwnAccount(this.#hex, new Set([...this.#entries.values()].map(({ account }) => account.uid)));
    if (found === undefined) return undefined;
    this.#gid ??= found.gid;
    const account = { uid: found.uid, gid: this.#gid };
    this.#entries.set(workspace, { account, users: 0, running: 0, takeBack: [] });
    return account;
  }

  /** The first folder above one of the paths that the account cannot pass and that is not ours to open. */
  firstClosed(paths: readonly string[], account: OwnAccount, scratch: string): string | undefined {
    for (const path of paths) {
      const closed = letPass(path, scratch, account);
      if (closed !== undefined) return closed;
    }
    return undefined;
  }

  take(workspace: string, folders: readonly HandedFolder[]): Holding {
    const entry = this.#entries.get(workspace);
    if (entry === undefined) throw new Error('a folder is taken before it has an account');
    if (entry.users === 0) entry.takeBack = folders.map(({ folder, readOnly }) => handOver(folder, entry.account, readOnly));
    entry.users += 1;
    entry.running += 1;
    let running = true;
    const over = (): void => {
      if (running) entry.running -= 1;
      running = false;
    };
    return {
      alone: () => entry.running === (running ? 1 : 0),
      over,
      giveBack: () => {
        over();
        entry.users -= 1;
        if (entry.users > 0) return;
        for (const takeBack of entry.takeBack) takeBack();
        entry.takeBack = [];
      },
    };
  }
}
