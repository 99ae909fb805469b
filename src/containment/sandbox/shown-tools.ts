import { existsSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import type { SandboxOptions } from './sandbox-options.js';

/**
 * Node and our own program, beside the tools that were given. Of Node only `bin` and `lib` beside it: its prefix may be
 * somebody's home folder.
 */
export function shownTools(options: SandboxOptions): readonly string[] {
  const node = realpathSync(options.inside.node);
  const bin = dirname(node);
  const beside = basename(bin) === 'bin' ? [bin, join(dirname(bin), 'lib')] : [node];
  const entry = options.inside.args[0];
  const own = entry === undefined || !isAbsolute(entry) ? [] : ownFiles(realpathSync(entry));
  const tools = [options.inside.node, ...beside, ...own, ...options.tools];
  const shown = [...new Set(tools.filter((path): path is string => path !== undefined && !path.startsWith('/usr/') && existsSync(path)))];
  // What lies below another is shown with it, and each mount costs; not so a link, which may lead out of it.
  return shown.filter((path) => !shown.some((other) => path.startsWith(`${other}/`)) || realpathSync(path) !== path);
}

/** The chunks beside the entry file, unless it lies bare in a home folder or at the root. */
function ownFiles(entry: string): readonly (string | undefined)[] {
  const folder = dirname(entry);
  return [folder === '/' || folder === homeFolder() ? entry : folder, packageFile(entry)];
}

/** Undefined for a user id without an account, as containers run under. */
function homeFolder(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** The nearest package.json says whether our entry file is an ES module. */
function packageFile(entry: string): string | undefined {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return file;
  }
  return undefined;
}

/** The PATH of a program: the orchestrator's folders that it can see, Node's, the system's. */
export function insidePath(options: SandboxOptions, tools: readonly string[]): string {
  const shown = (folder: string): boolean => folder.startsWith('/usr/') || tools.some((tool) => folder === tool || folder.startsWith(`${tool}/`));
  const given = options.path.split(delimiter).filter((folder) => isAbsolute(folder) && shown(folder));
  const node = dirname(realpathSync(options.inside.node));
  return [...new Set([...given, node, '/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'])].join(delimiter);
}
