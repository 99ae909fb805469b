import { chownSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { AccountBook } from '../../../src/containment/sandbox/account-book.js';
import { findLandlock } from '../../../src/containment/sandbox/landlock.js';
import { findOwnUid } from '../../../src/containment/sandbox/own-uid.js';
import { probeRung } from '../../../src/containment/sandbox/probe.js';
import { formOf, placeOf, removePlaces } from '../fixtures/rung-place.js';
import { LIMITS, sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const root = process.geteuid?.() === 0;
const forms = { landlock: await formOf('landlock', findLandlock), 'own-uid': await formOf('own-uid', findOwnUid) } as const;
const rungs = (['landlock', 'own-uid'] as const).filter((rung) => forms[rung] !== undefined);
const runs = rungs.length > 0 ? rungs : ['landlock'] as const;

/** Other test runs on this machine have daemons of their own. */
const own = String(process.pid);

const commandLines = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
  try {
    return [readFileSync(`/proc/${pid}/cmdline`, 'latin1')];
  } catch {
    return [];
  }
});

(rungs.length > 0 ? describe.each(runs) : describe.skip.each(runs))('a program in the rung %s', (rung) => {
  const place = (...rest: Parameters<typeof placeOf> extends [unknown, ...infer Rest] ? Rest : never): ReturnType<typeof placeOf> => placeOf(forms[rung], ...rest);

  it('passes the probe of the ladder', async () => {
    const options = sandboxOptions();
    const outcome = await probeRung((request) => forms[rung]?.open(request) ?? placeOf(undefined) as never, options);
    expect(outcome.why).toBe('');
  });

  it('has its folder, its home, its own environment and nothing else of ours', async () => {
    const at = place();
    const { stdout, ending } = await at.shell('pwd; echo data > made; echo state > "$HOME/kept"; touch "$TMPDIR/x"; env -0 | tr "\\0" "\\n"', { env: { GIVEN: 'a "b" $c' } });
    expect(ending).toEqual({ kind: 'exited', code: 0 });
    expect(stdout.split('\n')[0]).toBe(at.workspace);
    const names = stdout.split('\n').slice(1).filter((line) => line.includes('=')).map((line) => line.split('=')[0]).sort();
    expect(names.filter((name) => name !== 'PWD')).toEqual(['CI', 'GIT_CONFIG_NOSYSTEM', 'GIVEN', 'HEDDLE_SANDBOX', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
    expect(stdout).toContain('GIVEN=a "b" $c\n');
    expect([readFileSync(join(at.workspace, 'made'), 'utf8'), readFileSync(join(at.home, 'kept'), 'utf8')]).toEqual(['data\n', 'state\n']);
  });

  it('gets arguments as they are, input, and outputs that can be opened by name', async () => {
    const at = place();
    const { stdout, stderr } = await at.run(['sh', '-c', 'printf "%s|" "$@"; cat; echo err > /dev/stderr; echo out > /dev/stdout', 'x', 'a b', "'", '"', '$HOME', ''], { stdin: 'typed' });
    expect([stdout, stderr]).toEqual(['a b|\'|"|$HOME||typedout\n', 'err\n']);
  });

  it('can be talked with', async () => {
    const running = place().start(['cat'], { stdin: { first: 'a' } });
    running.input?.write('b');
    running.input?.end();
    let text = '';
    for await (const { bytes } of running.output) text += Buffer.from(bytes).toString();
    expect([text, (await running.ended).ending]).toEqual(['ab', { kind: 'exited', code: 0 }]);
  });

  it('tells exit codes and signals apart, and both from a place that was not set up', async () => {
    const at = place();
    expect((await at.shell('exit 7')).ending).toEqual({ kind: 'exited', code: 7 });
    expect((await at.shell('kill -SEGV $$')).ending).toEqual({ kind: 'signalled', signal: 'SIGSEGV' });
    expect((await at.run(['no-such-program'])).ending).toMatchObject({ kind: 'not-started', fault: { code: 'not-installed' } });
    writeFileSync(join(at.workspace, 'garbage'), 'no program', { mode: 0o755 });
    expect((await at.run([join(at.workspace, 'garbage')])).ending).toMatchObject({ kind: 'not-started', fault: { source: 'containment/launcher' } });
  });

  it('runs Node and git, and cannot change what is read-only', async () => {
    const at = place({ readOnly: ['.git'] }, (workspace) => {
      execFileSync('git', ['init', '-q', workspace]);
      writeFileSync(join(workspace, 'file'), 'one\n');
      execFileSync('git', ['-C', workspace, 'add', 'file']);
      execFileSync('git', ['-C', workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'first']);
    });
    const { stdout, stderr, ending } = await at.shell('node -p "1+1" && git log --format=%s && echo two >> file && git --no-optional-locks diff --stat && mkdir new && touch new/x && mv new old && rm -r old');
    expect([ending, stderr]).toEqual([{ kind: 'exited', code: 0 }, '']);
    expect(stdout.split('\n').slice(0, 3)).toEqual(['2', 'first', ' file | 1 +']);
    if (root) {
      const harm = await at.shell('mv .git x; rm -rf .git; echo x > .git/config; echo x > .git/hooks/pre-commit; git add file; chmod 777 .git; ls -d .git');
      expect(harm.stdout).toBe('.git\n');
      expect(execFileSync('git', ['-C', at.workspace, 'log', '--format=%s']).toString()).toBe('first\n');
      expect([existsSync(join(at.workspace, '.git/hooks/pre-commit')), readFileSync(join(at.workspace, 'file'), 'utf8')]).toEqual([false, 'one\ntwo\n']);
    }
  });

  it('leaves everything in the folder ours again, links included', async () => {
    const at = place({ readOnly: ['.git'] }, (workspace) => { mkdirSync(join(workspace, '.git')); });
    await at.shell('mkdir -m 700 a; echo x > a/f; ln -s /etc/passwd l; cp /bin/true s; chmod 4755 s; echo y > "$HOME/z"');
    for (const path of ['.', '.git', 'a', 'a/f', 'l', 's']) expect([path, lstatSync(join(at.workspace, path)).uid]).toEqual([path, process.geteuid?.()]);
    expect([lstatSync('/etc/passwd').uid, lstatSync(at.workspace).mode & 0o1000, lstatSync(join(at.workspace, 's')).mode & 0o4000]).toEqual([0, 0, root ? 0 : 0o4000]);
    expect((await at.shell('echo more >> a/f && cat a/f')).stdout).toBe('x\nmore\n');
  });

  (root ? it : it.skip)('is not given a file that has a name outside of the folder', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'heddle-outside-'));
    writeFileSync(join(outside, 'theirs'), 'theirs', { mode: 0o644 });
    const at = place({}, (workspace) => {
      linkSync(join(outside, 'theirs'), join(workspace, 'planted'));
      writeFileSync(join(workspace, 'own'), 'own');
      linkSync(join(workspace, 'own'), join(workspace, 'own too'));
    });
    const { stdout } = await at.shell('echo x 2>&- >> planted || echo refused; echo x >> own && echo written');
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(['refused', 'written']);
    expect(readFileSync(join(outside, 'theirs'), 'utf8')).toBe('theirs');
  });

  it('a link in place of its folder for temporary files is not followed', async () => {
    const at = place();
    const outside = mkdtempSync(join(tmpdir(), 'heddle-outside-'));
    await at.shell(`rm -rf "$TMPDIR"; ln -s '${outside}' "$TMPDIR"`);
    const again = forms[rung]?.open({ workspace: at.workspace, home: at.home, mounts: [], network: 'closed', readOnly: [] });
    expect(again?.ok).toBe(true);
    expect(lstatSync(join(at.home, '.tmp')).isDirectory()).toBe(true);
    expect(lstatSync(outside).uid).toBe(process.geteuid?.());
  });

  it('reads no secret file, no environment of ours, and signals nobody outside', async () => {
    const at = place();
    writeFileSync(join(at.root, 'secret'), 'canary-4711', { mode: 0o600 });
    const holder = { HOLD: 'canary-4711' };
    const { spawn } = await import('node:child_process');
    const outside = spawn('sleep', ['60'], { env: { ...holder, PATH: '/usr/bin:/bin' }, stdio: 'ignore' });
    try {
      const { stdout, stderr } = await at.shell(`cat '${at.root}/secret' /etc/shadow; cat /proc/${outside.pid}/environ /proc/${process.pid}/environ /proc/${process.pid}/maps; kill -0 ${outside.pid} && echo can; kill -9 ${outside.pid}; echo end`);
      expect(stdout).toBe('end\n');
      expect(stderr).not.toContain('canary-4711');
      expect(outside.exitCode ?? outside.signalCode).toBeNull();
    } finally {
      outside.kill('SIGKILL');
    }
  });

  it('writes nowhere outside', async () => {
    const at = place();
    mkdirSync(join(at.root, 'beside'));
    await at.shell(`for f in '${at.root}/x' '${at.root}/beside/x' /usr/heddle-x /etc/heddle-x /var/heddle-x; do echo x > "$f"; done`);
    expect(['x', 'beside/x'].map((path) => existsSync(join(at.root, path)))).toEqual([false, false]);
    expect(['/usr', '/etc', '/var'].map((folder) => existsSync(`${folder}/heddle-x`))).toEqual([false, false, false]);
  });

  it('has no privilege to gain', async () => {
    const { stdout } = await place().shell("grep -E '^(NoNewPrivs|CapEff|CapPrm|CapBnd|Seccomp|Groups):' /proc/self/status; id -u; ls /proc/self/fd | wc -l");
    const facts = new Map(stdout.split('\n').map((line) => line.split(':\t')).map(([name = '', value = '']) => [name, value.trim()]));
    expect([facts.get('NoNewPrivs'), facts.get('CapEff'), facts.get('CapPrm'), facts.get('Seccomp')]).toEqual(['1', '0000000000000000', '0000000000000000', '2']);
    if (root) expect([facts.get('Groups'), stdout.includes('\n0\n')]).toEqual(['', false]);
  });

  (root ? it : it.skip)('leaves no daemon, though it left its parents, its session and its environment', async () => {
    const at = place();
    const script = `trap '' TERM HUP; ( env -i setsid /bin/sh -c 'trap "" TERM; ( while :; do echo beat-${rung}-${own} >> heartbeat; done ) & ' </dev/null >/dev/null 2>&1 & ) ; while [ ! -s heartbeat ]; do :; done`;
    expect((await at.shell(script)).ending).toEqual({ kind: 'exited', code: 0 });
    expect(commandLines().filter((line) => line.includes(`beat-${rung}-${own}`))).toEqual([]);
  });

  it('is bounded: a fork bomb ends, and so does its whole tree', async () => {
    const bomb = `f() { sleep 64.${own} & if [ "$1" -gt 0 ]; then f $(($1-1)) & f $(($1-1)) & fi; wait; }; f 10`;
    const { ending } = await place().run(['sh', '-c', bomb], {}, { processesMax: 60 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'processes' });
    expect(commandLines().filter((line) => line.includes(`sleep\x0064.${own}`))).toEqual([]);
  });

  it('ends when it is cancelled, and with nothing of it alive', async () => {
    const at = place();
    const stop = new AbortController();
    const running = at.sandbox.start({ command: 'sh', args: ['-c', `env -i setsid sleep 65.${own} & echo up; wait`], env: {}, cwd: '', stdin: undefined, relays: [] }, LIMITS, stop.signal);
    for await (const { bytes } of running.output) if (Buffer.from(bytes).toString().includes('up')) stop.abort();
    expect((await running.ended).ending).toEqual({ kind: 'stopped', reason: 'cancelled' });
    expect(commandLines().filter((line) => line.includes(`sleep\x0065.${own}`))).toEqual([]);
  });

  it('works beside another in the same folder, and one end leaves the other alone', async () => {
    const at = place();
    const first = at.start(['sh', '-c', 'while [ ! -e go ]; do sleep 0.02; done; echo done > first; cat first']);
    const second = await at.shell('echo two > second; cat second');
    expect(second).toMatchObject({ stdout: 'two\n', ending: { kind: 'exited', code: 0 } });
    writeFileSync(join(at.workspace, 'go'), '');
    expect((await first.ended).ending).toEqual({ kind: 'exited', code: 0 });
    expect(['first', 'second'].map((name) => lstatSync(join(at.workspace, name)).uid)).toEqual([process.geteuid?.(), process.geteuid?.()]);
  });

  (root ? it : it.skip)('leaves no daemon when two in the same folder end in the same moment', async () => {
    const at = place();
    const stop = new AbortController();
    const script = `( env -i setsid /bin/sh -c 'trap "" TERM; ( : > "up$0"; exec sleep 66.${own} ) & ' $1 </dev/null >/dev/null 2>&1 & ); while :; do sleep 0.02; done`;
    const both = ['1', '2'].map((name) => at.sandbox.start({ command: 'sh', args: ['-c', script, 'sh', name], env: {}, cwd: '', stdin: undefined, relays: [] }, LIMITS, stop.signal));
    while (['1', '2'].some((name) => !existsSync(join(at.workspace, `up${name}`)))) await new Promise((resolve) => { setImmediate(resolve); });
    while (commandLines().filter((line) => line.includes(`sleep\x0066.${own}`)).length < 2) await new Promise((resolve) => { setImmediate(resolve); });
    stop.abort();
    await Promise.all(both.map((each) => each.ended));
    expect(commandLines().filter((line) => line.includes(`sleep\x0066.${own}`))).toEqual([]);
    expect(lstatSync(join(at.workspace, 'up1')).uid).toBe(process.geteuid?.());
  });

  it('starts nowhere but below its folder, and is shown nothing at another place', async () => {
    const at = place();
    symlinkSync('/etc', join(at.workspace, 'link'));
    for (const cwd of ['..', '/etc', 'link', 'missing']) expect((await at.shell('pwd', { cwd })).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
    const moved = forms[rung]?.open({ workspace: at.workspace, home: at.home, mounts: [{ from: '/etc', to: '/elsewhere', writable: false }], network: 'closed', readOnly: [] });
    expect(moved).toMatchObject({ ok: false, error: { code: 'unsupported' } });
  });

  it('is not started when its launcher cannot be written', async () => {
    const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-scratch-')));
    const found = await (rung === 'landlock' ? findLandlock : findOwnUid)(sandboxOptions({ scratch }));
    const at = placeOf(found.flatMap((each) => each.ok ? [each.value] : [])[0], { mounts: [] });
    rmSync(scratch, { recursive: true });
    expect((await at.shell('true')).ending).toMatchObject({ kind: 'not-started', fault: { code: 'io', side: 'setup' } });
  });

  it('leaves no launcher behind', async () => {
    const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-scratch-')));
    for (const name of ['ws', 'home']) mkdirSync(join(scratch, name));
    const found = await (rung === 'landlock' ? findLandlock : findOwnUid)(sandboxOptions({ scratch }));
    const opened = found.flatMap((each) => each.ok ? [each.value] : [])[0]?.open({ workspace: join(scratch, 'ws'), home: join(scratch, 'home'), mounts: [], network: 'closed', readOnly: [] });
    if (opened?.ok !== true) throw new Error('not opened');
    const running = opened.value.start({ command: 'sh', args: ['-c', 'env -i setsid sleep 66 & exit 3'], env: {}, cwd: '', stdin: undefined, relays: [] }, LIMITS);
    expect((await running.ended).ending).toEqual({ kind: 'exited', code: 3 });
    expect(readdirSync(scratch).sort()).toEqual(['home', 'ws']);
  });

  (root ? it : it.skip)('is not opened where a folder above is closed: it says which', () => {
    const above = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-closed-')));
    mkdirSync(join(above, 'ws'));
    chownSync(above, 12_345, 12_345);
    const opened = forms[rung]?.open({ workspace: join(above, 'ws'), home: join(above, 'ws'), mounts: [], network: 'closed', readOnly: [] });
    expect(opened).toMatchObject({ ok: false, error: { code: 'unsupported' } });
    expect(opened?.ok === false && opened.error.message).toContain(above);
  });
});

afterAll(removePlaces);

(root ? describe : describe.skip)('programs that share an account', () => {
  it('the last that has ended is alone, whoever else is still being looked after; a new one is not disturbed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-account-'));
    const book = new AccountBook(sandboxOptions().hex);
    book.accountFor(folder);
    const take = (): ReturnType<AccountBook['take']> => book.take(folder, [{ folder, readOnly: [] }]);
    const [first, second] = [take(), take()];
    expect([first.alone(), second.alone()]).toEqual([false, false]);
    first.over();
    expect([first.alone(), second.alone()]).toEqual([false, true]);
    second.over();
    expect([first.alone(), second.alone()]).toEqual([true, true]);
    const third = take();
    expect([first.alone(), second.alone(), third.alone()]).toEqual([false, false, true]);
    for (const each of [first, second]) each.giveBack();
    expect([third.alone(), lstatSync(folder).uid === process.geteuid?.()]).toEqual([true, false]);
    third.giveBack();
    expect(lstatSync(folder).uid).toBe(process.geteuid?.());
    rmSync(folder, { recursive: true });
  });
});
