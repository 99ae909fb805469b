import { describe, expect, it } from '@jest/globals';
import { tooWeak } from '../../src/flow/too-weak.js';

describe('a runner below sandbox.min_rung', () => {
  const refused = [
    { rung: 'bubblewrap', form: 'user namespace', why: 'It was tried and did not hold.', fix: 'Set a sysctl.' },
    { rung: 'bubblewrap', form: 'sudo, own uid', why: 'There is no sudo.', fix: 'Install sudo.' },
    { rung: 'container', form: 'any', why: 'No image is configured.', fix: 'Set sandbox.image.' },
    { rung: 'landlock', form: 'any', why: 'The kernel is too old.', fix: 'Use a newer one.' },
  ] as const;

  it('is told what it lacks for each rung that would do, by form, with the fix', () => {
    const node = tooWeak({ rung: 'none', form: 'no isolation', refused }, 'container');
    expect(node).toMatchObject({ rule: 'sandbox', effect: 'deny', values: { reached: 'none', wanted: 'container' } });
    for (const words of ['bubblewrap (user namespace): It was tried and did not hold. Set a sysctl.', 'bubblewrap (sudo, own uid): There is no sudo. Install sudo.', 'container: No image is configured. Set sandbox.image.']) expect(node.words).toContain(words);
  });

  it('is not told of rungs that would not be enough', () => {
    expect(tooWeak({ rung: 'own-uid', form: 'own uid', refused }, 'container').words).not.toContain('landlock');
  });
});
