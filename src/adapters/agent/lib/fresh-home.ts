import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { AgentTask } from '../../../ports/coding-agent.js';

/**
 * Makes the home fresh for the next session: only what `kept` names (globs from the home; a folder stands for all below it)
 * stays, and of that only plain files and folders. The attempt before wrote here as it liked: settings with hooks, MCP
 * servers, shell profiles, `.npmrc`, programs that the CLI would find first, links. Sessions are data and go on.
 */
export async function freshHome({ home, attempt }: Pick<AgentTask, 'home' | 'attempt'>, kept: readonly string[]): Promise<Result<void, Fault>> {
  // Before the first nobody was there.
  if (attempt === 1) return ok(undefined);
  const keeps = kept.map((glob) => ({ parts: glob.split('/').length, matches: picomatch(glob, { dot: true }), above: above(glob) }));
  const whatFor = (path: string): Fate => {
    if (keeps.some((one) => one.matches(path.split('/').slice(0, one.parts).join('/')))) return 'keep';
    return keeps.some((one) => one.above.some((folder) => folder(path))) ? 'enter' : 'remove';
  };
  return cleaned(home, whatFor);
}

/**
 * For a program that we do not know, which may keep what it likes in its home: what shells, package managers, git,
 * interpreters and agents would obey at their next start is removed, and every link; the rest stays.
 */
export async function withoutExecutableState({ home, attempt }: Pick<AgentTask, 'home' | 'attempt'>): Promise<Result<void, Fault>> {
  if (attempt === 1) return ok(undefined);
  const obeyed = picomatch([...OBEYED], { dot: true, nocase: true });
  return cleaned(home, (path) => (obeyed(path) ? 'remove' : 'keep'));
}

const OBEYED: readonly string[] = [
  '.bash*', '.profile', '.zsh*', '.zprofile', '.zlogin', '.kshrc', '.inputrc', '.config/fish', '.env', '.envrc', '.pam_environment',
  '.npmrc', '.yarnrc*', '.pnpmrc', '.bunfig.toml', '.config/{pnpm,yarn,npm,pip,git,opencode,gemini,codex,claude}', '.pip', '.pypirc', '.pydistutils.cfg', '.gemrc', '.bundle', '.cargo', '.m2', '.gradle', '.sbt', '.nuget',
  '.gitconfig', '.git-credentials', '.ssh', '.netrc', '.curlrc', '.wgetrc', '.vimrc', '.vim', '.gdbinit', '.pythonrc*', '.irbrc', '.pryrc', '.Rprofile', '.ipython',
  'bin', '.bin', '.local/bin', '.local/lib', '.node_modules', '.node_libraries', 'node_modules', '.npm-global', '.nvm', '.volta', '.asdf', '.rbenv', '.pyenv',
  '.claude*', '.codex', '.gemini', '.opencode', '.cursor', '.aider*', '.mcp.json', '.agents',
];

type Fate = 'keep' | 'enter' | 'remove';

async function cleaned(home: string, whatFor: (path: string) => Fate): Promise<Result<void, Fault>> {
  try {
    await clean(home, '', whatFor);
    return ok(undefined);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
    return err({ code: 'io', side: 'ours', retryable: false, source: 'agent', message: `The agent's home could not be made fresh after the attempt before (${code}).` });
  }
}

/** The folders that lead to what a glob names. */
function above(glob: string): readonly ((path: string) => boolean)[] {
  const parts = glob.split('/');
  return parts.slice(1).map((_, index) => picomatch(parts.slice(0, index + 1).join('/'), { dot: true }));
}

async function clean(home: string, folder: string, whatFor: (path: string) => Fate): Promise<void> {
  for (const name of await readdir(join(home, folder))) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const full = join(home, path);
    const facts = await lstat(full);
    const what = whatFor(path);
    if (facts.isDirectory() && what !== 'remove') await clean(home, path, whatFor);
    else if (!facts.isFile() || what !== 'keep') await rm(full, { recursive: true, force: true });
  }
}
