import { performance } from 'node:perf_hooks';
import type { Fault } from '../../../domain/fault.js';
import type { RunId } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { BookingStep, KeptRun, Ledger, LedgerQuery, LedgerView } from '../../../ports/ledger.js';
import { backoffMs } from '../lib/backoff.js';
import { openRemote, type RemoteOptions, type RemoteRepository } from '../../git-client/remote-repository.js';
import { ledgerFault, SPEAKER } from './ledger-fault.js';
import { findLines, planLines, planRows, readRows, type NewFiles } from '../lib/steps.js';
import { viewOf } from '../lib/write-rows.js';
import { BranchFiles } from './branch-files.js';

export const id = 'git-branch';

export interface GitBranchOptions extends Omit<RemoteOptions, 'speaker'> {
  /** `heddle/ledger`: an orphan branch that has nothing of the repository in it. */
  readonly branch: string;
  readonly writable: boolean;
}

export interface GitBranchDeps {
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly random: () => number;
}

/** A ledger on a branch, with the number of times that it asked the remote something. */
export interface BranchLedger extends Ledger { readonly roundTrips: number }

/**
 * A write takes at most three calls at first (the newest commit, the files that were left out, the push) and two for each loss,
 * since what changed meanwhile comes with its contents: four tries are nine.
 */
const TRIES_MAX = 4;

/**
 * The ledger as an orphan branch of a git remote. Every write is one commit on the newest one, pushed by compare-and-swap: of
 * many that write at once one is first, and the others decide again on what it wrote.
 */
export function create(options: GitBranchOptions, deps: GitBranchDeps): Result<BranchLedger, Fault> {
  const remote = openRemote({ ...options, speaker: SPEAKER });
  return remote.ok ? ok(new GitBranchLedger(options, remote.value, deps)) : remote;
}

type Step<T> = (files: BranchFiles) => Promise<Result<{ readonly files: NewFiles; readonly answer: T; readonly at: string; readonly message: string }, Fault>>;

class GitBranchLedger implements BranchLedger {
  readonly id = id;
  readonly writable: boolean;
  readonly #ref: string;
  readonly #remote: RemoteRepository;
  readonly #deps: GitBranchDeps;
  readonly #objects = new Map<string, Buffer>();
  /** The newest commit that is here; what changed after it is little, and comes with its contents. */
  #tip: string | undefined;
  #began = false;
  /** How long one round took here, to know how long rivals need. */
  #tripMs = 0;

  constructor(options: GitBranchOptions, remote: RemoteRepository, deps: GitBranchDeps) {
    this.writable = options.writable;
    this.#ref = `refs/heads/${options.branch}`;
    this.#remote = remote;
    this.#deps = deps;
  }

  get roundTrips(): number {
    return this.#remote.roundTrips;
  }

  async read(query: LedgerQuery, signal?: AbortSignal): Promise<Result<LedgerView, Fault>> {
    const files = await this.#newest(signal);
    if (!files.ok) return files;
    const rows = await readRows(files.value, query);
    return rows.ok ? ok(viewOf(rows.value)) : rows;
  }

  book<T>(query: LedgerQuery, step: BookingStep<T>, signal?: AbortSignal): Promise<Result<T, Fault>> {
    return this.#write<T>(async (files) => {
      const read = await readRows(files, query);
      if (!read.ok) return read;
      const { rows, answer } = step(viewOf(read.value));
      const planned = await planRows(files, read.value, rows);
      if (!planned.ok) return planned;
      const [row] = rows;
      return ok({ files: planned.value, answer, at: row?.changedAt ?? '', message: `Book ${rows.map(({ run, state }) => `${run} ${state}`).join(', ')}` });
    }, signal);
  }

  async keep(kept: KeptRun, signal?: AbortSignal): Promise<Result<void, Fault>> {
    return this.#write<void>(async (files) => {
      const planned = await planLines(files, kept);
      if (!planned.ok) return planned;
      const { files: written, row } = planned.value;
      return ok({ files: written, answer: undefined, at: row.changedAt, message: `Keep ${kept.run} ${row.outcome ?? row.state}\n\n${kept.head}` });
    }, signal);
  }

  async linesOf(run: RunId, signal?: AbortSignal): Promise<Result<Uint8Array, Fault>> {
    const files = await this.#newest(signal);
    return files.ok ? findLines(files.value, run) : files;
  }

  async #write<T>(step: Step<T>, signal: AbortSignal | undefined): Promise<Result<T, Fault>> {
    const tips = new Set<string | undefined>();
    let said = '';
    for (let losses = 0; losses < TRIES_MAX; losses += 1) {
      if (losses > 0) await this.#deps.pause(backoffMs(losses, this.#tripMs, this.#deps.random), signal);
      const began = performance.now();
      const files = await this.#newest(signal);
      if (!files.ok) return files;
      const base = this.#tip;
      tips.add(base);
      const planned = await step(files.value);
      if (!planned.ok) return planned;
      if (planned.value.files.size === 0) return ok(planned.value.answer);
      if (!this.writable) return err(ledgerFault('forbidden', 'setup', 'This token or job can only read the ledger. Let a job with `contents: write` do this, or set `ledger.store` to `folder` or `none`.'));
      const commit = await files.value.commit(planned.value.files, planned.value);
      if (!commit.ok) return commit;
      const pushed = await this.#remote.push([{ ref: this.#ref, to: commit.value, expected: base ?? null }], signal);
      if (!pushed.ok) return pushed;
      this.#tripMs = performance.now() - began;
      if (pushed.value.kind === 'done') {
        this.#tip = commit.value;
        return ok(planned.value.answer);
      }
      said = pushed.value.said;
    }
    // A branch that stood still while every push was refused is one that this token may not write.
    if (tips.size > 1) return err(ledgerFault('conflict', 'theirs', `Other runs wrote to the ledger each of the ${String(TRIES_MAX)} times that this one tried.`, true));
    return err(ledgerFault('rejected', 'setup', `The remote does not let this token write the branch ${this.#ref.slice('refs/heads/'.length)}: ${said}. Let it (rules for branches, \`contents: write\`), or set \`ledger.store\` to \`folder\` or \`none\`.`));
  }

  async #newest(signal: AbortSignal | undefined): Promise<Result<BranchFiles, Fault>> {
    const fetched = await this.#remote.fetch({ refs: [this.#ref], contents: this.#began }, signal);
    if (!fetched.ok) return fetched;
    this.#began = true;
    this.#tip = fetched.value.get(this.#ref);
    return ok(new BranchFiles(this.#remote, this.#tip, this.#objects));
  }
}
