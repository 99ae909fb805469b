import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { readProcess } from '../../src/containment/process/process-table.js';
import { compiled } from './fixtures/compiled.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const PROGRAM = `
import { readFileSync, readlinkSync } from 'node:fs';
import { HANDED_VARIABLE, reexecWithCleanEnvironment, takeHandedSecrets, watchParent } from './containment/clean-environment.js';
if (process.env[HANDED_VARIABLE] === undefined) {
  const ending = await reexecWithCleanEnvironment({
    environment: process.env, allowed: (name) => ['PATH', 'KEPT', 'BOTH'].includes(name), secret: (name) => ['TOKEN', 'BOTH'].includes(name),
    program: process.execPath, args: process.argv.slice(1),
  });
  process.stdout.write(JSON.stringify({ ending, parent: readFileSync('/proc/self/environ', 'latin1'), after: process.env.TOKEN ?? '' }) + '\\n');
  process.exitCode = ending.kind === 'exited' ? ending.code : 99;
} else {
  const link = () => { try { return readlinkSync('/proc/self/fd/3'); } catch { return 'none'; } };
  const before = link();
  const secrets = takeHandedSecrets();
  const pipe = before.startsWith('socket:') && link() !== before ? 'closed' : 'open';
  watchParent(() => process.exit(42));
  process.on('SIGTERM', () => process.exit(15));
  process.stdout.write(JSON.stringify({ pid: process.pid, secrets, pipe, own: readFileSync('/proc/self/environ', 'latin1'), parent: readFileSync('/proc/' + process.ppid + '/environ', 'latin1') }) + '\\n');
  if (process.argv[2] === 'wait') setInterval(() => {}, 1000);
  else process.exitCode = 7;
}
`;
const program = compiled('clean', PROGRAM);
const CANARY = 'canary-5f0c1a';

interface Report { readonly pid: number; readonly secrets: Record<string, string>; readonly pipe: string; readonly own: string; readonly parent: string; readonly ending: unknown; readonly after: string }

function start(...args: string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [program, ...args], { env: { PATH: '/usr/bin:/bin', KEPT: 'yes', TOKEN: CANARY, BOTH: `${CANARY}2`, OTHER: CANARY }, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function lines(child: ReturnType<typeof spawn>): Promise<readonly Report[]> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += String(chunk);
  return text.trim().split('\n').map((line) => JSON.parse(line) as Report);
}

describe('a program that starts itself again with a clean environment', () => {
  it('holds its secrets, and no environment block shows them: not its own, not its parent\'s', async () => {
    const child = start();
    const exit = once(child, 'exit');
    const [inner, outer] = await lines(child);
    expect(inner?.secrets).toEqual({ TOKEN: CANARY, BOTH: `${CANARY}2` });
    expect(inner?.own).toContain('KEPT=yes');
    expect(inner?.own).not.toContain('OTHER=');
    for (const block of [inner?.own, inner?.parent, outer?.parent]) expect(block).not.toContain(CANARY);
    expect(inner?.pipe).toBe('closed');
    expect(outer?.after).toBe('');
    expect(outer?.ending).toEqual({ kind: 'exited', code: 7 });
    expect(await exit).toEqual([7, null]);
  });

  it('passes signals on', async () => {
    const child = start('wait');
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([15, null]);
  });

  it('does not go on when its parent was killed', async () => {
    const child = start('wait');
    const [first] = await once(child.stdout as NodeJS.ReadableStream, 'data') as [Buffer];
    const { pid } = JSON.parse(String(first)) as Report;
    expect(readProcess(pid)?.alive).toBe(true);
    child.kill('SIGKILL');
    while (readProcess(pid)?.alive === true) await new Promise((resolve) => { setImmediate(resolve); });
    expect(readProcess(pid)?.alive ?? false).toBe(false);
  });

  it('refuses to run when it is told of a pipe that is not there', async () => {
    const child = spawn(process.execPath, [program], { env: { HEDDLE_SECRETS_BY_PIPE: '1' }, stdio: ['ignore', 'ignore', 'pipe'] });
    const exit = once(child, 'exit');
    let said = '';
    for await (const chunk of child.stderr) said += String(chunk);
    expect(said).toContain('no secrets came by pipe');
    expect(await exit).toEqual([1, null]);
  });
});
