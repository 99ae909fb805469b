import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { containerArguments, mountable } from '../../../src/containment/sandbox/container-arguments.js';
import type { ContainerPlan } from '../../../src/containment/sandbox/container-arguments.js';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import { seccompProfile } from '../../../src/containment/sandbox/seccomp-profile.js';
import type { ProgramLimits, SandboxFactory } from '../../../src/ports/sandbox.js';
import { LIMITS, finished, sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real engines, on a machine that may be busy. */
jest.setTimeout(120_000);

const ID = `sha256:${'a'.repeat(64)}`;
const PLAN: ContainerPlan = {
  name: 'heddle-x', image: ID, user: { uid: 61_000, gid: 61_000 }, keepId: false, mounts: [{ from: '/data/w', to: '/ws', writable: true }, { from: '/data/t', to: '/opt/t', writable: false }],
  network: 'closed', env: { A: 'b c' }, cwd: '', profile: '/data/p.json', talks: false, openFilesMax: 1000, accountProcessesMax: 2000, limits: LIMITS, command: ['sh', '-c', 'true'],
};

const has = (plan: Partial<ContainerPlan>, ...run: string[]): boolean => {
  const args = containerArguments({ ...PLAN, ...plan });
  return args.some((_, at) => run.every((each, offset) => args[at + offset] === each));
};

describe('the arguments of a container engine', () => {
  it.each<[string, readonly string[]]>([
    ['close the network', ['--network', 'none']], ['keep the root read-only', ['--read-only']], ['drop every capability', ['--cap-drop', 'ALL']],
    ['allow no new privileges', ['--security-opt', 'no-new-privileges']], ['bring our filter', ['--security-opt', 'seccomp=/data/p.json']],
    ['never fetch an image', ['--pull', 'never']], ['bound processes', ['--pids-limit', String(LIMITS.processesMax)]], ['bound memory', ['--memory', String(LIMITS.memoryBytesMax)]],
    ['leave no core', ['--ulimit', 'core=0:0']], ['name an account', ['--user', '61000:61000']], ['mount read-only what is not to be written', ['--mount', 'type=bind,source=/data/t,destination=/opt/t,readonly']],
    ['mount the workspace', ['--mount', 'type=bind,source=/data/w,destination=/ws']], ['end with the image and the command', ['--entrypoint', 'sh', ID, '-c', 'true']],
  ])('%s', (_, run) => {
    expect(has({}, ...run)).toBe(true);
  });

  it('show no socket of an engine, no privilege and no host namespace', () => {
    expect(containerArguments(PLAN).filter((each) => /docker\.sock|podman\.sock|privileged$|^host$|^--pid$|^--ipc$/.test(each) && each !== 'no-new-privileges')).toEqual([]);
  });

  it('follow the plan where it may differ', () => {
    expect(has({ network: 'open' }, '--network', 'none')).toBe(false);
    expect(has({ keepId: true }, '--userns', 'keep-id')).toBe(true);
    expect(has({ talks: true }, '--interactive')).toBe(true);
    expect(['a b', 'a,b', 'a"b', 'a\nb', 'ü'].map(mountable)).toEqual([true, false, false, false, true]);
  });
});

describe('the profile of container engines', () => {
  const profile = seccompProfile('x64') as { architectures: string[]; syscalls: { names: string[]; errnoRet: number; args?: { value: number; op: string }[] }[] };

  it('refuses what the filter refuses, and knows one architecture', () => {
    expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64']);
    const whole = profile.syscalls.filter((rule) => rule.args === undefined);
    expect(whole.flatMap((rule) => rule.names)).toEqual(expect.arrayContaining(['ptrace', 'io_uring_setup', 'keyctl', 'bpf', 'mount', 'unshare', 'setns', 'userfaultfd', 'perf_event_open', 'clone3']));
    expect(whole.find((rule) => rule.names.includes('clone3'))?.errnoRet).toBe(38);
  });

  it('lets the four families of sockets through and no other', () => {
    const refused = profile.syscalls.filter((rule) => rule.names.includes('socket') && rule.args?.[0]?.op === 'SCMP_CMP_EQ').map((rule) => rule.args?.[0]?.value);
    expect([1, 2, 10, 16].some((family) => refused.includes(family))).toBe(false);
    expect([17, 38, 40, 44].every((family) => refused.includes(family))).toBe(true);
  });
});

/** Answers like an engine that has the image, and keeps what it was asked. */
function fakeEngine(run: string, name = 'docker'): { readonly path: string; readonly log: string } {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-engine-'));
  const log = join(folder, 'log');
  writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\ncase "$1" in image) echo ${ID};; ps) ;; run) ${run};; esac\n`, { mode: 0o755 });
  return { path: join(folder, name), log };
}

async function whyNot(container: { image: string; engine?: string } | undefined, path = '/no/such'): Promise<string> {
  const probed = await createSandboxFactory(sandboxOptions({ rungs: ['container'], path, container: async () => container === undefined ? undefined : { pull: false, ...container } })).probe();
  expect(probed.rung).toBe('none');
  return probed.refused.filter((each) => each.rung === 'container').map((each) => `${each.why} ${each.fix}`).join(' ');
}

describe('the rung container is refused, with why and fix', () => {
  it.each<[string, Parameters<typeof whyNot>[0], RegExp]>([
    ['without an image', undefined, /No image is configured.*sandbox\.image/], ['with a tag', { image: 'node:20' }, /another image tomorrow.*digest/],
    ['without an engine', { image: ID }, /Neither podman nor docker.*Install/],
    ['with an engine that does not answer', { image: ID, engine: '/bin/false' }, /does not answer.*pull/],
  ])('%s', async (_, container, words) => {
    expect(await whyNot(container)).toMatch(words);
  });

  it('is not taken in by an engine that runs the command unconfined, and asks for its end by name', async () => {
    // The entry point, then everything after the image.
    const engine = fakeEngine('shift; while [ "$1" != --entrypoint ]; do shift; done; c=$2; shift 3; "$c" "$@"');
    expect(await whyNot({ image: ID, engine: engine.path })).toMatch(/did not hold.*network connection/);
    expect(readFileSync(engine.log, 'utf8')).toMatch(/ps --all --quiet --filter name=\^heddle-/);
  });
});

/** An image of this machine's own libraries and one static program, so that nothing is downloaded. */
function localImage(engine: string): string | undefined {
  if (!existsSync('/bin/busybox') || spawnSync('ldd', ['/bin/busybox']).status === 0) return undefined;
  const root = mkdtempSync(join(tmpdir(), 'heddle-image-'));
  for (const folder of ['usr/bin', 'usr/lib', 'usr/lib64', 'etc', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  copyFileSync('/bin/busybox', join(root, 'usr/bin/busybox'));
  for (const name of ['sh', 'cat', 'id', 'touch', 'sleep', 'unshare', 'mount', 'grep', 'mkdir', 'chmod', 'seq']) symlinkSync('busybox', join(root, 'usr/bin', name));
  for (const [library] of execFileSync('ldd', [realpathSync(process.execPath)], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
    const target = join(root, 'usr', dirname(library).replace(/^\/usr/, ''), basename(library));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(library), target);
  }
  execFileSync('tar', ['-c', '-f', join(root, 'image.tar'), '-C', root, 'usr', 'etc', 'tmp', 'bin', 'lib', 'lib64']);
  const made = spawnSync(engine, ['import', join(root, 'image.tar'), 'heddle-test:local'], { encoding: 'utf8' });
  const id = made.stdout.trim().split('\n').at(-1) ?? '';
  return made.status === 0 && /^(sha256:)?[0-9a-f]{64}$/.test(id) ? `sha256:${id.replace('sha256:', '')}` : undefined;
}

/** podman as it is, and with the other runtime, which knows more kinds of control groups. */
async function realFactory(): Promise<{ readonly factory: SandboxFactory; readonly engine: string; readonly image: string } | string> {
  const wrapped = join(mkdtempSync(join(tmpdir(), 'heddle-engine-')), 'podman');
  writeFileSync(wrapped, '#!/bin/sh\nexec podman --runtime runc "$@"\n');
  chmodSync(wrapped, 0o755);
  const why: string[] = [];
  for (const engine of ['/usr/bin/podman', wrapped, '/usr/bin/docker']) {
    if (spawnSync(engine, ['version'], { timeout: 20_000 }).status !== 0) { why.push(`${engine} does not answer`); continue; }
    const image = localImage(engine);
    if (image === undefined) { why.push('no static busybox to make an image of'); continue; }
    const factory = createSandboxFactory(sandboxOptions({ rungs: ['container'], container: async () => ({ image, pull: false, engine }) }));
    const { rung, refused } = await factory.probe();
    if (rung === 'container') return { factory, engine, image };
    why.push(refused.filter((each) => each.rung === 'container').map((each) => each.why).join(' '));
  }
  return why.join('; ').slice(0, 600);
}

const real = await realFactory();

if (typeof real === 'string') describe.skip(`no container engine works here: ${real}`, () => { it('skipped', () => undefined); });
else describe(`a program in a container by ${real.engine}`, () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-container-test-')));
  afterAll(() => { spawnSync(real.engine, ['rmi', '--force', real.image]); });

  const shell = async (name: string, script: string, limits: Partial<ProgramLimits> = {}): Promise<Awaited<ReturnType<typeof finished>> & { readonly workspace: string }> => {
    const [workspace, home] = [join(root, name, 'ws'), join(root, name, 'home')];
    for (const folder of [workspace, home]) mkdirSync(folder, { recursive: true });
    const opened = await real.factory.open({ workspace, home, mounts: [], network: 'closed', readOnly: [] });
    if (!opened.ok) throw new Error(opened.error.message);
    const program = { command: 'sh', args: ['-c', script], env: {}, cwd: '', stdin: undefined, relays: [] };
    return { ...await finished(opened.value.start(program, { ...LIMITS, ...limits })), workspace };
  };

  it('has no privileges, our filter and an account that is not root', async () => {
    const { stdout, ending } = await shell('bare', 'id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; exit 7');
    expect(ending).toEqual({ kind: 'exited', code: 7 });
    expect(stdout.replace(/\t/g, ' ').split('\n').slice(1, 5)).toEqual(['CapEff: 0000000000000000', 'CapBnd: 0000000000000000', 'NoNewPrivs: 1', 'Seccomp: 2']);
    expect(Number(stdout.split('\n')[0])).toBeGreaterThan(0);
  });

  it('cannot make namespaces or mounts, nor write to the system', async () => {
    const { stdout } = await shell('held', '(unshare -U true || mount -t tmpfs none /tmp || touch /usr/x /x || : >> /proc/sys/kernel/core_pattern) 2>/dev/null || echo refused');
    expect(stdout).toBe('refused\n');
  });

  it('leaves files that are ours, and is known to the engine no longer', async () => {
    const { workspace } = await shell('kept', 'mkdir -m 700 d; echo data > d/f; chmod 600 d/f');
    expect(readFileSync(join(workspace, 'd/f'), 'utf8')).toBe('data\n');
    expect(spawnSync(real.engine, ['ps', '--all', '--quiet', '--filter', 'name=^heddle-'], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('ends with its whole container at a bound', async () => {
    const { ending, workspace } = await shell('late', '( while :; do echo beat >> heartbeat; sleep 0.01; done ) & sleep 60', { wallMsMax: 3_000 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'wall' });
    expect(readdirSync(workspace)).toEqual(['heartbeat']);
    const size = readFileSync(join(workspace, 'heartbeat')).length;
    for (let turn = 0; turn < 2000; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
    expect(readFileSync(join(workspace, 'heartbeat')).length).toBe(size);
  });
});
