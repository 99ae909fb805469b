import { describe, expect, it } from '@jest/globals';
import { loadConfiguration } from '../../src/config/load.js';
import { boundsRule, placeTicket } from '../../src/admission/placing.js';
import type { Configuration } from '../../src/config/configuration.js';
import { Instant } from '../../src/domain/ids.js';
import { untrusted } from '../../src/domain/text.js';
import { takeSnapshot } from '../../src/intake/snapshot.js';
import { boundsAtAdmission, type AdmissionBounds } from '../../src/policy/bounds-at-admission.js';
import { compilePolicy } from '../../src/policy/compile.js';

function configOf(more: object): Configuration {
  const loaded = loadConfiguration({ text: JSON.stringify(more), file: '.heddle.yml' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.config;
}

async function bounds(rules: readonly object[], labels: readonly string[] = ['risky']): Promise<AdmissionBounds> {
  const { policy } = configOf({ policy: { rules } });
  const compiled = await compilePolicy(policy, []);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return boundsAtAdmission(compiled.value, { ticket: { tracker: 'github', key: 'acme/shop#1', labels, author: { login: 'aron', id: '1', kind: 'human' } }, requester: { login: 'mila', id: '2', kind: 'human' }, agent: 'builtin', model: 'claude-x' });
}

describe('what rules bind before the work', () => {
  it.each<[string, object, readonly string[]]>([
    ['no condition', {}, ['policy/r']],
    ['a label', { match: { labels: ['risky'] } }, ['policy/r']],
    ['another label', { match: { labels: ['calm'] } }, []],
    ['who asked, and an agent', { match: { source: { requester: ['mila'] }, agent: ['builtin'] } }, ['policy/r']],
    ['not a label', { match: { not: { labels: ['risky'] } } }, []],
    ['a tree of them', { match: { any: [{ labels: ['calm'] }, { model: ['claude-*'] }] } }, ['policy/r']],
    ['an expression about the ticket', { when: '"risky" in labels' }, ['policy/r']],
    // What only the candidate can tell is not guessed at: neither met nor a reason to hold.
    ['paths', { match: { paths: ['src/**'] } }, []],
    ['everything but some paths', { match: { not: { paths: ['src/**'] } } }, []],
    ['a small change', { match: { size: { lines: { at_most: 20 } } } }, []],
    ['the risk', { match: { labels: ['risky'], risk: ['high'] } }, []],
    ['an expression about the change', { when: 'change.lines < 5' }, []],
  ])('%s', async (_, rule, expected) => {
    expect((await bounds([{ id: 'r', budget: { attempts: 1 }, ...rule }])).rules).toEqual(expected);
  });

  it('of several budgets the smallest, of several workflows the first', async () => {
    expect(await bounds([{ id: 'a', budget: { attempts: 3, cost_usd: 1 }, workflow: 'careful' }, { id: 'b', budget: { attempts: 2, run_time: '10m' }, workflow: 'quick' }, { id: 'held', effect: 'hold' }])).toEqual({
      budget: { attempts: 2, costUsd: 1, runTimeMs: 600_000 }, workflow: 'careful', rules: ['policy/a', 'policy/b'],
    });
  });

  const now = Instant.parse('2026-03-01T10:00:00.000Z');
  const snapshot = takeSnapshot({
    ref: { tracker: 'github', key: 'acme/shop#1' }, url: undefined, title: untrusted('t'), body: untrusted('b'), criteria: [], labels: [], state: 'open',
    author: { login: 'a', id: '1', kind: 'human' }, createdAt: now, updatedAt: now, contentEditedAt: null, events: [], comments: [],
  }, { charsMax: 1000, now });
  const placed = (config: object, bound: AdmissionBounds) => placeTicket({ here: 'acme/shop', sentHere: false, snapshot, config: configOf(config), components: [], kindOf: () => undefined, bounds: bound });

  it('tightens the limits and never raises one', () => {
    const { config, problems } = placed({ limits: { attempts: 2, cost_usd: 5, run_time: '5m' } }, { budget: { attempts: 9, costUsd: 1, tokens: 100, runTimeMs: 600_000 }, rules: ['policy/r'] });
    expect(problems).toEqual([]);
    expect(config.limits).toMatchObject({ attempts: 2, cost_usd: 1, tokens: 100, run_time: '5m' });
  });

  it('chooses the named workflow, says so, and refuses one that is not there', () => {
    const workflows = { directives: { workflows: { careful: { model: 'claude-big', attempts: 4 } } } };
    const there = placed(workflows, { budget: {}, workflow: 'careful', rules: ['policy/r'] });
    expect([there.config.agent.model, there.config.limits.attempts, there.assignment?.workflow]).toEqual(['claude-big', 4, 'careful']);
    expect(boundsRule({ placing: there })?.node).toMatchObject({ rule: 'policy-bounds', effect: 'allow', words: 'rules of the team bind this run: workflow careful', values: { rules: ['policy/r'] } });
    expect(placed({}, { budget: {}, workflow: 'careful', rules: ['policy/r'] }).problems).toEqual([{ line: 1, words: expect.stringContaining('names the workflow "careful", and directives.workflows has none') }]);
  });
});
