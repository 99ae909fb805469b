import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunFact } from '../../src/flow/event.js';
import { parseEvents } from '../../src/flow/trail.js';
import { verifyChain } from '../../src/ledger/chain.js';
import { git } from '../adapters/workspace-git-fixture.js';

/**
 * The rig of the whole-run scenarios: a real git repository, a Markdown ticket, and the compiled program as a child
 * process. `npm test` compiles before; while developing, `npx tsc -p tsconfig.json` after every change in `src/`.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const DOOR = join(ROOT, 'build', 'door.js');
/** A child that hangs must fail its own test, with its output, and not the whole suite. */
const CHILD_WALL_MS_MAX = 120_000;

export const fixtureAgent = (name: string, options: unknown = {}): string[] => [process.execPath, join(ROOT, 'test', 'fixtures', 'agents', `${name}.mjs`), JSON.stringify(options)];

/** The good edit, and the check that the wrong one fails. The base passes, so that a new finding is the agent's. */
export const GOOD = { file: 'total.mjs', find: 'sum - price', replace: 'sum + price' };
export const SECOND_TRY = { file: 'total.mjs', find: 'sum - price', wrong: 'sum * price', right: 'sum + price' };
/**
 * Breaks the sum in its first session and mends it in the next. It goes by what it finds in its folder and by nothing else,
 * so a session that is repeated after a crash does the same again.
 */
export const MENDING_AGENT = ['sh', '-c', 'if grep -q "sum [*] price" total.mjs; then by="+"; else by="*"; fi; sed "s/sum [-*] price/sum $by price/" total.mjs > new && cat new > total.mjs && rm new && echo done'];
/** Mends the sum in its first session. A shell starts faster than a program of ours, which counts where a run is made a hundred times. */
export const QUICK_AGENT = ['sh', '-c', 'sed "s/sum - price/sum + price/" total.mjs > new && cat new > total.mjs && rm new && echo done'];
const FILES: Readonly<Record<string, string>> = {
  'total.mjs': 'export function total(prices) {\n  return prices.reduce((sum, price) => sum - price, 0);\n}\n',
  'check.sh': 'if grep -q "sum \\* price" total.mjs; then echo "total.mjs:2:1: error: prices are multiplied"; exit 1; fi\necho ok\n',
  'README.md': '# Totals\n',
};
const TICKET = '---\ntitle: The total is wrong\nacceptance_criteria: ["The prices are added"]\n---\nPrices must be added, see total.mjs.\n';

export interface Scene {
  readonly root: string;
  readonly repo: string;
  readonly out: string;
  readonly forge: string;
  readonly env: Readonly<Record<string, string>>;
  close(): void;
}

export interface SceneOptions {
  readonly agent?: readonly string[];
  /** Merged over the rig's own settings; `undefined` leaves `.heddle.yml` out of the commit. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly ticket?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A fresh place: `repo/` with one commit, `ticket.md`, nothing else. Temporary files of the run go below it as well. */
export function makeScene(options: SceneOptions = {}): Scene {
  const root = mkdtempSync(join(tmpdir(), 'heddle-sc-'));
  const repo = join(root, 'repo');
  const config = {
    agent: { id: 'command', command: options.agent ?? fixtureAgent('good-patch', GOOD) },
    checks: { unit: { run: 'sh check.sh' } }, sandbox: { min_rung: 'none' }, ...options.config,
  };
  // JSON is YAML; the file stays readable for whoever debugs a scenario.
  const files = { ...FILES, '.heddle.yml': `${JSON.stringify(config, null, 2)}\n`, ...options.files };
  for (const [name, text] of Object.entries(files)) put(join(repo, name), text);
  git(repo, 'init', '-q', '-b', 'main');
  git(repo, 'add', '-A');
  git(repo, 'commit', '-q', '-m', 'base');
  put(join(root, 'ticket.md'), options.ticket ?? TICKET);
  for (const name of ['home', 'tmp']) mkdirSync(join(root, name));
  return {
    root, repo, out: join(root, 'out'), forge: join(root, 'local-forge'),
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: join(root, 'home'), TMPDIR: join(root, 'tmp'), LANG: 'C.UTF-8', ...options.env },
    close: () => { rmSync(root, { recursive: true, force: true }); },
  };
}

export function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export interface Ending { readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string }

/** The program as a child: `heddle ARGS`, in the scene's root and with nothing but the scene's environment. */
export function heddle(scene: Scene, args: readonly string[], program: string = DOOR): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: scene.root, env: scene.env, timeout: CHILD_WALL_MS_MAX, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
  });
}

export const RUN_ARGS = ['run', 'ticket.md', '--forge', 'local', '--repo', 'repo', '--out', 'out', '--json'] as const;

export async function runTicket(scene: Scene, ...more: readonly string[]): Promise<Ending> {
  return heddle(scene, [...RUN_ARGS, ...more]);
}

export interface SeenRun {
  readonly facts: readonly RunFact[];
  readonly outcome: string;
  readonly run: string;
  /** Undefined = the chain of the trail holds. */
  readonly damage: string | undefined;
}

/** What the run folder says, read as anybody could: the trail with its chain walked, and `run.json`. */
export function seeRun(folder: string): SeenRun {
  const bytes = readFileSync(join(folder, 'events.jsonl'));
  const verified = verifyChain(bytes);
  const events = parseEvents(bytes);
  if (!events.ok) throw new Error(`line ${events.error.line}: ${events.error.message}`);
  const record = existsSync(join(folder, 'run.json')) ? JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { outcome: string } : { outcome: 'none' };
  return { facts: events.value.map((event) => event.fact), outcome: record.outcome, run: events.value[0]?.run ?? '', damage: verified.ok ? undefined : verified.error.message };
}

export function factsOf<T extends RunFact['type']>(seen: SeenRun, type: T): Extract<RunFact, { type: T }>[] {
  return seen.facts.filter((fact): fact is Extract<RunFact, { type: T }> => fact.type === type);
}

export interface SeenForge { readonly branches: readonly string[]; readonly changes: readonly { readonly number: number; readonly branch: string; readonly state: string; readonly title: string; readonly body: string }[]; readonly liveClaims: number }

/** What a person would find in the local forge. */
export function seeForge(folder: string): SeenForge {
  if (!existsSync(folder)) return { branches: [], changes: [], liveClaims: 0 };
  const bare = join(folder, 'forge.git');
  const branches = existsSync(bare) ? git(bare, 'for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/heddle/').split('\n').filter((name) => name !== '') : [];
  const changes = numbered(join(folder, 'changes')).map((file) => JSON.parse(readFileSync(file, 'utf8')) as SeenForge['changes'][number]);
  const claims = existsSync(join(folder, 'claims')) ? readdirSync(join(folder, 'claims')) : [];
  const live = claims.filter((name) => {
    const top = numbered(join(folder, 'claims', name)).at(-1);
    return top !== undefined && (JSON.parse(readFileSync(top, 'utf8')) as { released: boolean }).released !== true;
  });
  return { branches, changes, liveClaims: live.length };
}

/** The comments at the Markdown ticket: one file for each. */
export function seeComments(out: string): readonly string[] {
  const folder = join(out, 'comments');
  return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) : [];
}

/** A file as it stands in a branch of the local forge. */
export function fileIn(forge: string, branch: string, name: string): string {
  return git(join(forge, 'forge.git'), 'show', `${branch}:${name}`);
}

function numbered(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).map((name) => join(folder, name));
}
