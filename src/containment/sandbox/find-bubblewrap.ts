import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { bubblewrapAdvice, readNamespaceFacts } from './advice.js';
import { bubblewrapFeatures } from './bubblewrap-arguments.js';
import { openBubblewrap } from './bubblewrap.js';
import type { BubblewrapProgram, BubblewrapWay } from './bubblewrap.js';
import { findProgram, isExecutable } from './find-program.js';
import { findOwnAccount } from './own-account.js';
import type { FormRefusal, RungForm } from './rung-form.js';
import { runBriefly } from './run-briefly.js';
import type { SandboxOptions } from './sandbox-options.js';

/** The forms of the rung `bubblewrap` that could be tried here, strongest first. */
export async function findBubblewrap(options: SandboxOptions): Promise<readonly Result<RungForm, FormRefusal>[]> {
  const found = await findBubblewrapProgram(options);
  if (!found.ok) return [found];
  const program = found.value;
  const form = (way: BubblewrapWay, fix: string): Result<RungForm, FormRefusal> => ok({
    rung: 'bubblewrap', form: way.form, fix, open: (request) => ok(openBubblewrap(program, way, request, options)),
  });
  const namespace = form({ form: 'user namespace', identity: { kind: 'namespace' }, sudo: undefined }, bubblewrapAdvice(readNamespaceFacts(true)));
  const root = process.geteuid?.() === 0;
  const own = await ownUidForm(program, options, form, !root);
  // For root an account of its own is the stronger one: through a user namespace the program is root to the kernel, with
  // nothing but the namespace between. A plain user's namespace needs no help of root at all.
  if (!root) return [namespace, own];
  // Root needs no sudo; asked for by name it is there all the same, so that its road can be tried.
  return [own, namespace, ...(options.forms?.includes(SUDO_FORM) === true ? [await ownUidForm(program, options, form, true)] : [])];
}

async function ownUidForm(program: BubblewrapProgram, options: SandboxOptions, form: (way: BubblewrapWay, fix: string) => Result<RungForm, FormRefusal>, throughSudo: boolean): Promise<Result<RungForm, FormRefusal>> {
  const name = throughSudo ? SUDO_FORM : 'own uid';
  const refused = (why: string, fix: string): Result<never, FormRefusal> => err({ form: name, why, fix });
  if (!program.features.perms) return refused('This bubblewrap is older than 0.5 and cannot prepare folders for another account.', 'Install a newer bubblewrap.');
  if (findProgram('setpriv', HELPER_PATH) === undefined) return refused('The program setpriv was not found in /usr/bin.', 'Install util-linux.');
  const account = findOwnAccount(options.hex, new Set());
  if (account === undefined) return refused('No number for an account of its own is free in this user namespace.', 'Use a runner that maps 65,536 accounts.');
  const identity = { kind: 'own-uid', uid: account.uid } as const;
  if (!throughSudo) return form({ form: name, identity, sudo: undefined }, 'Root must be able to make mounts and to change its account: not in a container without these rights.');
  const sudo = options.sudo ?? findProgram('sudo', options.path);
  if (sudo === undefined) return refused('There is no sudo, which would help where plain users may not make namespaces.', bubblewrapAdvice(readNamespaceFacts(true)));
  const asked = await runBriefly(sudo, ['-n', '--', 'true'], { ...options, env: { PATH: HELPER_PATH } });
  if (asked.code !== 0) return refused('sudo wants a password, or does not allow this user.', 'Let this user run commands as root without a password, as hosted runners do; or mend what keeps user namespaces away.');
  return form({ form: name, identity, sudo }, 'Run `sudo -n bwrap --ro-bind / / true` by hand: it must work.');
}

const SUDO_FORM = 'sudo, own uid';
const HELPER_PATH = '/usr/bin:/bin';

async function findBubblewrapProgram(options: SandboxOptions): Promise<Result<BubblewrapProgram, FormRefusal>> {
  const refused = (why: string, fix: string): Result<never, FormRefusal> => err({ form: 'any', why, fix });
  if (process.platform !== 'linux') return refused(`bubblewrap needs Linux; this is ${process.platform}.`, 'Use a Linux runner.');
  const arch = process.arch;
  if (arch !== 'x64' && arch !== 'arm64') return refused(`The system-call filter knows x64 and arm64; this is ${arch}.`, 'Use a runner of one of these.');
  const path = options.bubblewrap ?? findProgram('bwrap', options.path);
  if (path === undefined || !isExecutable(path)) return refused('The program bwrap was not found.', bubblewrapAdvice(readNamespaceFacts(false)));
  const { code, stdout } = await runBriefly(path, ['--version'], options);
  if (code !== 0) return refused(`${path} does not even tell its version.`, bubblewrapAdvice(readNamespaceFacts(true)));
  return ok({ path, features: bubblewrapFeatures(stdout), arch });
}
