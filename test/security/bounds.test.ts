import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CheckId } from '../../src/domain/ids.js';
import { readReports } from '../../src/validation/read-reports.js';
import { git, makePlace, openAt } from '../adapters/workspace-git-fixture.js';

describe('the reports of a hostile check', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'heddle-reports-')); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });
  const read = async () => readReports({ folder, check: { id: CheckId.parse('unit'), workdir: '', reports: [{ format: 'junit', path: '*.xml' }] }, marks: new Map(), frame: { roots: [folder], workdir: '', changed: undefined } });

  it('are bounded in what they say together, and what is left out is counted', async () => {
    for (let file = 0; file < 12; file += 1) {
      const cases = Array.from({ length: 400 }, (_, index) => `<testcase name="t${file}-${index}"><failure message="m"/></testcase>`).join('');
      writeFileSync(join(folder, `r${file}.xml`), `<testsuite>${cases}</testsuite>`);
    }
    const reading = await read();
    expect(reading.tests).toEqual({ total: 4_800, failed: 4_800, skipped: 0 });
    expect(reading.findings).toHaveLength(2_000);
    expect(reading.truncated).toBe(2_800);
  });

  it('are bounded in their size together', async () => {
    const large = `<testsuite><testcase name="a"/></testsuite>${' '.repeat(30 * 1024 * 1024)}`;
    for (let file = 0; file < 6; file += 1) writeFileSync(join(folder, `r${file}.xml`), large);
    const reading = await read();
    expect(reading.tests?.total).toBe(5);
    expect(reading.problems.join()).toMatch(/more than 128 MiB together/);
  });
});

describe('what a sandbox is shown of the repository', () => {
  it('is objects alone: no configuration, reference or hook of the source', async () => {
    const place = makePlace();
    try {
      git(place.repo, 'config', 'http.https://github.com/.extraheader', 'AUTHORIZATION: basic c2VjcmV0');
      const { workspace } = await openAt(place);
      for (const shown of workspace.objectFolders) {
        const names = readdirSync(shown).filter((name) => !/^[0-9a-f]{2}$/.test(name)).sort();
        expect(names).toEqual(['info', 'pack']);
      }
      expect(workspace.objectFolders).toContain(join(place.repo, '.git/objects'));
    } finally {
      place.close();
    }
  });

  it('is no folder that the checkout merely names as one to borrow from', async () => {
    const place = makePlace();
    try {
      const private1 = place.path('private');
      const private2 = place.path('other');
      mkdirSync(private1);
      writeFileSync(join(private1, 'id_ed25519'), 'key');
      mkdirSync(private2);
      git(private2, 'init', '-q');
      mkdirSync(join(private2, '.git/pack'));
      writeFileSync(join(place.repo, '.git/objects/info/alternates'), `${private1}\n${join(private2, '.git')}\n`);
      const { workspace } = await openAt(place);
      expect(workspace.objectFolders).not.toContain(private1);
      expect(workspace.objectFolders).not.toContain(join(private2, '.git'));
      expect(workspace.objectFolders).toContain(join(place.repo, '.git/objects'));
    } finally {
      place.close();
    }
  });
});
