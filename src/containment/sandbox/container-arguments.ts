import type { ProgramLimits } from '../../ports/sandbox.js';
import { TEMP, WORKDIR } from './places.js';

export interface ContainerMount { readonly from: string; readonly to: string; readonly writable: boolean }

/** Everything that decides the arguments of `podman run` and `docker run`. */
export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** Rootless podman: the user inside is the user outside. */
  readonly keepId: boolean;
  readonly mounts: readonly ContainerMount[];
  readonly network: 'closed' | 'open';
  readonly env: Readonly<Record<string, string>>;
  /** Below the working folder; '' = itself. */
  readonly cwd: string;
  /** Our seccomp profile, a file. */
  readonly profile: string;
  readonly talks: boolean;
  /** Bounds that an engine without all rights cannot raise above its own. */
  readonly openFilesMax: number;
  readonly accountProcessesMax: number;
  readonly limits: ProgramLimits;
  readonly command: readonly string[];
}

const MEGABYTE = 1024 * 1024;

/**
 * The arguments after the engine's name: no network, a root that is read-only, no capability, no new privileges, our
 * filter, the engine's own bounds, nothing mounted but what the plan names (so never the engine's socket), and an image
 * that is never fetched.
 */
export function containerArguments(plan: ContainerPlan): readonly string[] {
  const [entry = '', ...args] = plan.command;
  const seconds = Math.max(1, Math.ceil(plan.limits.cpuMsMax / 1000));
  return [
    'run', '--rm', '--name', plan.name, '--pull', 'never', ...(plan.talks ? ['--interactive'] : []),
    ...(plan.network === 'closed' ? ['--network', 'none'] : []),
    '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${plan.profile}`, '--security-opt', 'label=disable',
    '--pids-limit', String(plan.limits.processesMax), '--memory', String(plan.limits.memoryBytesMax),
    '--ulimit', `nofile=${plan.openFilesMax}:${plan.openFilesMax}`, '--ulimit', `nproc=${plan.accountProcessesMax}:${plan.accountProcessesMax}`, '--ulimit', 'core=0:0', '--ulimit', `cpu=${seconds}:${seconds}`,
    '--ulimit', `fsize=${plan.limits.writtenFileBytesMax}:${plan.limits.writtenFileBytesMax}`,
    ...(plan.keepId ? ['--userns', 'keep-id'] : []), '--user', `${plan.user.uid}:${plan.user.gid}`,
    '--hostname', 'sandbox', '--shm-size', String(256 * MEGABYTE), '--tmpfs', `${TEMP}:rw,nosuid,nodev,size=${1024 * MEGABYTE},mode=1777`,
    ...plan.mounts.flatMap(({ from, to, writable }) => ['--mount', `type=bind,source=${from},destination=${to}${writable ? '' : ',readonly'}`]),
    ...Object.entries(plan.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    '--workdir', plan.cwd === '' ? WORKDIR : `${WORKDIR}/${plan.cwd}`,
    '--entrypoint', entry, plan.image, ...args,
  ];
}

/** The form of `--mount` has no place for these characters. */
export function mountable(path: string): boolean {
  return !/[,"\n\r]/.test(path);
}

