import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create as createEvidence } from '../../src/adapters/evidence/folder/index.js';
import { createRedactor } from '../../src/containment/redactor.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import { newTrail, type Trail } from '../../src/flow/trail.js';
import { secretsFrom } from '../../src/main/secrets.js';
import { deliveredAfterOneRepair, RUN } from '../fixtures/run-events.js';

const PEM = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END KEY-----';

function trailWith(secret: string): { trail: Trail; written: () => string } {
  const redactor = createRedactor();
  redactor.add('model-key', secret);
  let written = '';
  const trail = newTrail({
    run: RunId.parse(RUN), clock: { now: () => Instant.parse('2026-03-02T09:00:00.000Z'), monotonicMs: () => 0 }, onEvent: () => undefined, redact: (text) => redactor.text(text),
    store: { read: async () => Promise.resolve(new Uint8Array()), append: async (lines) => { written += lines; return Promise.resolve(); }, truncate: async () => Promise.resolve() },
  });
  return { trail, written: () => written };
}

describe('a trail', () => {
  /** Keys for local model servers are such words; a number may stand in any count; an `n` may follow a written line end. */
  it.each(['github', '900000', 'heddle/', '111111', 'captured', 'attempt', 'summary', 'npm test', '"fact"', 'nthe next line', 'maria_', ':{"type', 'anthropic-key\\'])('is not broken by the secret %j', async (secret) => {
    const { trail, written } = trailWith(secret);
    for (const { fact } of deliveredAfterOneRepair({ summary: `said ${secret}\nthe next line` })) await trail.append(fact);
    expect(trail.state.kind).toBe('delivered');
    for (const line of written().trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    const reported = trail.events.map(({ fact }) => fact).find((fact) => fact.type === 'agent-reported');
    expect(reported?.summary).not.toContain(`said ${secret}`);
  });

  it.each([['plain', PEM], ['with quotes', 'k"ey\\with/"quotes"'], ['of two scripts', 'schlüssel-ключ-0123']])('holds no secret that is %s, in whatever way a fact spells it', async (_, secret) => {
    const { trail, written } = trailWith(secret);
    const spellings = [secret, JSON.stringify(secret), JSON.stringify(JSON.stringify(secret)), Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex'), encodeURIComponent(secret)];
    for (const { fact } of deliveredAfterOneRepair({ summary: spellings.join('\n'), finding: secret })) await trail.append(fact);
    const redactor = createRedactor();
    redactor.add('model-key', secret);
    expect(redactor.finds(written())).toBeUndefined();
    for (const part of secret.split('\n').filter((line) => line.length > 25)) expect(written()).not.toContain(part);
  });

  it('cuts free text that grew beyond its place, and puts no secret back', async () => {
    const { trail, written } = trailWith('abcxyz');
    const events = deliveredAfterOneRepair();
    for (const { fact } of events.slice(0, 4)) await trail.append(fact);
    await trail.append({ type: 'faulted', during: 'brief', fault: { code: 'io', side: 'ours', retryable: false, source: 'x', message: 'abcxyz '.repeat(570) } });
    expect(trail.state.kind).toBe('faulted');
    expect(written()).not.toContain('abcxyz');
  });
});

describe('the evidence', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'heddle-redaction-')); });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it('stays JSON when a secret looks like a number or like the middle of an escape, and holds neither', async () => {
    const redactor = createRedactor();
    redactor.add('a', '123456');
    redactor.add('b', 'nsecretword');
    const evidence = createEvidence({ folder }, { redactor });
    const value = { count: 123_456, text: 'x 123456 y', escaped: 'a line\nsecretword', real: 'nsecretword', key: { 'nsecretword-1': true } };
    await evidence.writeJson('a.json', value);
    await evidence.appendJsonLine('b.jsonl', value);
    for (const name of ['a.json', 'b.jsonl']) {
      const parsed = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as typeof value;
      expect(parsed.count).toBe(123_456);
      expect(parsed.escaped).toBe('a line\nsecretword');
      expect(JSON.stringify({ ...parsed, count: 0, escaped: '' })).not.toMatch(/123456|nsecretword/);
    }
  });
});

describe('the secrets of a run', () => {
  it('are all that the environment holds under a known name, not only those that are used', () => {
    const secrets = secretsFrom({ HEDDLE_MODEL_KEY: 'key-number-one', ANTHROPIC_API_KEY: 'key-number-two', GITHUB_TOKEN: 'token-number-one', GH_TOKEN: 'token-number-two', 'INPUT_GITHUB-TOKEN': 'token-number-three', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'identity-token' });
    expect(secrets['model-key']).toBe('key-number-one');
    expect(secrets['github-token']).toBe('token-number-three');
    expect(Object.values(secrets).sort()).toEqual(['identity-token', 'key-number-one', 'key-number-two', 'token-number-one', 'token-number-three', 'token-number-two']);
  });
});
