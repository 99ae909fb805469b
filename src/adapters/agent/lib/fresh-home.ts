import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { AgentTask } from '../../../ports/coding-agent.js';
import { passable } from './passable.js';

/**
 * Makes the home fresh for the next session: only what `kept` names (globs from the home; a folder stands for all below it)
 * stays, and of that only plain files and folders. The attempt before wrote here as it liked: settings with hooks, MCP
 * servers, shell profiles, `.npmrc`, programs that the CLI would find first, links. Sessions are data and go on.
 */
export async function freshHome({ home, attempt }: Pick<AgentTask, 'home' | 'attempt'>, kept: readonly string[]): Promise<Result<void, Fault>> {
  // Before the first nobody was there.
  if (attempt === 1) return ok(undefined);
  return cleaned(home, keeping(kept, 'remove'));
}

/**
 * For a program that we do not know, which may keep what it likes in its home: what shells, package managers, git,
 * interpreters and agents would obey at their next start is removed, and every link; the rest stays.
 */
export async function withoutExecutableState({ home, attempt }: Pick<AgentTask, 'home' | 'attempt'>): Promise<Result<void, Fault>> {
  if (attempt === 1) return ok(undefined);
  const obeyed = picomatch([...OBEYED], { dot: true, nocase: true });
  const session = keeping(SESSIONS, 'remove');
  return cleaned(home, (path) => {
    const fate = session(path);
    return fate === 'remove' && !prefixesOf(path).some((prefix) => obeyed(prefix)) ? 'keep' : fate;
  });
}

/** Where the agents that we know keep sessions. */
const SESSIONS: readonly string[] = ['.claude/projects', '.codex/sessions', '.codex/*.sqlite*', '.gemini/tmp/*/chats', '.gemini/projects.json'];

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

/** What is named or stands below it is kept, folders that lead there are entered, for the rest it is `otherwise`. */
function keeping(kept: readonly string[], otherwise: Fate): (path: string) => Fate {
  const named = picomatch([...kept], { dot: true });
  const above = picomatch(kept.flatMap((glob) => prefixesOf(glob).slice(0, -1)), { dot: true });
  return (path) => (prefixesOf(path).some((prefix) => named(prefix)) ? 'keep' : above(path) ? 'enter' : otherwise);
}

/** `a/b/c`: `a`, `a/b`, `a/b/c`. */
function prefixesOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Names are bytes: one that is no text must neither stay nor stand in the way. */
async function clean(home: string, below: string, whatFor: (path: string) => Fate): Promise<void> {
  const folder = join(home, below);
  await passable(folder);
  for (const bytes of await readdir(folder, { encoding: 'buffer' })) {
    const name = bytes.toString('utf8');
    const path = below === '' ? name : `${below}/${name}`;
    const full = inside(Buffer.from(folder), bytes);
    const facts = await lstat(full);
    const what = Buffer.from(name).equals(bytes) ? whatFor(path) : 'remove';
    if (facts.isDirectory() && what !== 'remove') await clean(home, path, whatFor);
    else if (!facts.isFile() || what !== 'keep') await remove(full, facts.isDirectory());
  }
}

async function remove(path: Buffer, isFolder: boolean): Promise<void> {
  if (!isFolder) return unlink(path);
  await passable(path);
  for (const name of await readdir(path, { encoding: 'buffer' })) {
    const entry = inside(path, name);
    await remove(entry, (await lstat(entry)).isDirectory());
  }
  return rmdir(path);
}

function inside(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
