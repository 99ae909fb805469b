import { describe, expect, it } from '@jest/globals';
import { loadConfiguration } from '../../src/config/load.js';
import { WaitingEntry } from '../../src/domain/waiting.js';
import { err, ok } from '../../src/kit/result.js';
import { examineAgent } from '../../src/main/doctor/examine-agent.js';
import { examineBase, examineCheckout } from '../../src/main/doctor/examine-checkout.js';
import { examineChecks, EXAMPLE_CHECKS } from '../../src/main/doctor/examine-checks.js';
import { examineConfiguration } from '../../src/main/doctor/examine-configuration.js';
import { examineWaits } from '../../src/main/doctor/examine-waits.js';
import { examineForgePermissions, examineForgeRepository, examineForgeToken } from '../../src/main/doctor/examine-forge.js';
import { examineHost } from '../../src/main/doctor/examine-host.js';
import { examineGit, examineNode } from '../../src/main/doctor/examine-machine.js';
import { examineModelKey, examineModelPrice, examineModelRoute } from '../../src/main/doctor/examine-model.js';
import { examineSandbox } from '../../src/main/doctor/examine-sandbox.js';
import { lackOfFault, unasked, type Facts } from '../../src/main/doctor/facts.js';
import { BASE, checksOf, examined, fakeAgent, githubFacts, goodFacts } from './doctor-fakes.js';

describe('the machine', () => {
  it.each([['v20.12.0', 'good'], ['v20.11.1', 'missing'], ['v18.20.0', 'missing'], ['v24.1.0', 'good']])('Node %s is %s', async (node, standing) => {
    expect((await examined(examineNode, goodFacts({ node }))).standing).toBe(standing);
  });

  it.each([
    ['git version 2.34.0', 'good'], ['git version 2.33.9', 'missing'], ['git version 2.39.3 (Apple Git-146)', 'good'],
    ['git version 3.0.0', 'good'], ['something else', 'warning'], [undefined, 'missing'],
  ])('%s is %s', async (said, standing) => {
    const answer = await examined(examineGit, goodFacts({ gitVersion: async () => said }));
    expect(answer.standing).toBe(standing);
    if (standing !== 'good') expect(answer.next).toContain('2.34');
  });

  it('a rung below the one that is asked for is missing, with every reason', async () => {
    const refused = [{ rung: 'bubblewrap', form: 'any', why: 'bwrap is not there.', fix: 'Install it.' }, { rung: 'container', form: 'any', why: 'No engine.', fix: 'Install one.' }, { rung: 'landlock', form: 'any', why: 'No engine.', fix: 'Install one.' }] as const;
    const answer = await examined(examineSandbox, goodFacts({ sandbox: async () => ({ rung: 'none', form: 'no isolation', refused }) }));
    expect(answer).toMatchObject({ standing: 'missing', side: 'setup', details: ['bubblewrap: bwrap is not there. Install it.', 'container, landlock: No engine. Install one.'] });
    expect(answer.next).toContain('--min-rung none');
  });

  it('no isolation at all is a warning where it is allowed', async () => {
    const facts = goodFacts({ sandbox: async () => ({ rung: 'none', form: 'no isolation', refused: [] }) }, { sandbox: { min_rung: 'none' } });
    expect((await examined(examineSandbox, facts)).standing).toBe('warning');
    expect((await examined(examineSandbox, goodFacts())).standing).toBe('good');
  });
});

describe('the repository', () => {
  const withCheckout = async (change: Record<string, unknown>): Promise<Facts> => {
    const checkout = await goodFacts().checkout();
    if (!checkout.ok) throw new Error('the good facts have a checkout');
    return goodFacts({ checkout: async () => ok({ ...checkout.value, ...change }) });
  };

  it('says when changes are not committed, and that a clone is shallow', async () => {
    expect(await examined(examineCheckout, await withCheckout({ dirty: true }))).toMatchObject({ standing: 'warning', details: ['There are uncommitted changes.'] });
    const left = await examined(examineCheckout, goodFacts({ credentials: async () => Array.from({ length: 12 }, (_, at) => `/src/shop/.git/config:${at + 1}: a header with a token`) }));
    expect(left).toMatchObject({ standing: 'warning', next: expect.stringContaining('persist-credentials') });
    expect(left.details?.slice(1)).toEqual([...Array.from({ length: 10 }, (_, at) => `/src/shop/.git/config:${at + 1}: a header with a token`), 'and 2 more']);
    const shallow = await examined(examineCheckout, await withCheckout({ shallow: true, branch: undefined }));
    expect(shallow.standing).toBe('good');
    expect(shallow.details[0]).toContain('shallow');
    expect(shallow.words).toContain('detached');
  });

  it('a base that the forge did not confirm is a warning', async () => {
    expect((await examined(examineBase, goodFacts())).words).toContain('main at 123456789012');
    expect((await examined(examineBase, goodFacts({ base: async () => ok({ ...BASE, guessed: true }) }))).standing).toBe('warning');
  });

  it('the problems of a configuration are shown as they are, with their places', async () => {
    const words = 'The configuration is not valid:\n  .heddle.yml:3:5: limits.attempts: must be a number';
    const answer = await examined(examineConfiguration, goodFacts({ configuration: async () => err({ kind: 'failed', side: 'setup', words }) }));
    expect(answer).toMatchObject({ standing: 'missing', words });
  });

  it.each([['.heddle.yml', 'Commit'], ['heddle.yaml', 'must be called .heddle.yml']])('a file %s that a run does not see is a warning', async (name, next) => {
    const loaded = loadConfiguration(undefined);
    if (!loaded.ok) throw new Error('the defaults are valid');
    const facts = goodFacts({ configuration: async () => ok({ ...loaded.value, at: BASE }), strayConfiguration: async () => name });
    const answer = await examined(examineConfiguration, facts);
    expect(answer.standing).toBe('warning');
    expect(answer.next).toContain(next);
    expect((await examined(examineConfiguration, { ...facts, strayConfiguration: async () => undefined })).standing).toBe('good');
  });

  it('names the commands that judge the work, and those that do not', async () => {
    const checks = async (): ReturnType<Facts['checks']> => checksOf({ 'package.json': '{"scripts":{"test":"node --test","start":"node ."}}' });
    const answer = await examined(examineChecks, goodFacts({ checks }));
    expect(answer.standing).toBe('good');
    expect(answer.details).toEqual(expect.arrayContaining([expect.stringMatching(/^test: npm test \(package\.json/), expect.stringMatching(/^not used: package\.json/)]));
  });

  it('no checks is missing, with an example that is valid as it is shown', async () => {
    const answer = await examined(examineChecks, goodFacts({ checks: async () => checksOf({ 'readme.md': 'hello' }) }));
    expect(answer.standing).toBe('missing');
    const pasted = (answer.next ?? '').split('\n').filter((line) => line.startsWith('    ')).join('\n');
    expect(pasted.replace(/^ {4}/gm, '')).toBe(EXAMPLE_CHECKS);
    const loaded = loadConfiguration({ text: pasted, file: '.heddle.yml' });
    expect(loaded.ok && Object.keys(loaded.value.config.checks ?? {})).toEqual(['install', 'test']);
  });
});

describe('agent and model', () => {
  it('says what the agent says', async () => {
    const probe = async () => ({ ok: false as const, message: 'It is not installed. Install it.' });
    expect(await examined(examineAgent, goodFacts({ agent: async () => ok(fakeAgent({ probe })) }))).toMatchObject({ standing: 'missing', words: 'fake: It is not installed. Install it.' });
    expect((await examined(examineAgent, goodFacts())).words).toBe('fake, 1.2.3');
  });

  it('asks nothing about a model that is not used', async () => {
    const facts = goodFacts({ modelKeySet: false, agent: async () => ok(fakeAgent({ capabilities: { usesModel: false } })) });
    for (const examination of [examineModelKey, examineModelRoute, examineModelPrice]) expect((await examined(examination, facts)).standing).toBe('not-asked');
  });

  it('a key is needed at the provider, and may be left out on a route of one\'s own', async () => {
    expect((await examined(examineModelKey, goodFacts())).standing).toBe('good');
    expect((await examined(examineModelKey, goodFacts({ modelKeySet: false }))).next).toContain('HEDDLE_MODEL_KEY');
    expect((await examined(examineModelKey, goodFacts({ modelKeySet: false }, { model: { base_url: 'https://models.example' } }))).standing).toBe('warning');
  });

  it.each([
    ['https://models.example/v1?key=hidden', 'good'], ['http://127.0.0.1:8080', 'good'], ['http://localhost/v1', 'good'],
    ['http://models.example', 'warning'], ['https://me:secret@models.example', 'missing'],
  ])('the route %s is %s, and nothing secret of it is shown', async (base_url, standing) => {
    const answer = await examined(examineModelRoute, goodFacts({}, { model: { base_url } }));
    expect(answer.standing).toBe(standing);
    expect(JSON.stringify(answer)).not.toMatch(/hidden|secret@|me:/);
  });

  it('a wire format that the agent does not speak is missing', async () => {
    expect((await examined(examineModelRoute, goodFacts({}, { model: { api: 'openai-chat' } }))).next).toContain('anthropic-messages');
  });

  it('without a price the budget could not be kept', async () => {
    const answer = await examined(examineModelPrice, goodFacts({ price: async () => ({ known: false, source: 'a list' }) }, { agent: { model: 'nobody-knows-1' }, limits: { cost_usd: 2 } }));
    expect(answer).toMatchObject({ standing: 'missing', words: 'No price is known for nobody-knows-1 (a list), so the limit of 2 US dollars could not be kept.' });
    expect(answer.next).toContain('model.price');
  });
});

describe('the forge', () => {
  it('a local forge needs a folder that can be written, and nothing else', async () => {
    expect((await examined(examineForgeRepository, goodFacts())).words).toBe('local, in /src/local-forge');
    expect(await examined(examineForgeRepository, goodFacts({ unwritable: async () => 'EACCES' }))).toMatchObject({ standing: 'missing', next: 'Give another folder with --forge-dir.' });
    for (const examination of [examineForgeToken, examineForgePermissions]) expect((await examined(examination, goodFacts())).standing).toBe('not-asked');
  });

  it('a missing token is missing once', async () => {
    const facts = githubFacts({ tokenSet: false, forge: async () => err(unasked('The token is missing.')) });
    expect((await examined(examineForgeToken, facts)).standing).toBe('missing');
    expect((await examined(examineForgeRepository, facts)).standing).toBe('not-asked');
  });

  it('a service that does not answer is theirs, also when we hung up', async () => {
    const lost = lackOfFault({ code: 'timed-out', side: 'ours', retryable: true, source: 'forge/github', message: 'The call was cancelled.' });
    expect(await examined(examineForgeRepository, githubFacts({ repository: async () => err(lost) }))).toMatchObject({ standing: 'missing', side: 'theirs' });
  });

  it('what is lacking is missing, what cannot be read is only said', async () => {
    const lines = ['GitHub Actions may not create pull requests in acme/shop. Open settings.', 'unknown: whether the token may write.'];
    const both = await examined(examineForgePermissions, githubFacts({ missingForDelivery: async () => ok(lines) }));
    expect(both).toMatchObject({ standing: 'missing', details: [lines[0], 'not known: whether the token may write.'] });
    expect((await examined(examineForgePermissions, githubFacts({ missingForDelivery: async () => ok(lines.slice(1)) }))).standing).toBe('warning');
    expect((await examined(examineForgePermissions, githubFacts())).standing).toBe('good');
  });
});

describe('around the run', () => {
  const job = {
    flavour: 'github' as const, runNumber: '1', repository: 'acme/shop', runId: '1', attempt: 1, eventName: 'issues', eventPath: '/event.json', apiUrl: 'https://api.github.com', serverUrl: 'https://github.com',
    actor: { login: 'amy', id: '7' }, triggeringActor: { login: 'amy' }, sha: undefined, ref: undefined, workflow: undefined, workspace: undefined, temp: undefined, hosted: true,
  };

  it.each([
    [{}, 'good'], [{ eventName: 'push' }, 'good'], [{ hosted: false }, 'warning'], [{ eventName: 'pull_request_target' }, 'missing'], [{ hosted: undefined }, 'good'],
  ])('a job of %j is %s', async (change, standing) => {
    expect((await examined(examineHost, goodFacts({ host: { id: 'github-actions', ci: true, gitlab: undefined, job: { ...job, ...change } } }))).standing).toBe(standing);
  });
});

describe('waiting runs', () => {
  const entry = (key: string, expiresAt: string): WaitingEntry => WaitingEntry.parse({ version: 1, run: '0123456789abcdef', ticket: { tracker: 'github', key }, since: '2026-01-01T00:00:00.000Z', expiresAt, head: `sha256:${'0'.repeat(64)}`, digest: `sha256:${'0'.repeat(64)}`, bytes: 1 });
  const LIVE = entry('acme/shop#1', '2999-01-01T00:00:00.000Z');
  const OVER = entry('acme/shop#2', '2026-01-02T00:00:00.000Z');
  const among = async (waits: readonly WaitingEntry[], damaged: readonly string[] = []) => examined(examineWaits, githubFacts({ waits: async () => ok({ waits, damaged }) }));

  it('that are over are named, with what explain says of them', async () => {
    const seen = await among([LIVE, OVER]);
    expect(seen).toMatchObject({ standing: 'warning', words: '2 runs wait for a person; 1 of them is over (`wait-expired`): nobody answered in time.', details: [expect.stringMatching(/^acme\/shop#2: run 0123456789abcdef .* until 2026-01-02/)] });
    expect(seen.next).toContain('Ask for the ticket again');
  });

  it('that live are counted, and those that cannot be read are a warning', async () => {
    expect(await among([LIVE])).toMatchObject({ standing: 'good', words: '1 run waits for a person, the first until 2999-01-01T00:00:00.000Z' });
    expect(await among([])).toMatchObject({ standing: 'good', words: 'no run waits' });
    expect(await among([], ['x'])).toMatchObject({ standing: 'warning', details: ['x: not an entry of Heddle'] });
    expect((await among(Array.from({ length: 13 }, () => OVER))).details.at(-1)).toBe('and 3 more');
  });

  it('are not asked for on a laptop', async () => {
    expect((await examined(examineWaits, goodFacts())).standing).toBe('not-asked');
  });
});
