import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createRedactor } from '../../src/containment/redactor.js';
import { CheckId } from '../../src/domain/ids.js';
import { evidenceName } from '../../src/flow/check-tree.js';
import { tellTicket } from '../../src/flow/commands/tell-ticket.js';
import type { Context } from '../../src/flow/context.js';
import { secretIn } from '../../src/flow/find-secret.js';
import { isKept } from '../../src/main/clean-start.js';
import { checkedOut, LIMITS, makePlace, writeFiles, type Content } from '../adapters/workspace-git-fixture.js';
import { FakeForge } from '../delivery/fake-ports.js';

const CANARY = 'ghs_canary0123456789ABCDEFGHIJKLMNOPQRST';
const PEM = `-----BEGIN KEY-----\n${randomBytes(48).toString('base64')}\n-----END KEY-----`;

async function found(secret: string, content: Content, file = 'src/new.txt'): Promise<string | undefined> {
  const place = makePlace();
  try {
    const { workspace, base, work } = await checkedOut(place);
    writeFiles(work, { [file]: content });
    const captured = await workspace.capture(work, base, 1, LIMITS);
    if (!captured.ok || captured.value.kind !== 'captured') throw new Error('nothing was captured');
    const { candidate } = captured.value;
    const redactor = createRedactor();
    redactor.add('github-token', secret);
    return await secretIn(candidate, await workspace.patch(base, candidate.tree), { redactor, workspace });
  } finally {
    place.close();
  }
}

describe('a known secret in a captured change', () => {
  it.each<[string, string, Content]>([
    ['as plain text', CANARY, `token = ${CANARY}\n`],
    ['beside a NUL byte, which makes the file binary', CANARY, `token = ${CANARY}\n\0`],
    ['as UTF-16', CANARY, Buffer.from(`token = ${CANARY}\n`, 'utf16le')],
    ['as UTF-16 of the other order', CANARY, Buffer.from(`token = ${CANARY}\n`, 'utf16le').swap16()],
    ['in base64, wrapped', CANARY, `${(Buffer.from(`x: ${CANARY}`).toString('base64').match(/.{1,10}/g) ?? []).join('\n')}\n`],
    ['with letters beyond ASCII', 'schlüssel-ключ-0123', 'a schlüssel-ключ-0123 b\n'],
    ['of several lines', PEM, `${PEM}\n`],
    ['as the target of a link', CANARY, { link: CANARY }],
  ])('is found %s', async (_, secret, content) => {
    expect(await found(secret, content)).toBe('github-token');
  });

  it('is found as the name of a file, and nothing is found where nothing is', async () => {
    expect(await found(CANARY, 'x\n', `src/${CANARY}`)).toBe('github-token');
    expect(await found(CANARY, Buffer.from('nothing\0here'))).toBeUndefined();
  });
});

describe('what is told at the ticket', () => {
  it('holds no secret that the message of a fault repeats', async () => {
    const forge = new FakeForge();
    const redactor = createRedactor();
    redactor.add('model-key', CANARY);
    // Of a context only what telling needs.
    const context = { ports: { tracker: forge.tracker, redactor }, trail: { run: 'abcdefgh12345678', state: { kind: 'new' } }, settings: { dryRun: false, evidenceUrl: undefined } } as unknown as Context;
    await tellTicket(context, { tracker: 'github', key: 'acme/shop#12' }, { type: 'faulted', during: 'start-attempt', fault: { code: 'unauthorized', side: 'setup', retryable: false, source: 'gateway', message: `The provider said: invalid key ${CANARY}` } });
    const [comment] = forge.comments.values();
    expect(comment).toContain('invalid key');
    expect(comment).not.toContain(CANARY);
  });
});

describe('names', () => {
  it('of checks never share a folder of the evidence, and are fit for an artifact', () => {
    const names = ['a:b', 'a-b', 'a.b', 'a_b', 'a::b', 'a:-b'].map((id) => evidenceName(CheckId.parse(id)));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).not.toMatch(/[":<>|*?\\/\r\n]/);
  });

  it('of tokens that people keep beside ours do not get into the working process', () => {
    for (const name of ['GITHUB_PAT', 'GITHUB_APP_PRIVATE_KEY', 'GITHUB_TOKEN', 'RUNNER_ADMIN_TOKEN', 'INPUT_GITHUB-TOKEN', 'INPUT_MODEL-KEY', 'INPUT_MY_SECRET', 'AWS_SECRET_ACCESS_KEY', 'NODE_OPTIONS', 'NPM_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL']) expect([name, isKept(name)]).toEqual([name, false]);
    for (const name of ['PATH', 'GITHUB_REPOSITORY', 'GITHUB_EVENT_PATH', 'GITHUB_TRIGGERING_ACTOR', 'RUNNER_TEMP', 'INPUT_MODEL', 'INPUT_DRY-RUN', 'ACTIONS_RESULTS_URL']) expect([name, isKept(name)]).toEqual([name, true]);
  });
});
