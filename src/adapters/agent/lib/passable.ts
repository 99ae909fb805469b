import { chmod, lstat } from 'node:fs/promises';

/**
 * Gives us back the right to read and write a folder. An agent without a user id of its own can take it from its folders, and
 * what we do in them afterwards must not fail for that. The path must be no link; its process must be dead.
 */
export async function passable(folder: string | Buffer): Promise<void> {
  const { mode } = await lstat(folder);
  if ((mode & 0o700) !== 0o700) await chmod(folder, (mode & 0o7777) | 0o700);
}
