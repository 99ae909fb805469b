import path from 'node:path';
import type { Configuration } from '../config/configuration.js';
import type { Phase } from '../domain/phase.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Ledger } from '../ports/ledger.js';
import { pause } from './clock.js';
import type { ChosenForge } from './forges.js';
import { proxyFor } from './git-proxy.js';
import type { Invocation } from './invocation.js';
import { usageProblem, type Problem } from './problem.js';

export interface LedgerInput {
  readonly config: Configuration['ledger'];
  readonly invocation: Invocation;
  readonly forge: ChosenForge | undefined;
  readonly phase: Phase | undefined;
  /** A folder of the run, for what can be fetched again. */
  readonly scratch: string;
}

/**
 * The memory across runs, where this process may hold one. `auto` finds the place that fits the forge, and none where there is
 * none; what was asked for by name and cannot be is a problem that is said.
 */
export async function createLedger(input: LedgerInput): Promise<Result<Ledger | undefined, Problem>> {
  const { config, forge, phase } = input;
  // Jobs without a forge hold no token, and nothing that they say is written before deliver has looked at it.
  if (config.store === 'none' || forge === undefined || phase === 'work' || phase === 'verify') return ok(undefined);
  if (config.store === 'branch') return branch(input, forge, true);
  if (config.store === 'folder') return folder(input, forge);
  if (forge.id === 'local' && config.url === undefined) return folder(input, forge);
  return branch(input, forge, false);
}

async function folder({ config, invocation }: LedgerInput, forge: ChosenForge): Promise<Result<Ledger | undefined, Problem>> {
  const place = config.folder === undefined ? (forge.folder === undefined ? undefined : path.join(forge.folder, 'ledger')) : path.resolve(invocation.cwd, config.folder);
  if (place === undefined) return err(usageProblem('`ledger.store` is `folder`, and there is no folder. Give one with `ledger.folder` in .heddle.yml, or set `ledger.store` to `branch`.'));
  const { create } = await import('../adapters/ledger-store/ledger-folder/index.js');
  return ok(create({ folder: place }, waiting));
}

async function branch({ config, invocation, scratch }: LedgerInput, forge: ChosenForge, asked: boolean): Promise<Result<Ledger | undefined, Problem>> {
  const url = config.url ?? forge.gitUrl;
  if (url === undefined) return asked ? err(usageProblem('`ledger.store` is `branch`, and the forge has no git address. Give one with `ledger.url` in .heddle.yml.')) : ok(undefined);
  const { create } = await import('../adapters/ledger-store/git-branch/index.js');
  const login = isSameHost(url, forge.gitUrl) ? forge.gitLogin : undefined;
  const proxy = proxyFor(url);
  const caFile = (login === undefined ? undefined : forge.caFile) ?? process.env['SSL_CERT_FILE'];
  const made = create({
    url, branch: config.branch, writable: true, scratch: path.join(scratch, 'ledger'), program: { path: invocation.path },
    ...(login === undefined ? {} : { token: login.token, user: login.user }), ...(proxy === undefined ? {} : { proxy }), ...(caFile === undefined ? {} : { caFile }),
  }, waiting);
  if (made.ok) return made;
  return asked || config.url !== undefined ? err(usageProblem(made.error.message)) : ok(undefined);
}

const waiting = { pause: (ms: number, signal: AbortSignal | undefined): Promise<void> => pause(ms, signal ?? new AbortController().signal), random: Math.random };

/** The token belongs to one host, and is sent to no other that a configuration may name. */
function isSameHost(url: string, own: string | undefined): boolean {
  if (own === undefined || !URL.canParse(url) || !URL.canParse(own)) return false;
  return new URL(url).origin === new URL(own).origin;
}
