import { readFileSync } from 'node:fs';

/** Facts of the machine that explain why namespaces are refused. */
export interface NamespaceFacts {
  readonly root: boolean;
  readonly installed: boolean;
  /** kernel.apparmor_restrict_unprivileged_userns is 1 (Ubuntu 23.10 and later). */
  readonly apparmorRestricts: boolean;
  /** kernel.unprivileged_userns_clone is 0 (a Debian setting). */
  readonly cloneOff: boolean;
  /** user.max_user_namespaces is 0. */
  readonly namespacesOff: boolean;
  /** A system-call filter is already on us: a container's default profile refuses namespaces. */
  readonly filtered: boolean;
}

/** What a person can do so that bubblewrap works; from facts, never from the words of an error. */
export function bubblewrapAdvice(facts: NamespaceFacts): string {
  if (!facts.installed) return 'Install bubblewrap (for example `sudo apt-get install bubblewrap`) in a step before Heddle.';
  if (facts.namespacesOff) return 'User namespaces are switched off here: set the sysctl user.max_user_namespaces to a number above 0, for example 10000.';
  if (!facts.root && facts.cloneOff) return 'Plain users may not make user namespaces here: set the sysctl kernel.unprivileged_userns_clone=1.';
  if (!facts.root && facts.apparmorRestricts) {
    return 'AppArmor keeps plain users from user namespaces, as Ubuntu 24.04 does by default: let this user run `sudo` without a password, which Heddle then uses, or in a step before Heddle run '
      + '`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or load the bwrap-userns-restrict profile of the distribution.';
  }
  if (facts.filtered) return 'This process is in a container whose system-call filter refuses namespaces: use a runner on a virtual machine, or a container with a seccomp profile that allows them.';
  return 'Try it by hand: `bwrap --ro-bind / / true`.';
}

export function readNamespaceFacts(installed: boolean): NamespaceFacts {
  const setting = (name: string): string => read(`/proc/sys/${name}`).trim();
  return {
    root: process.geteuid?.() === 0,
    installed,
    apparmorRestricts: setting('kernel/apparmor_restrict_unprivileged_userns') === '1',
    cloneOff: setting('kernel/unprivileged_userns_clone') === '0',
    namespacesOff: setting('user/max_user_namespaces') === '0',
    filtered: /^Seccomp:\t2$/m.test(read('/proc/self/status')),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
