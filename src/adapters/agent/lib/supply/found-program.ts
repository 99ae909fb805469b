import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Fault } from '../../../../domain/fault.js';
import { Digest } from '../../../../domain/ids.js';
import { err, ok } from '../../../../kit/result.js';
import type { Result } from '../../../../kit/result.js';
import type { AgentProgram } from '../../../../ports/coding-agent.js';
import type { Mount } from '../../../../ports/sandbox.js';
import { askVersion } from '../ask-version.js';
import { findProgram, packageFolder } from '../find-program.js';
import type { PinnedAgent, Platform } from './pinned-agents.js';
import { supplyFault } from './supply-fault.js';
import { sha256Of } from './tree-digest.js';

/** A program of the runner: how it is started, and which file it really is. */
export interface RunnerProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** The executable or script itself. */
  readonly file: string;
  readonly mounts: readonly Mount[];
}

const VERSION = /\d{1,6}\.\d{1,6}\.\d{1,6}(?:[-+][0-9A-Za-z.-]{1,60})?/;
const HEAD_BYTES = 128;

/**
 * The agent's program on this runner. Where npm put a launcher, the real program of the platform's package is taken: a
 * launcher that was installed without its scripts is a stub, and one that works starts a second process for nothing.
 */
export async function findOnRunner(agent: PinnedAgent, at: { readonly name: string; readonly searchPath: string; readonly platform: Platform | undefined }): Promise<RunnerProgram | undefined> {
  const named = await findProgram(at.name, at.searchPath);
  if (named === undefined) return undefined;
  const file = at.platform === undefined ? named : await behindLauncher(named, agent, at.platform) ?? named;
  const script = await isNodeScript(file);
  const shown = [await packageFolder(file) ?? file, ...(script ? [process.execPath] : [])];
  return {
    command: script ? process.execPath : file, args: script ? [file] : [], file,
    mounts: shown.filter((place) => !place.startsWith('/usr/') && !place.startsWith('/bin/')).map((place) => ({ from: place, to: place, writable: false })),
  };
}

async function behindLauncher(launcher: string, agent: PinnedAgent, platform: Platform): Promise<string | undefined> {
  const { alias, entry } = agent.packages[platform];
  if (agent.runtime === 'node' || await packageFolder(launcher) === undefined) return undefined;
  try {
    const manifest = createRequire(launcher).resolve(`${alias}/package.json`);
    return await findProgram(join(dirname(manifest), entry), '');
  } catch {
    return undefined;
  }
}

/** By its first line, as the system reads it. A script is started with our Node: the sandbox may have no other. */
async function isNodeScript(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return /^#![^\n]*\bnode\b/.test(buffer.subarray(0, bytesRead).toString('latin1'));
  } finally {
    await handle.close();
  }
}

export interface FoundChecks {
  readonly agent: PinnedAgent & { readonly id: string };
  /** Undefined = any. */
  readonly version: string | undefined;
  readonly searchPath: string;
}

/** Asks the program for its version, compares it with the pin, and takes the digest of what will run. */
export async function checkFound(found: RunnerProgram, { agent, version, searchPath }: FoundChecks): Promise<Result<RunnerProgram & { readonly identity: AgentProgram }, Fault>> {
  const said = await askVersion(found.command, [...found.args, '--version'], searchPath);
  const own = VERSION.exec(said ?? '')?.[0];
  if (own === undefined) {
    return err(supplyFault('invalid-answer', `${found.file} does not tell its version; its installation may be incomplete (install scripts switched off?). Install it again: npm install --global ${agent.wrapper}@${version ?? agent.version}, or remove it and have Heddle install it.`));
  }
  if (version !== undefined && own !== version) {
    return err(supplyFault('rejected', `${found.file} is ${agent.id} ${own}; the pinned version is ${version}. Install that one (npm install --global ${agent.wrapper}@${version}), or set agent.version to ${own}, or to any if you take what the runner has.`));
  }
  const digest = Digest.parse(`sha256:${await sha256Of(found.file)}`);
  return ok({ ...found, identity: { version: own, digest, origin: 'found' } });
}
