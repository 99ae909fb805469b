import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { toolFolders } from '../../src/main/tool-folders.js';

let opt: string;
let usr: string;
beforeEach(() => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-tools-')));
  opt = join(root, 'opt');
  usr = join(root, 'usr/bin');
  for (const file of ['opt/cache/node/24/x64/bin/node', 'opt/cache/node/24/x64/lib/npm.js', 'opt/pipx/venvs/lint/bin/lint', 'opt/browser/chrome', 'opt/flat/tool', 'opt/actions-runner/.credentials_rsaparams', 'opt/actions-runner/.runner', 'opt/actions-runner/bin/Runner.Listener', 'opt/actions-runner/externals/node24/bin/node', 'opt/ci/actions-runner/_work/other/secret.txt', 'opt/ci/tools/bin/tool', 'opt/private/key', 'usr/bin/real']) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  mkdirSync(join(opt, 'pipx_bin'));
  symlinkSync(join(opt, 'pipx/venvs/lint/bin/lint'), join(opt, 'pipx_bin/lint'));
  symlinkSync(join(opt, 'browser/chrome'), join(usr, 'chrome'));
});
afterEach(() => { rmSync(dirname(opt), { recursive: true, force: true }); });

const found = (...names: readonly string[]): readonly string[] => toolFolders(['/usr/bin', ...names.map((name) => join(opt, name))].join(':'), { whole: [], mixed: opt, system: [usr] }).map((folder) => folder.slice(opt.length + 1)).sort();

describe('what the sandbox shows of a folder that tools share with others', () => {
  it('is the installations that the PATH and its links lead to', () => {
    expect(found('cache/node/24/x64/bin/', 'pipx_bin', 'flat')).toEqual(['browser', 'cache/node/24/x64', 'flat', 'pipx/venvs/lint', 'pipx_bin']);
  });

  it('is never the folder of a runner, which holds its private key and other checkouts', () => {
    const shown = found('actions-runner/bin', 'actions-runner', 'actions-runner/externals/node24/bin', 'ci/tools/bin', 'ci/actions-runner');
    expect(shown).toEqual(['actions-runner/bin', 'actions-runner/externals/node24', 'browser', 'ci/tools']);
  });

  it('is nothing without a tool there', () => {
    expect(toolFolders('/usr/bin:relative', { whole: [], mixed: opt, system: [] })).toEqual([]);
  });
});
