import { NAMESPACE_FLAGS, SOCKET_FAMILIES, TERMINAL_INPUT } from './seccomp.js';
import type { SandboxArch } from './seccomp.js';
import { DENIED_CALLS, numbersFor } from './system-calls.js';

/**
 * The same filter as `seccompProgram`, in the JSON form that container engines read (the profile format of Docker and of
 * libseccomp's names). Calls of any other architecture end the process, since none but ours is listed.
 */
export function seccompProfile(arch: SandboxArch): object {
  const calls = numbersFor(arch);
  const refused = { action: 'SCMP_ACT_ERRNO', errnoRet: EPERM } as const;
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: [arch === 'x64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64'],
    syscalls: [
      { names: DENIED_CALLS.filter((name) => calls[name] !== undefined), ...refused },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      // One comparison each: older engines take several of one argument as "all of them" and newer ones as "any".
      ...bitsOf(NAMESPACE_FLAGS).map((bit) => ({ names: ['clone'], ...refused, args: [{ index: 0, value: bit, valueTwo: bit, op: 'SCMP_CMP_MASKED_EQ' }] })),
      ...otherFamilies().map((family) => ({ names: ['socket'], ...refused, args: [{ index: 0, value: family, op: 'SCMP_CMP_EQ' }] })),
      { names: ['socket'], ...refused, args: [{ index: 0, value: FAMILIES, op: 'SCMP_CMP_GE' }] },
      { names: ['socketpair'], ...refused, args: [{ index: 0, value: 1, op: 'SCMP_CMP_NE' }] },
      ...TERMINAL_INPUT.map((value) => ({ names: ['ioctl'], ...refused, args: [{ index: 1, value: 0xffffffff, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }] })),
    ],
  };
}

const EPERM = 1;
const ENOSYS = 38;
/** AF_MAX of linux/socket.h. */
const FAMILIES = 46;

function otherFamilies(): readonly number[] {
  return Array.from({ length: FAMILIES }, (_, family) => family).filter((family) => !SOCKET_FAMILIES.includes(family));
}

function bitsOf(mask: number): readonly number[] {
  return Array.from({ length: 31 }, (_, bit) => 2 ** bit).filter((bit) => (mask & bit) !== 0);
}
