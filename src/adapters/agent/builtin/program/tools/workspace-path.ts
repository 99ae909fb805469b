import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ToolRefusal } from './tool.js';
import type { ToolPlace } from './tool.js';

/** `shown`: as it was named, from the root. `real`: with its links resolved. */
export interface WorkspacePath { readonly path: string; readonly shown: string; readonly real: string }

/**
 * The place of a path that the model named: inside the workspace, not below `.git`, reached through no link that leads
 * out. The sandbox is the boundary; this keeps honest mistakes inside and gives the model words it understands.
 */
export async function inWorkspace(named: string, { root }: ToolPlace): Promise<WorkspacePath> {
  if (named.includes('\0')) throw new ToolRefusal('A path must not hold a NUL character.');
  const path = resolve(root, named.trim() === '' ? '.' : named);
  const shown = relative(root, path);
  if (shown === '..' || shown.startsWith(`..${sep}`) || isAbsolute(shown)) throw new ToolRefusal(`${named} is outside of the working folder. Use paths relative to it.`);
  if (shown.split(sep).some((part) => part.toLowerCase() === '.git')) throw new ToolRefusal('.git is not part of the work and is left alone.');
  const real = await realExisting(path);
  if (real !== root && !real.startsWith(root + sep)) throw new ToolRefusal(`${named} leads out of the working folder through a link.`);
  const below = (path: string): string => (path === '' ? '.' : path.split(sep).join('/'));
  return { path, shown: below(shown), real: below(relative(root, real)) };
}

/** As `inWorkspace`, for writing: the last part must not be a link either. */
export async function toWrite(named: string, place: ToolPlace): Promise<WorkspacePath> {
  const found = await inWorkspace(named, place);
  const facts = await lstat(found.path).catch(() => undefined);
  if (facts?.isSymbolicLink() === true) throw new ToolRefusal(`${found.shown} is a link. Name the file that it leads to.`);
  if (facts?.isDirectory() === true) throw new ToolRefusal(`${found.shown} is a folder.`);
  return found;
}

/** The path with the links of its longest existing part resolved. */
async function realExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // A link that leads nowhere would be created at its target by a write: it is treated as its target.
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isSymbolicLink() === true) throw new ToolRefusal(`${basename(path)} is a link that leads nowhere.`);
    return path === dirname(path) ? path : join(await realExisting(dirname(path)), basename(path));
  }
}
