import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CodingAgent, GatewayEndpoint } from '../../src/ports/coding-agent.js';
import { AGENT_LIMITS, agentPlace, NO_MODEL, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';

/**
 * What an agent's program is made to do: `edits` replaces `wrong` in total.txt by `right` and ends well; `waits` says
 * something and never ends; `claims-and-waits` says in its own wire that it is done, and stays; `floods` writes without
 * end; `garbage` writes what no wire format knows, writes CHANGED.md and exits 0; `dies` ends by a signal;
 * `fails` exits with code 137.
 */
export type AgentScenario = 'edits' | 'waits' | 'claims-and-waits' | 'floods' | 'garbage' | 'dies' | 'fails';

export interface AgentHarness {
  prepare(scenario: AgentScenario, place: AgentPlace): Promise<{ readonly agent: CodingAgent; readonly gateway?: GatewayEndpoint }>;
  /** An adapter whose program is not on this machine. */
  missing(): CodingAgent;
}

/** The ONE suite that every agent adapter passes, with real programs in a real sandbox. */
export function agentContract(name: string, rung: 'bubblewrap' | 'none', harness: AgentHarness): void {
  describe(`agent contract: ${name} (${rung})`, () => {
    let place: AgentPlace;
    beforeEach(async () => { place = await agentPlace(rung, { 'total.txt': 'the answer is wrong\n' }); });
    afterEach(async () => { await place.close(); });
    working(() => place, harness);
    stopping(() => place, harness);
    failing(() => place, harness);
  });
}

function working(at: () => AgentPlace, harness: AgentHarness): void {
  it('edits the folder, tells what it does, and ends as completed', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('edits', at());
    const { events, outcome } = await play(agent, await at().task(agent, { gateway }));
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(readFileSync(join(at().workspace, 'total.txt'), 'utf8')).toBe('the answer is right\n');
    expect(events.some((event) => event.type === 'said')).toBe(true);
    expect(outcome.outputBytes).toBeGreaterThan(0);
    expect(outcome.session === undefined).toBe(!agent.capabilities.continues);
    expect(events.some((event) => event.type === 'session')).toBe(agent.capabilities.continues);
  });

  it('can be probed and names what the sandbox must show', async () => {
    const { agent } = await harness.prepare('edits', at());
    expect(await agent.probe()).toMatchObject({ ok: true });
    for (const mount of await agent.mounts()) {
      expect({ absolute: isAbsolute(mount.from) && isAbsolute(mount.to), exists: existsSync(mount.from), writable: mount.writable }).toEqual({ absolute: true, exists: true, writable: false });
    }
  });

  it('says how to get a program that is missing', async () => {
    const probed = await harness.missing().probe();
    expect(probed).toMatchObject({ ok: false });
    expect(probed.ok ? '' : probed.message).toMatch(/PATH|needed|Install/);
  });
}

function stopping(at: () => AgentPlace, harness: AgentHarness): void {
  it.each(['cost', 'tokens', 'wall'] as const)('is stopped with the reason of its signal: %s', async (reason) => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('waits', at());
    const stop = new AbortController();
    const { outcome } = await play(agent, await at().task(agent, { gateway, signal: stop.signal }), () => { stop.abort(reason); });
    expect(outcome).toMatchObject({ kind: 'stopped', reason });
  });

  it('takes a reason that it does not know for a cancellation, and a signal that was given before the start', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('waits', at());
    const { outcome } = await play(agent, await at().task(agent, { gateway, signal: AbortSignal.abort(new Error('x')) }));
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'cancelled' });
  });

  it('is stopped when it is silent for too long', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('waits', at());
    const { outcome } = await play(agent, await at().task(agent, { gateway, limits: { ...AGENT_LIMITS, idleMsMax: 500 } }));
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'idle' });
  });

  it('is stopped when it writes too much, and keeps few of the events', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('floods', at());
    const { events, outcome } = await play(agent, await at().task(agent, { gateway, limits: { ...AGENT_LIMITS, outputBytesMax: 4_000_000 } }));
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'output' });
    expect(JSON.stringify(events).length).toBeLessThan(1_000_000);
  });

  it('was stopped, whatever it claims', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('claims-and-waits', at());
    const { outcome } = await play(agent, await at().task(agent, { gateway, limits: { ...AGENT_LIMITS, idleMsMax: 1500 } }));
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'idle' });
  });

  it('dies when nobody reads it any more', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('waits', at());
    const session = agent.run(await at().task(agent, { gateway }));
    await session.next();
    // Settles only after the process tree is dead; without an end of the program this test would run into its time-out.
    const ended = await session.return({ kind: 'stopped', reason: 'cancelled', outputBytes: 0, session: undefined });
    expect(ended.done).toBe(true);
  });
}

function failing(at: () => AgentPlace, harness: AgentHarness): void {
  it('survives a stream of garbage and classes its end by our rules', async () => {
    const { agent, gateway = NO_MODEL } = await harness.prepare('garbage', at());
    const { events, outcome } = await play(agent, await at().task(agent, { gateway }));
    expect(['completed', 'failed']).toContain(outcome.kind);
    expect(existsSync(join(at().workspace, 'CHANGED.md'))).toBe(true);
    expect(JSON.stringify(events).length).toBeLessThan(500_000);
  });

  it.each(['dies', 'fails'] as const)('has failed when its program %s, with a fault that says how', async (scenario) => {
    const { agent, gateway = NO_MODEL } = await harness.prepare(scenario, at());
    const { outcome } = await play(agent, await at().task(agent, { gateway }));
    expect(outcome).toMatchObject({ kind: 'failed', fault: { source: `agent/${agent.id}` } });
    expect(outcome.kind === 'failed' ? outcome.fault.message : '').toMatch(scenario === 'fails' ? /exit code 137/ : /SIGKILL|exit code 137/);
  });
}
