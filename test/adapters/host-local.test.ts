import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/host/local/index.js';
import { failure, value } from '../contract/forge-contract.js';

let folder: string;
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-host-'));
  printed = '';
});
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });
const out = { write: (text: string): void => { printed += text; } };

describe('host/local', () => {
  it('is no CI and keeps no artifacts', () => {
    const host = create({ folder, out });
    expect(host.facts).toMatchObject({ id: 'local', attempt: 1, url: undefined, ci: false });
    expect(host.facts.runKey).toMatch(/^local\/.+\/\d+$/);
    expect(host.uploadArtifact).toBeUndefined();
  });

  it('prints lines and annotations with masked values, and nothing for groups', () => {
    const host = create({ folder, out });
    host.mask('s3cret-value');
    host.group('x');
    host.line('the s3cret-value is out');
    host.endGroup();
    host.annotate('error', 'bad', { file: 'a.ts', line: 2 });
    host.annotate('notice', 'fine');
    expect(printed).toBe('the *** is out\nerror: a.ts:2: bad\nnotice: fine\n');
  });

  it('writes summary and outputs into the run folder, which it makes', async () => {
    const host = create({ folder: join(folder, 'new/run'), out });
    value(await host.summary('# done\n'));
    await host.output('outcome', 'delivered');
    await host.output('run-id', '1');
    expect(await readFile(join(folder, 'new/run/summary.md'), 'utf8')).toBe('# done\n');
    expect(JSON.parse(await readFile(join(folder, 'new/run/outputs.json'), 'utf8'))).toEqual({ outcome: 'delivered', 'run-id': '1' });
  });

  it('is a fault that names the folder when that cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const host = create({ folder: join(folder, 'file/run'), out });
    expect(failure(await host.summary('x'))).toMatchObject({ code: 'io', side: 'ours' });
    await host.output('a', 'b');
    expect(printed).toContain('--out');
  });
});
