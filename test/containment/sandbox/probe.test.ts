import { chmodSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { bubblewrapAdvice } from '../../../src/containment/sandbox/advice.js';
import type { NamespaceFacts } from '../../../src/containment/sandbox/advice.js';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import { sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

function fake(script: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'heddle-fake-')), 'bwrap');
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && { echo bubblewrap 0.8.0; exit 0; }\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Runs the command as it stands, and reports like the real one: the worst kind of broken. */
const UNCONFINED = 'printf \'{ "child-pid": %d }\\n\' $$ >&9; while [ "$1" != -- ]; do shift; done; shift; PATH=/usr/bin:/bin; export PATH; "$@"; c=$?; printf \'{ "exit-code": %d }\\n\' $c >&9; exit $c';

async function whyNot(bubblewrap: string): Promise<string> {
  const probed = await createSandboxFactory(sandboxOptions({ bubblewrap, rungs: ['bubblewrap'] })).probe();
  expect(probed.rung).toBe('none');
  expect([...new Set(probed.refused.map((each) => each.rung))]).toEqual(['bubblewrap', 'container', 'landlock', 'own-uid']);
  return probed.refused.filter((each) => each.rung === 'bubblewrap').map((each) => `${each.why} ${each.fix}`).join(' ');
}

describe('the probe', () => {
  it('tells that there is no bubblewrap, and how to get one', async () => {
    expect(await whyNot('/no/such/bwrap')).toMatch(/not found.*Install bubblewrap/);
  });

  it('looks for it on the given path only', async () => {
    const probed = await createSandboxFactory(sandboxOptions({ path: '/no/such/folder', rungs: ['bubblewrap'] })).probe();
    expect(probed.rung).toBe('none');
  });

  it('is not taken in by one that only fails', async () => {
    expect(await whyNot(fake('echo "bwrap: setting up uid map: Permission denied" >&2; exit 1'))).toMatch(/did not hold.*Permission denied/);
  });

  it('is not taken in by one that does not run at all', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'heddle-fake-')), 'bwrap');
    writeFileSync(path, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await whyNot(path)).toContain('does not even tell its version');
  });

  it('is not taken in by one that runs the command unconfined: it names what could be done', async () => {
    const why = await whyNot(fake(UNCONFINED));
    for (const words of ['read a secret file outside', 'the environment of a process outside', 'write outside', 'a network connection']) expect(why).toContain(words);
  });

  it('is not taken in by one that claims success and runs nothing', async () => {
    expect(await whyNot(fake('printf \'{ "exit-code": 0 }\\n\' >&9; exit 0'))).toContain('Node did not run');
  });

  it('makes words of a broken sandbox harmless before they are shown', async () => {
    expect(await whyNot(fake('printf "::set-env name=A::b\\n##[command]x\\n" >&2; exit 1'))).not.toMatch(/::|##\[/);
  });

  it('runs once for a factory, and clears up', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'heddle-scratch-'));
    const counter = join(scratch, 'count');
    const factory = createSandboxFactory(sandboxOptions({ scratch, rungs: ['bubblewrap'], forms: ['user namespace'], bubblewrap: fake(`echo x >> ${counter}; exit 1`) }));
    expect(await Promise.all([factory.probe(), factory.probe()])).toHaveLength(2);
    await factory.probe();
    expect(existsSync(counter)).toBe(true);
    expect(readdirSync(scratch)).toEqual(['count']);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(counter, 'utf8')).toBe('x\n');
  });

  it('refuses a mark that could not be found again', () => {
    expect(() => createSandboxFactory(sandboxOptions({ mark: 'short' }))).toThrow(RangeError);
  });
});

describe('advice', () => {
  const facts: NamespaceFacts = { root: false, installed: true, apparmorRestricts: false, cloneOff: false, namespacesOff: false, filtered: false };
  it.each<[Partial<NamespaceFacts>, RegExp]>([
    [{ installed: false }, /apt-get install bubblewrap/], [{ namespacesOff: true }, /max_user_namespaces/], [{ cloneOff: true }, /unprivileged_userns_clone=1/],
    [{ apparmorRestricts: true }, /apparmor_restrict_unprivileged_userns=0/], [{ filtered: true }, /seccomp profile/],
    [{ root: true, apparmorRestricts: true, filtered: true }, /seccomp profile/], [{}, /bwrap --ro-bind/],
  ])('for %j', (over, words) => {
    expect(bubblewrapAdvice({ ...facts, ...over })).toMatch(words);
  });
});
