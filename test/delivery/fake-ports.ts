import { CommitSha } from '../../src/domain/ids.js';
import type { Change } from '../../src/domain/change.js';
import type { Fault } from '../../src/domain/fault.js';
import { err, ok, type Result } from '../../src/kit/result.js';
import type { ChangeText, ForgeWriter, LineNote } from '../../src/ports/forge.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { COMMIT } from '../fixtures/run-events.js';

/** A forge and a tracker in memory that keep the port's contract: keyed, so that repeating is harmless. One step can fail. */
export class FakeForge {
  readonly branches = new Map<string, string>();
  readonly changes = new Map<string, ChangeText>();
  readonly comments = new Map<string, string>();
  readonly reports = new Map<string, string>();
  readonly notes = new Map<string, readonly LineNote[]>();
  merging: string | undefined;
  asked: readonly string[] = [];
  /** Names that the forge does not take as reviewers. */
  refuses: readonly string[] = [];
  calls: string[] = [];
  failing: string | undefined;

  readonly writer: Required<ForgeWriter> = {
    publish: async (branch, source) => this.#step('publish', () => {
      this.branches.set(branch, source.tree);
      return CommitSha.parse(COMMIT);
    }),
    upsertChange: async (branch, base, text) => this.#step('open-change', (): Change => {
      this.changes.set(branch, text);
      return { number: 57, url: 'https://github.example/acme/shop/pull/57', branch, base, head: CommitSha.parse(COMMIT), state: 'open', draft: text.draft };
    }),
    requestReviews: async (_, reviewers) => this.#step('request-reviews', () => {
      this.asked = reviewers;
      return reviewers.filter((name) => !this.refuses.includes(name));
    }),
    reportCheck: async (_, report) => this.#step('report-check', () => { this.reports.set(report.name, report.conclusion); }),
    noteLines: async (_, notes, key) => this.#step('note-lines', () => {
      this.notes.set(key, notes);
      return notes.length;
    }),
    mergeWhenReady: async (_, how) => this.#step('merge-when-ready', () => { this.merging = how.method; }),
    startCi: async () => this.#step('start-ci', () => ({ runs: [{ name: 'ci', url: 'https://github.example/runs/1' }], why: '' })),
  };

  readonly tracker: Tracker = {
    id: 'fake',
    capabilities: { history: true, editTime: true, comments: true },
    fetch: async () => Promise.resolve(err(this.#fault('fetch'))),
    upsertComment: async (ref, marker, markdown) => this.#step('note-ticket', () => {
      this.comments.set(`${ref.key} ${marker}`, markdown);
      return 'https://github.example/comment/9';
    }),
  };

  #step<T>(name: string, effect: () => T): Promise<Result<T, Fault>> {
    this.calls.push(name);
    return Promise.resolve(this.failing === name ? err(this.#fault(name)) : ok(effect()));
  }

  #fault(name: string): Fault {
    return { code: 'service-error', side: 'theirs', retryable: true, source: 'forge/fake', message: `${name} did not work` };
  }
}
