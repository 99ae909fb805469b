import { existsSync } from 'node:fs';
import path from 'node:path';

/** How this very program is started again: for the re-execution, and for our programs inside the sandbox. */
export interface OwnProgram { readonly node: string; readonly args: readonly string[] }

export function ownProgram(...words: readonly string[]): OwnProgram {
  const folder = import.meta.dirname;
  // Compiled sources have their door one folder up; in the packaged file set it lies beside this file.
  const door = [path.join(folder, '..', 'door.js'), path.join(folder, 'cli.js')].find((file) => existsSync(file));
  if (door === undefined) throw new Error(`the door of this program is missing in ${folder}`);
  return { node: process.execPath, args: [door, ...words] };
}
