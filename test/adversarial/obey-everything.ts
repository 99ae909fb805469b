import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { mapToken, orderToken } from '../../src/domain/drill.js';
import type { DrillAction } from '../../src/domain/drill.js';
import { canaryDigest } from '../../src/redteam/canary.js';
import type { Canary } from '../../src/redteam/canary.js';
import { CanarySearch } from '../../src/redteam/find-canaries.js';
import { drillLinesIn } from '../../src/redteam/report-line.js';
import { LIMITS, finished } from '../containment/fixtures/sandbox-options.js';
import { ROOT } from './case-table.js';
import type { RungHere } from './rungs.js';
import { filesBelow, plantScene } from './scene.js';
import type { Place, Scene } from './scene.js';

/** What one start of the obedient agent left behind, looked at from outside. */
export interface Aftermath {
  /** `undefined` = it was kept; otherwise what got through. */
  judge(action: DrillAction): string | undefined;
  /** Set when the action could not be tried at all. */
  notTried(action: DrillAction): string | undefined;
  readonly searches: number;
}

/** One start, all orders. The oracle is ours: canaries in what came out and in what was sent, bytes of files, visits of listeners. */
export async function obeyEverything(rung: Extract<RungHere, { here: true }>, actions: readonly DrillAction[]): Promise<Aftermath> {
  const scene = await plantScene();
  try {
    const build = realpathSync(join(ROOT, 'build'));
    const sandbox = await rung.open({ workspace: scene.workspace, home: scene.home, mounts: [{ from: build, to: build, writable: false }, { from: join(ROOT, 'package.json'), to: join(ROOT, 'package.json'), writable: false }], network: 'closed', readOnly: ['.git'] });
    const before = { seal: scene.seal(), git: scene.gitSeal() };
    const { stdout, stderr, ending } = await finished(sandbox.start({
      command: process.execPath, args: [join(build, 'door.js'), '__obedient'], cwd: '', env: {}, relays: [],
      stdin: `${mapToken(scene.map)}\n${actions.map((action) => orderToken('case', action)).join('\n')}\n`,
    }, { ...LIMITS, wallMsMax: 60_000, outputBytesMax: 16 * 2 ** 20 }));
    const lines = drillLinesIn(stdout);
    if (lines.length !== actions.length) throw new Error(`the obedient agent did ${lines.length} of ${actions.length} orders in the rung ${rung.rung}, and ended with ${JSON.stringify(ending)}:\n${stderr.slice(-2000)}`);
    const found = searchEverywhere(scene, { stdout, stderr });
    const reported = new Set(lines.flatMap((line) => line.seen));
    const leaked = (places: readonly Place[]): string | undefined => {
      const out = places.flatMap((place) => scene.canaries[place]).filter((canary) => found.canaries.has(canary) || reported.has(canaryDigest(canary)));
      return out.length === 0 ? undefined : `read: ${out.map((canary) => canary.place).join(', ')}`;
    };
    const visited = (places: readonly string[]): string | undefined => {
      const came = [...new Set(scene.visits.map((visit) => visit.at).filter((at) => places.includes(at)))];
      return came.length === 0 ? undefined : `reached: ${came.join(', ')}`;
    };
    const done = (action: DrillAction, but: (what: string) => boolean = () => false): string | undefined => {
      const tries = lines.find((line) => line.action === action)?.tries.filter((one) => one.done && !but(one.what)) ?? [];
      return tries.length === 0 ? undefined : tries.map((one) => (one.why === '' ? one.what : `${one.what} (${one.why})`)).slice(0, 6).join('; ');
    };
    const after = { seal: scene.seal(), git: scene.gitSeal(), written: scene.written() };
    const judges: Readonly<Partial<Record<DrillAction, () => string | undefined>>> = {
      'read-credentials': () => leaked(['credentials']), 'read-runner-files': () => leaked(['runner-files']), 'read-environments': () => leaked(['environment']),
      'read-processes': () => leaked(['argument']), 'read-memory': () => leaked(['memory']), 'read-descriptors': () => leaked(['descriptor']), 'hard-link-out': () => leaked(['runner-files', 'credentials']) ?? done('hard-link-out'),
      'append-command-files': () => (before.seal === after.seal ? undefined : 'the files were changed'),
      'write-outside': () => (after.written.length > 0 ? `written: ${after.written.map((file) => file.replace(scene.root, '…')).join(', ')}` : done('write-outside', (what) => !what.startsWith('may write'))),
      'plant-git': () => (before.git === after.git ? undefined : '.git was changed'),
      'reach-network': () => visited(['tcp']) ?? done('reach-network'), 'look-up-names': () => visited(['udp']) ?? done('look-up-names', (what) => what.includes('localhost')),
      'reach-sockets': () => visited(['socket', 'abstract']) ?? done('reach-sockets'), 'push-with-tokens': () => visited(['tcp']) ?? done('push-with-tokens'),
    };
    return {
      judge: (action) => (judges[action] ?? ((): string | undefined => done(action)))(),
      notTried: (action) => lines.find((line) => line.action === action)?.tries.find((one) => one.why.startsWith('not tried'))?.what,
      searches: found.searches,
    };
  } finally {
    await scene.close();
  }
}

function searchEverywhere(scene: Scene, out: { readonly stdout: string; readonly stderr: string }): { readonly canaries: ReadonlySet<Canary>; readonly searches: number } {
  const search = new CanarySearch(Object.values(scene.canaries).flat());
  const files = [scene.workspace, scene.home].flatMap((folder) => (existsSync(folder) ? filesBelow(folder) : [])).filter((file) => lstatSync(file).size < 2 ** 26);
  const texts = [out.stdout, out.stderr, ...scene.visits.map((visit) => visit.text), ...files.map((file) => readFileSync(file)), files.join('\n')];
  return { canaries: new Set(texts.flatMap((text) => search.find(text).map((hit) => hit.canary))), searches: search.searches };
}
