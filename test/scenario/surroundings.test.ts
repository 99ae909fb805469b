import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Instant } from '../../src/domain/ids.js';
import type { RunFact } from '../../src/flow/event.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { resumeRun, startRun, type Composition, type Ended } from './in-process.js';
import { makeScene, put, seeForge, type Scene, type SceneOptions } from './rig.js';

const WALL_MS = 360_000;
const MILA = { login: 'mila', id: 'mila', kind: 'human' as const };
const NOW = Instant.parse('2026-01-01T00:00:00.000Z');
const LATER = Instant.parse('2099-01-01T00:00:00.000Z');
const scenes: Scene[] = [];
function scene(options: SceneOptions = {}): Scene {
  const made = makeScene(options);
  scenes.push(made);
  return made;
}
afterEach(() => { for (const made of scenes.splice(0)) made.close(); });

/** A push to a branch of the forge, by somebody else. Answers the commit. */
function push(at: Scene, branch: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(at.root, 'tmp', 'push-'));
  git(at.root, 'clone', '-q', '-b', 'main', join(at.forge, 'forge.git'), folder);
  for (const [name, text] of Object.entries(files)) put(join(folder, name), text);
  git(folder, 'add', '-A');
  git(folder, '-c', 'user.name=Tom', '-c', 'user.email=tom@example.com', 'commit', '-q', '-m', 'by hand');
  git(folder, 'push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
  return git(folder, 'rev-parse', 'HEAD');
}

/** Does something after the first fact of a kind is recorded, as somebody else would at that moment. */
function after(type: RunFact['type'], act: () => void, times = 1): NonNullable<Composition['wrapStore']> {
  let left = times;
  return (store) => ({ ...store, append: async (lines) => {
    await store.append(lines);
    if (left > 0 && Buffer.from(lines).toString('utf8').includes(`"type":"${type}"`)) {
      left -= 1;
      act();
    }
  } });
}

const factsOf = <T extends RunFact['type']>(ended: Ended, type: T): Extract<RunFact, { type: T }>[] => ended.trail.events.map((event) => event.fact).filter((fact): fact is Extract<RunFact, { type: T }> => fact.type === type);
const bodyOf = (at: Scene): string => seeForge(at.forge).changes.find((change) => change.branch.startsWith('heddle/'))?.body ?? '';

/** Two checks with inputs of their own: what moves in one's folder is no matter of the other. */
const TWO_CHECKS = { checks: { unit: { run: 'sh check.sh', inputs: ['*.mjs', 'check.sh'] }, docs: { run: 'grep -q Totals README.md', inputs: ['README.md', 'docs/**'] } } };

describe('the base branch moves while the work is done', () => {
  it('in files that no check reads: every result stands, and the packet says so', async () => {
    const at = scene({ config: TWO_CHECKS });
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { push(at, 'main', { 'other/notes.txt': 'hello\n' }); }) });
    expect(ended.rest.state.kind).toBe('delivered');
    expect(factsOf(ended, 'surroundings-seen').map((fact) => fact.base)).toEqual([expect.objectContaining({ kind: 'moved', files: 1, stale: [] })]);
    expect(factsOf(ended, 'evidence-expired')).toEqual([]);
    expect(bodyOf(at)).toContain('every result stands');
  }, WALL_MS);

  it('in what one check reads: that one runs again on both together, the other does not', async () => {
    const at = scene({ config: TWO_CHECKS });
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { push(at, 'main', { 'README.md': '# Totals\n\nMore.\n' }); }) });
    expect(ended.rest.state.kind).toBe('delivered');
    expect(factsOf(ended, 'evidence-expired').map((fact) => fact.checks)).toEqual([[{ check: 'docs', because: ['README.md'] }]]);
    expect(factsOf(ended, 'evidence-renewed').map((fact) => fact.checks.map(({ check, standing }) => ({ check, standing })))).toEqual([[{ check: 'docs', standing: 'passed' }]]);
    const delivered = factsOf(ended, 'delivered')[0];
    const sealed = factsOf(ended, 'packet-sealed')[0];
    expect(delivered?.tree).toBe(sealed?.tree);
    // What is delivered stands on the order's base, whatever was proven beside it.
    expect(git(join(at.forge, 'forge.git'), 'rev-parse', `${delivered?.commit ?? ''}^`)).toBe(factsOf(ended, 'admitted')[0]?.order.base.commit);
    expect(bodyOf(at)).toContain('these checks ran again: docs passed');
  }, WALL_MS);

  it('so that the two do not go together although they merge: a person is asked, and the answer delivers', async () => {
    const at = scene({ config: { checks: { unit: { run: 'sh check.sh' } } } });
    const clash = 'if grep -q "sum + price" total.mjs; then echo "total.mjs:2:1: error: nobody adds any more"; exit 1; fi\necho ok\n';
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { push(at, 'main', { 'check.sh': clash }); }) });
    expect(ended.rest.kind).toBe('waiting');
    expect(factsOf(ended, 'evidence-renewed')[0]?.checks[0]?.standing).toBe('broken-together');
    expect(factsOf(ended, 'human-asked').map(({ asks, question }) => ({ asks, names: question.includes('unit') }))).toEqual([{ asks: 'overlap', names: true }]);
    expect(seeForge(at.forge).changes).toEqual([]);
    const again = await resumeRun(at, { before: { type: 'human-answered', answer: 'allow', by: MILA } });
    expect(again.rest.state.kind).toBe('delivered');
    expect(bodyOf(at)).toContain('unit fails together with the base branch');
  }, WALL_MS);

  it('to a state in which the check fails without us too: that is not held against the change', async () => {
    const at = scene({ config: { checks: { unit: { run: 'sh check.sh' } } } });
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { push(at, 'main', { 'check.sh': 'echo broken; exit 1\n' }); }) });
    expect(factsOf(ended, 'evidence-renewed')[0]?.checks[0]?.standing).toBe('base-broken');
    expect(ended.rest.state.kind).toBe('delivered');
    expect(bodyOf(at)).toContain('fails on the base branch alone as well');
  }, WALL_MS);

  it('in the same line: the run waits with its work kept, and goes on when a person says yes', async () => {
    const at = scene({ config: TWO_CHECKS });
    const theirs = 'export function total(prices) {\n  return prices.reduce((sum, price) => sum / price, 0);\n}\n';
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { push(at, 'main', { 'total.mjs': theirs }); }) });
    expect(ended.rest.kind).toBe('waiting');
    expect(factsOf(ended, 'surroundings-seen')[0]?.base).toMatchObject({ kind: 'conflict', paths: ['total.mjs'] });
    expect(factsOf(ended, 'human-asked')[0]?.asks).toBe('overlap');
    expect(factsOf(ended, 'evidence-renewed')).toEqual([]);
    const again = await resumeRun(at, { before: { type: 'human-answered', answer: 'allow', by: MILA } });
    expect(again.rest.state.kind).toBe('delivered');
    // A new process sets the local forge's main back to the user's own, so only the answer speaks of the conflict.
    expect(bodyOf(at)).toContain('what the base branch has become: total.mjs');
  }, WALL_MS);

  it('again and again while checks run again: it ends after three rounds', async () => {
    const at = scene({ config: TWO_CHECKS });
    let n = 0;
    const more = (): void => { n += 1; push(at, 'main', { 'README.md': `# Totals\n\n${String(n)}\n` }); };
    const first = after('agent-reported', more);
    const later = after('evidence-expired', more, 9);
    const ended = await startRun(at, { wrapStore: (store) => later(first(store)) });
    expect(factsOf(ended, 'evidence-renewed')).toHaveLength(3);
    expect(ended.rest.state.kind).toBe('delivered');
  }, WALL_MS);
});

describe('open changes of people', () => {
  const openChange = (at: Scene, files: Readonly<Record<string, string>>): void => {
    const head = push(at, 'topic/tom', files);
    put(join(at.forge, 'changes', '1.json'), JSON.stringify({ version: 1, number: 1, branch: 'topic/tom', base: 'main', head, state: 'open', draft: false, title: 'By hand', body: '', labels: [], author: 'tom' }));
  };
  const LONG = `export function total(prices) {\n  return prices.reduce((sum, price) => sum - price, 0);\n}\n${'// far away\n'.repeat(9)}`;
  const NEAR = `${LONG}export const far = 1;\n`;
  const SAME_LINE = 'export function total(prices) {\n  return prices.reduce((sum, price) => sum % price, 0);\n}\n';

  it('that touch the same file and merge are told to the reviewer, and hold nothing', async () => {
    const at = scene({ config: TWO_CHECKS, files: { 'total.mjs': LONG } });
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { openChange(at, { 'total.mjs': NEAR, 'pad.txt': 'x\n' }); }) });
    const seen = factsOf(ended, 'surroundings-seen')[0];
    expect(seen?.meetings).toEqual([expect.objectContaining({ change: 1, author: 'tom', ours: false, kind: 'clean', paths: ['total.mjs'] })]);
    expect(ended.rest.state.kind).toBe('delivered');
    expect(bodyOf(at)).toContain('change 1 by tom');
  }, WALL_MS);

  it('that do not merge hold the delivery; closing them and looking again lets it go on', async () => {
    const at = scene({ config: TWO_CHECKS });
    const ended = await startRun(at, { wrapStore: after('agent-reported', () => { openChange(at, { 'total.mjs': SAME_LINE }); }) });
    expect(ended.rest.kind).toBe('waiting');
    expect(factsOf(ended, 'surroundings-seen')[0]?.meetings).toMatchObject([{ change: 1, kind: 'conflict', paths: ['total.mjs'] }]);
    expect(factsOf(ended, 'human-asked')[0]?.question).toContain('change 1 by tom');
    const record = join(at.forge, 'changes', '1.json');
    put(record, JSON.stringify({ version: 1, number: 1, branch: 'topic/tom', base: 'main', head: git(join(at.forge, 'forge.git'), 'rev-parse', 'topic/tom'), state: 'closed', draft: false, title: 'By hand', body: '', labels: [] }));
    const again = await resumeRun(at, { before: { type: 'reconsidered', request: { trigger: { kind: 'cli' }, ticket: { tracker: 'file', key: 'ticket.md' }, actor: MILA, fromFork: false, at: NOW } } });
    expect(again.rest.state.kind).toBe('delivered');
    expect(factsOf(again, 'surroundings-seen')).toHaveLength(2);
  }, WALL_MS);

  it('that touch the likely files hold the start where the policy says so, and an override lets it go on', async () => {
    const at = scene({ config: { ...TWO_CHECKS, overlap: { people: 'hold' } } });
    // The forge is made by a first run, which is declined for its empty ticket.
    put(join(at.root, 'ticket.md'), '---\ntitle: x\n---\n');
    await startRun({ ...at, out: join(at.root, 'out-first') });
    put(join(at.root, 'ticket.md'), '---\ntitle: The total is wrong\nacceptance_criteria: ["The prices are added"]\n---\nPrices must be added, see total.mjs.\n');
    openChange(at, { 'total.mjs': NEAR });
    const ended = await startRun(at);
    expect(ended.rest.kind).toBe('waiting');
    expect(factsOf(ended, 'human-asked')[0]).toMatchObject({ asks: 'overlap' });
    expect(factsOf(ended, 'human-asked')[0]?.question).toContain('change 1 by tom: total.mjs');
    const grant = { rule: 'overlap-changes', by: MILA, reason: 'we spoke', at: NOW, expiresAt: LATER };
    const again = await resumeRun(at, { before: { type: 'override-granted', grant } });
    expect(again.rest.state.kind).toBe('delivered');
    expect(JSON.stringify(factsOf(again, 'admitted')[0]?.verdict)).toContain('lifted by mila');
  }, WALL_MS);
});
