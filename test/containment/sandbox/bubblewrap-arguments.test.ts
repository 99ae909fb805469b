import { describe, expect, it } from '@jest/globals';
import { bubblewrapArguments, bubblewrapFeatures, bubblewrapFiles } from '../../../src/containment/sandbox/bubblewrap-arguments.js';
import type { BubblewrapPlan } from '../../../src/containment/sandbox/bubblewrap-arguments.js';

const PLAN: BubblewrapPlan = {
  workspace: '/data/w', home: '/data/h', readOnly: [], mounts: [], tools: [], roots: [], network: 'closed', relaySockets: [],
  env: {}, cwd: '', features: { perms: true, tmpfsSize: true, disableUserns: true }, identity: { kind: 'namespace' }, systemFolder: undefined,
};

const has = (plan: Partial<BubblewrapPlan>, ...run: string[]): boolean => {
  const args = bubblewrapArguments({ ...PLAN, ...plan });
  return args.some((_, at) => run.every((each, offset) => args[at + offset] === each));
};

describe('the arguments of bubblewrap', () => {
  it.each<[string, Partial<BubblewrapPlan>, readonly string[]]>([
    ['leave nothing of the host\'s processes', {}, ['--unshare-pid']],
    ['drop every capability', {}, ['--cap-drop', 'ALL']],
    ['die with us', {}, ['--die-with-parent']],
    ['take a session of their own', {}, ['--new-session']],
    ['empty the environment', {}, ['--clearenv']],
    ['close the network', {}, ['--unshare-net']],
    ['keep the kernel\'s settings from root', {}, ['--ro-bind-try', '/proc/sys', '/proc/sys']],
    ['keep root from growing', {}, ['--remount-ro', '/']],
    ['bound a temporary folder', {}, ['--size', String(2 ** 30), '--tmpfs', '/tmp']],
    ['bind workspace and home', {}, ['--bind', '/data/h', '/home/agent', '--bind', '/data/w', '/ws']],
    ['cover a read-only path after its workspace', { readOnly: ['.git'] }, ['/data/w', '/ws', '--ro-bind', '/data/w/.git', '/ws/.git']],
    ['mount read-only', { mounts: [{ from: '/a', to: '/b', writable: false }] }, ['--ro-bind', '/a', '/b']],
    ['mount writable', { mounts: [{ from: '/a', to: '/b', writable: true }] }, ['--bind', '/a', '/b']],
    ['show the relay', { relaySockets: ['/s/x.sock'] }, ['--ro-bind', '/s/x.sock', '/run/heddle/relay-0.sock']],
    ['link roots as the machine does', { roots: [{ kind: 'link', path: '/bin', target: 'usr/bin' }] }, ['--symlink', 'usr/bin', '/bin']],
    ['bind roots that are folders', { roots: [{ kind: 'folder', path: '/lib64' }] }, ['--ro-bind', '/lib64', '/lib64']],
    ['set the environment', { env: { A: 'b c' } }, ['--setenv', 'A', 'b c']],
    ['start in a folder below', { cwd: 'sub/dir' }, ['--chdir', '/ws/sub/dir']],
  ])('%s', (_, plan, run) => {
    expect(has(plan, ...run)).toBe(true);
  });

  const own: Partial<BubblewrapPlan> = { identity: { kind: 'own-uid', uid: 61200 }, env: { LD_PRELOAD: '/ws/x.so' }, tools: ['/opt/a/b'] };

  it.each<[string, Partial<BubblewrapPlan>, readonly string[]]>([
    ['may be used by another account', own, ['--perms', '1777', '--size', String(2 ** 30), '--tmpfs', '/tmp']],
    ['lead another account to the tools', own, ['--perms', '0755', '--dir', '/opt', '--perms', '0755', '--dir', '/opt/a', '--ro-bind-try', '/opt/a/b']],
    ['keep only what it takes to become another account', own, ['--cap-drop', 'ALL', '--cap-add', 'CAP_CHOWN']],
    ['read the system files by name behind sudo', { ...own, systemFolder: '/data/s' }, ['--ro-bind', '/data/s/passwd', '/etc/passwd']],
  ])('%s', (_, plan, run) => {
    expect(has(plan, ...run)).toBe(true);
  });

  it('with an account of its own neither set the environment nor make a user namespace', () => {
    expect(has(own, '--setenv')).toBe(false);
    expect(has(own, '--unshare-user')).toBe(false);
    expect(has({}, '--unshare-user', '--disable-userns')).toBe(true);
  });

  it.each<[string, Partial<BubblewrapPlan>, readonly string[]]>([
    ['an open network is shared and has no relay', { network: 'open', relaySockets: ['/s/x.sock'] }, ['--unshare-net']],
    ['an open network needs no socket', { network: 'open', relaySockets: ['/s/x.sock'] }, ['/s/x.sock']],
    ['a closed network needs no resolver', {}, ['/etc/resolv.conf']],
    ['an old bubblewrap knows no sizes', { features: { perms: true, tmpfsSize: false, disableUserns: true } }, ['--size']],
    ['an old bubblewrap cannot forbid namespaces itself', { features: { perms: true, tmpfsSize: true, disableUserns: false } }, ['--disable-userns']],
    ['nobody sees whole /etc/ssl, with its private keys', {}, ['/etc/ssl', '/etc/ssl']],
  ])('%s', (_, plan, run) => {
    expect(has(plan, ...run)).toBe(false);
  });

  it('travel as one file, each ended by NUL, so that blanks, quotes, newlines and dashes stay what they are', () => {
    const odd = '/data/-a "b"\n\'c\' $(d)';
    const [args, filter, passwd] = bubblewrapFiles({ ...PLAN, workspace: odd }, new Uint8Array([1]));
    expect(new TextDecoder().decode(args).split('\0')).toEqual([...bubblewrapArguments({ ...PLAN, workspace: odd }), '']);
    expect(filter).toEqual(new Uint8Array([1]));
    expect(new TextDecoder().decode(passwd)).toContain('agent:x:1000:');
  });

  it.each([
    ['bubblewrap 0.4.0', false, false, false], ['bubblewrap 0.6.1', true, false, false], ['bubblewrap 0.7.0', true, true, false],
    ['bubblewrap 0.8.0', true, true, true], ['bubblewrap 0.11.0', true, true, true], ['bubblewrap 1.0', true, true, true], ['something else', false, false, false],
  ])('%s has the abilities of its age', (version, perms, tmpfsSize, disableUserns) => {
    expect(bubblewrapFeatures(version)).toEqual({ perms, tmpfsSize, disableUserns });
  });
});
