import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../src/domain/fault.js';
import { exitCodeOf } from '../../src/main/exit-code.js';
import { faultyPorts } from './faulty-ports.js';
import { resumeRun, startRun, type Ended } from './in-process.js';
import { factsOf, makeScene, MENDING_AGENT, QUICK_AGENT, seeComments, seeForge, seeRun, type Scene, type SeenForge, type SeenRun } from './rig.js';

/**
 * The n-th call of a port fails, for every n that differs in kind. Whatever call it is, the run ends legally: at most one
 * branch and one change, the trail holds, and what was paid for is kept.
 */
const WALL_MS = 1_200_000;
/** What a delivery can do without: it says so and goes on. */
const NICE_TO_HAVE = new Set(['reader.headOf', 'reader.openChanges', 'reader.fetchHeads', 'tracker.upsertComment', 'claims.release', 'writer.reportCheck', 'writer.requestReviews']);
const PASSING: Fault = { code: 'service-error', side: 'theirs', retryable: true, source: 'test', message: 'The service answered 503.' };
const OURS: Fault = { code: 'io', side: 'ours', retryable: false, source: 'test', message: 'The disk is full.' };

/** What passes is met with a repair as well; for what ends the run the repair would only be the same calls once more. */
const repairing = (): Scene => makeScene({ agent: MENDING_AGENT });
const straight = (): Scene => makeScene({ agent: QUICK_AGENT });

interface Seen { readonly at: Scene; readonly call: string; readonly stays: boolean; readonly ended: Ended; readonly run: SeenRun; readonly forge: SeenForge }

/** Plays the run once for every call of the given kind; `judge` answers what is wrong, in words. */
async function everyCall(kind: 'answering' | 'throwing', fault: Fault, options: { readonly scene: () => Scene; readonly from?: boolean; readonly judge: (seen: Seen) => string[] | Promise<string[]> }): Promise<string[]> {
  const healthy = faultyPorts(kind, () => false, fault);
  const first = options.scene();
  await startRun(first, { wrap: healthy.wrap, wrapStore: healthy.wrapStore });
  first.close();
  const problems: string[] = [];
  await severalAtATime(healthy.cases, async (number) => {
    const index = number - 1;
    const at = options.scene();
    const meter = faultyPorts(kind, (n) => (options.from === true ? n >= index + 1 : n === index + 1), fault);
    // Some calls are made side by side: which one was the n-th is known when it has failed.
    let call = 'no call';
    try {
      const ended = await startRun(at, { wrap: meter.wrap });
      call = meter.calls[index] ?? call;
      const seen: Seen = { at, call, stays: options.from === true, ended, run: seeRun(at.out), forge: seeForge(at.forge) };
      problems.push(...[...always(seen), ...await options.judge(seen)].map((words) => `${index + 1} ${call}: ${words}`));
    } catch (error) {
      problems.push(`${index + 1} ${call}: thrown: ${error instanceof Error ? error.stack ?? '' : String(error)}`);
    } finally {
      at.close();
    }
  });
  expect(healthy.cases.length).toBeGreaterThan(10);
  return problems;
}

/** What holds after every failure. */
function always({ run, forge, call, stays, ended }: Seen): string[] {
  return [
    ...(run.damage === undefined ? [] : [`the trail is damaged: ${run.damage}`]),
    ...(forge.branches.length <= 1 ? [] : [`${forge.branches.length} branches`]),
    ...(forge.changes.length <= 1 ? [] : [`${forge.changes.length} changes`]),
    ...(factsOf(run, 'attempt-started').length <= 2 ? [] : ['a session was bought again']),
    ...(ended.rest.kind === 'ended' && forge.liveClaims > 0 && call !== 'claims.release' && !stays ? ['the claim was not given back'] : []),
  ];
}

function delivered({ ended, forge, at }: Seen): string[] {
  const { rest } = ended;
  const end = rest.kind === 'interrupted' ? `interrupted: ${rest.fault.message}` : rest.state.kind === 'faulted' ? `faulted: ${rest.state.fault.message}` : rest.state.kind;
  return [
    ...(end === 'delivered' ? [] : [`ended as ${end}`]),
    ...(forge.branches.length === 1 && forge.changes.length === 1 ? [] : [`${forge.branches.length} branches, ${forge.changes.length} changes`]),
    ...(seeComments(at.out).length <= 1 ? [] : ['more than one comment']),
  ];
}

/** A run that ended as faulted, with what had been captured kept. */
function faulted({ ended, run, at }: Seen, exit: number): string[] {
  const captured = factsOf(run, 'candidate-captured').some((fact) => fact.outcome.kind === 'captured');
  return [
    ...(ended.rest.state.kind === 'faulted' ? [] : [`ended as ${ended.rest.state.kind}`]),
    ...(ended.rest.kind === 'ended' && exitCodeOf(ended.rest) === exit ? [] : [`not exit code ${exit}`]),
    ...(!captured || factsOf(run, 'faulted')[0]?.best !== undefined ? [] : ['the best candidate is not named']),
    ...(!captured || existsSync(join(at.out, 'change.patch')) ? [] : ['the best candidate is not kept']),
  ];
}

/**
 * Parts of this machine, which are nobody's service: a program that is missing is a matter of the set-up; a sandbox that
 * cannot be opened for a check leaves that check without an answer, and a run without an answer stops with its work kept.
 */
function machine(seen: Seen): string[] | undefined {
  // It is asked beside the services: when they stay away as well, theirs is the fault that counts.
  if (seen.call === 'agent.probe') return seen.ended.rest.kind === 'interrupted' ? undefined : faulted(seen, 2);
  // Folders that are written ahead of their command are written again by it.
  if (seen.call === 'workspace.checkout' && seen.ended.rest.state.kind === 'delivered') return delivered(seen);
  if (seen.call !== 'sandboxes.open') return undefined;
  const { state } = seen.ended.rest;
  if (state.kind === 'delivered') return delivered(seen);
  if (state.kind !== 'exhausted') return state.kind === 'faulted' ? faulted(seen, 1) : seen.ended.rest.kind === 'interrupted' ? [] : [`ended as ${state.kind}`];
  return [...(state.reason === 'checks-errored' ? [] : [state.reason]), ...(existsSync(join(seen.at.out, 'change.patch')) ? [] : ['the best candidate is not kept'])];
}

const AT_A_TIME = 3;

/** Works through a list with a few hands; which hand takes what does not matter. */
async function severalAtATime<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const open = [...list];
  const hand = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, hand));
}

describe('the n-th call of a port fails', () => {
  it('once, and the service is back: the run waits and delivers', async () => {
    expect(await everyCall('answering', PASSING, { scene: repairing, judge: (seen) => machine(seen) ?? delivered(seen) })).toEqual([]);
  }, WALL_MS);

  it('and stays away: the run is interrupted, and delivers when it is resumed', async () => {
    expect(await everyCall('answering', PASSING, {
      scene: repairing, from: true,
      judge: async (seen) => {
        const own = machine(seen);
        if (own !== undefined) return own;
        if (seen.ended.rest.kind !== 'interrupted') return NICE_TO_HAVE.has(seen.call) ? delivered(seen) : [`${seen.ended.rest.kind} as ${seen.ended.rest.state.kind}, not interrupted`];
        if (exitCodeOf(seen.ended.rest) !== 6) return [`exit code ${exitCodeOf(seen.ended.rest)}`];
        const ended = await resumeRun(seen.at);
        const again: Seen = { ...seen, stays: false, ended, run: seeRun(seen.at.out), forge: seeForge(seen.at.forge) };
        return [...always(again), ...delivered(again)].map((words) => `resumed: ${words}`);
      },
    })).toEqual([]);
  }, WALL_MS);

  it('for a reason of ours: the run ends as faulted with the best candidate kept', async () => {
    expect(await everyCall('answering', OURS, {
      scene: straight,
      judge: (seen) => machine(seen) ?? (NICE_TO_HAVE.has(seen.call) ? delivered(seen) : faulted(seen, 1)),
    })).toEqual([]);
  }, WALL_MS);

  it('by a throw, as only a bug or a full disk does: the run ends honestly', async () => {
    expect(await everyCall('throwing', OURS, {
      scene: straight,
      judge: (seen) => (seen.ended.rest.state.kind === 'delivered' ? delivered(seen) : faulted(seen, 1)),
    })).toEqual([]);
  }, WALL_MS);
});
