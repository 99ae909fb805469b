import { execFileSync } from 'node:child_process';

const NOBODY = 65534;

/** What is done here is done without root's right to pass everything: as root, the folder is given to another user for it. */
export async function asPlainUser(folder: string, act: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return act();
  execFileSync('chown', ['-R', String(NOBODY), folder]);
  process.seteuid?.(NOBODY);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}
