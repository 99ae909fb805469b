import { CheckId } from '../../domain/ids.js';
import type { CheckDefinition } from '../../domain/check.js';
import { commandKey, scriptText } from './command-words.js';

/** The files of the BASE commit, by path from the repository's root. Never the agent's folder. */
export interface RepositoryFiles {
  list(): readonly string[];
  read(path: string): string | undefined;
}

/** Why a command became a check or did not; `doctor` prints these. */
export interface Explanation { readonly origin: string; readonly decision: 'used' | 'skipped'; readonly why: string }

/** A command found in the repository, before it is a check. */
export interface Proposal {
  readonly name: string;
  readonly run: string;
  readonly workdir: string;
  readonly origin: string;
  readonly why: string;
  readonly needs: readonly CheckId[];
  /** Commands that this one runs; a later proposal that only runs these is a duplicate. */
  readonly covers?: readonly string[];
}

const CHECKS_MAX = 24;
const EXPLANATIONS_MAX = 300;

/**
 * Collects checks in the order they were found. The same command is taken once, by its meaning (`npm t` is
 * `npm run test`), so that a script and the CI line that calls it are one check.
 */
export class DerivedPlan {
  readonly checks: CheckDefinition[] = [];
  readonly explanation: Explanation[] = [];
  private readonly byKey = new Map<string, CheckId>();

  private readonly settings: { readonly timeoutMs: number; readonly setupNetwork: boolean | string[] };

  constructor(settings: { readonly timeoutMs: number; readonly setupNetwork: boolean | string[] }) {
    this.settings = settings;
  }

  skip(origin: string, why: string): void {
    if (this.explanation.length < EXPLANATIONS_MAX) this.explanation.push({ origin, decision: 'skipped', why });
  }

  /** The check that already runs this command, if any. */
  idOf(workdir: string, command: string): CheckId | undefined {
    return this.byKey.get(keyIn(workdir, command));
  }

  setup(proposal: Proposal): CheckId | undefined {
    return this.add(proposal, 'setup');
  }

  check(proposal: Proposal): CheckId | undefined {
    return this.add(proposal, 'check');
  }

  /** Makes a check wait for another one, unless that one waits for it already. */
  after(id: CheckId, need: CheckId): void {
    const index = this.checks.findIndex((check) => check.id === id);
    const check = this.checks[index];
    if (check === undefined || id === need || check.needs.includes(need) || this.reaches(need, id)) return;
    this.checks[index] = { ...check, needs: [...check.needs, need] };
  }

  hasChecks(): boolean {
    return this.checks.some((check) => check.role === 'check');
  }

  private add(proposal: Proposal, role: 'setup' | 'check'): CheckId | undefined {
    const known = this.duplicateOf(proposal);
    if (known !== undefined) {
      this.skip(proposal.origin, `the same as check ${known}`);
      return known;
    }
    if (this.checks.length >= CHECKS_MAX) {
      this.skip(proposal.origin, `more than ${CHECKS_MAX} checks were found; name the ones that matter under checks: in .heddle.yml`);
      return undefined;
    }
    const id = this.freeId(proposal.name);
    this.checks.push({
      id, run: proposal.run, needs: [...new Set(proposal.needs)], workdir: proposal.workdir, timeoutMs: this.settings.timeoutMs,
      reports: [], network: role === 'setup' ? this.settings.setupNetwork : false, paths: [], role, origin: proposal.origin,
    });
    for (const command of [proposal.run, ...(proposal.covers ?? [])]) {
      const key = keyIn(proposal.workdir, command);
      if (!this.byKey.has(key)) this.byKey.set(key, id);
    }
    if (this.explanation.length < EXPLANATIONS_MAX) this.explanation.push({ origin: proposal.origin, decision: 'used', why: proposal.why });
    return id;
  }

  private reaches(from: CheckId, to: CheckId): boolean {
    const seen = new Set<CheckId>();
    const queue: CheckId[] = [from];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (id === to) return true;
      if (!seen.has(id)) queue.push(...(this.checks.find((check) => check.id === id)?.needs ?? []));
      seen.add(id);
    }
    return false;
  }

  /** A command is a duplicate when it, or each of the commands it is made of, is run already. */
  private duplicateOf(proposal: Proposal): CheckId | undefined {
    const whole = this.idOf(proposal.workdir, proposal.run);
    if (whole !== undefined) return whole;
    const parts = proposal.covers ?? [];
    if (parts.length === 0) return undefined;
    const ids = parts.map((part) => this.idOf(proposal.workdir, part));
    return ids.every((id) => id !== undefined) ? ids[0] : undefined;
  }

  private freeId(name: string): CheckId {
    const slug = slugOf(name);
    const taken = new Set<string>(this.checks.map((check) => check.id));
    let candidate = slug;
    for (let number = 2; taken.has(candidate); number += 1) candidate = `${slug}-${number}`;
    return CheckId.parse(candidate);
  }
}

/** File text that is read as data is cut here: no honest manifest or workflow is larger. */
export const SOURCE_CHARS_MAX = 256 * 1024;

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folder in one form: forward slashes, no `.` and no slash at either end; undefined when it leaves the repository. */
export function cleanFolder(folder: string): string | undefined {
  const parts = folder.replaceAll('\\', '/').split('/').filter((part) => part !== '' && part !== '.');
  if (folder.startsWith('/') || parts.includes('..')) return undefined;
  return parts.join('/');
}

function keyIn(workdir: string, command: string): string {
  return `${workdir}\0${commandKey(scriptText(command))}`;
}

function slugOf(name: string): string {
  const slug = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+/, '').slice(0, 60).replace(/-+$/, '').toLowerCase();
  return slug === '' ? 'check' : slug;
}
