import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create as createLocalHost } from '../../adapters/host/local/index.js';
import { createGit, type Git } from '../../adapters/workspace/git/git.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Arguments } from '../arguments.js';
import { begin } from '../begin.js';
import type { Invocation } from '../invocation.js';
import { usageProblem, type Problem } from '../problem.js';
import { progressFor } from '../progress-for.js';
import { complain, report } from '../report-result.js';
import { toolCacheFrom } from '../tool-cache.js';

const DEMO_REPOSITORY = 'corner-shop';

/**
 * `heddle demo`: the real road on a small shipped repository with a real bug: real git, the sandbox this machine allows, real
 * checks, the built-in agent and the gateway. Only the model's answers are replayed; the first attempt fails a check.
 */
export async function demoCommand(given: Arguments): Promise<number> {
  const out = path.resolve(given.values.get('out') ?? 'heddle-run');
  const cleared = await clearEarlierDemo(out);
  if (!cleared.ok) return complain(cleared.error);
  const shipped = shippedFolder();
  const scratch = await mkdtemp(path.join(tmpdir(), 'heddle-demo-'));
  try {
    const repository = path.join(scratch, DEMO_REPOSITORY);
    const made = await makeRepository(path.join(shipped, 'repository'), repository);
    if (!made.ok) return complain(made.error);
    const host = createLocalHost({ out: process.stderr, folder: out });
    const invocation = demoInvocation({ shipped, repository, out, host });
    host.line('A ticket becomes a validated change: the corner shop\'s receipts are one cent short.');
    host.line('Real: git, sandbox, checks, agent, gateway, packet. Replayed: the model\'s answers.');
    host.line('');
    const progress = progressFor(invocation);
    const result = await begin(invocation, progress);
    progress.close();
    if (!result.ok) return complain(result.error);
    const exit = report(result.value, { json: given.values.get('json') === 'true', host });
    for (const line of whereToLook(path.relative(process.cwd(), out) || '.')) host.line(line);
    return exit;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The files of the demo, beside the packaged file set or beside the compiled sources. */
function shippedFolder(): string {
  const folder = ['../examples/demo', '../../../examples/demo', '../../examples/demo'].map((name) => path.resolve(import.meta.dirname, name)).find((one) => existsSync(path.join(one, 'ticket.md')));
  if (folder === undefined) throw new Error(`the demo's files are missing beside ${import.meta.dirname}`);
  return folder;
}

/** The demo may be watched again and again; a folder with anything else in it is left alone. */
async function clearEarlierDemo(out: string): Promise<Result<void, Problem>> {
  if (!existsSync(path.join(out, 'events.jsonl'))) return ok(undefined);
  const record = await readFile(path.join(out, 'run.json'), 'utf8').catch(() => '');
  if (!record.includes(`"repository":"${DEMO_REPOSITORY}"`)) return err(usageProblem(`The folder ${out} already holds a run that is not the demo's. Give another one: heddle demo --out DIR.`));
  await rm(out, { recursive: true, force: true });
  return ok(undefined);
}

async function makeRepository(from: string, to: string): Promise<Result<void, Problem>> {
  await cp(from, to, { recursive: true });
  const git = createGit();
  const identity = ['-c', 'user.name=Corner Shop', '-c', 'user.email=shop@localhost'];
  const init = await succeed(git, { args: ['init', '--quiet', '--initial-branch=main', '--', to] });
  if (!init.ok) return init;
  const at = { gitDir: path.join(to, '.git'), workTree: to };
  const added = await succeed(git, { ...at, args: ['add', '--all'] });
  if (!added.ok) return added;
  return succeed(git, { ...at, args: [...identity, 'commit', '--quiet', '--message=Open the corner shop'] });
}

async function succeed(git: Git, call: Parameters<Git['run']>[0]): Promise<Result<void, Problem>> {
  const ending = await git.run(call);
  if (ending.kind === 'ended' && ending.code === 0) return ok(undefined);
  const why = ending.kind === 'ended' ? ending.stderr.trim() : ending.kind;
  return err(usageProblem(`git is needed and could not make the demo's repository (${why}). Install git 2.34 or later and try again.`));
}

function demoInvocation(at: { readonly shipped: string; readonly repository: string; readonly out: string; readonly host: Invocation['host'] }): Invocation {
  return {
    options: new Map([
      ['repo', at.repository], ['out', at.out], ['forge', 'local'], ['forge-dir', path.join(at.out, 'local-forge')],
      ['cassette', path.join(at.shipped, 'cassette.json')], ['agent', 'builtin'],
      // The strongest rung this machine has is used and named; the demo runs also where there is none.
      ['min-rung', 'none'],
    ]),
    ticket: path.join(at.shipped, 'ticket.md'), event: undefined, secrets: {}, host: at.host, cwd: at.shipped, forge: undefined,
    localUser: 'mila', actor: undefined, triggeringActor: undefined, proxied: false, path: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', toolCache: toolCacheFrom(process.env),
  };
}

function whereToLook(out: string): string[] {
  return [
    '',
    `Read the packet:    ${out}/packet.md`,
    `See the run:        ${out}/report.html`,
    `See the change:     ${out}/change.patch, and the local forge in ${out}/local-forge`,
    `Check the trail:    heddle audit verify ${out}`,
  ];
}
