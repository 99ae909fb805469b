import { lstatSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Program, RunningProgram, SandboxRequest } from '../../ports/sandbox.js';

const SOURCE = 'containment/sandbox';

/** A program whose strings the kernel can carry and whose folder is a real one below the workspace; answers that folder. */
export function checkedProgram(program: Program, workspace: string): Result<string, Fault> {
  const texts = [program.command, ...program.args, ...Object.keys(program.env), ...Object.values(program.env)];
  if (program.command === '' || texts.some((text) => text.includes('\0'))) return refused('The program, an argument or a variable is empty or holds a NUL character.');
  if (Object.keys(program.env).some((name) => name === '' || name.includes('='))) return refused('The name of an environment variable is empty or holds "=".');
  if (!isBelow(program.cwd)) return refused(`The folder ${JSON.stringify(program.cwd.slice(0, 200))} is not below the working folder.`);
  const folder = join(workspace, program.cwd);
  const real = realOrUndefined(folder);
  // A link that the agent has made could lead anywhere; with a sandbox it leads nowhere, without one it must not be followed.
  if (real === undefined || (real !== workspace && !real.startsWith(workspace + sep)) || !statSync(real).isDirectory()) {
    return refused(`The folder ${JSON.stringify(program.cwd.slice(0, 200))} does not exist in the working folder, or is a link out of it.`);
  }
  return ok(real);
}

/**
 * Those of the paths that exist. A link on the way is refused: bubblewrap would follow it outside, and show the agent
 * whatever it had pointed the link at.
 */
export function existingReadOnly(workspace: string, paths: readonly string[]): Result<readonly string[], Fault> {
  const existing: string[] = [];
  for (const path of paths) {
    if (path === '' || !isBelow(path)) return refused(`The read-only path ${JSON.stringify(path.slice(0, 200))} is not below the working folder.`);
    let at = workspace;
    let found = true;
    for (const part of path.split('/')) {
      at = join(at, part);
      const facts = lstatSync(at, { throwIfNoEntry: false });
      if (facts === undefined) {
        found = false;
        break;
      }
      if (facts.isSymbolicLink()) return refused(`The read-only path ${JSON.stringify(path.slice(0, 200))} leads through a link.`);
    }
    if (found) existing.push(path);
  }
  return ok(existing);
}

/** The folders of a request exist; mounts name absolute places. */
export function checkedRequest(request: SandboxRequest): Result<SandboxRequest, Fault> {
  for (const [name, folder] of [['workspace', request.workspace], ['home', request.home]] as const) {
    const real = realOrUndefined(folder);
    if (real === undefined || !statSync(real).isDirectory()) return refused(`The ${name} ${JSON.stringify(folder.slice(0, 300))} is not an existing folder.`);
  }
  for (const mount of request.mounts) {
    if (!isAbsolute(mount.from) || !isAbsolute(mount.to) || mount.to.split('/').includes('..') || mount.to.includes('\0')) return refused(`The mount ${JSON.stringify(mount.to.slice(0, 300))} must be given by absolute paths.`);
    if (realOrUndefined(mount.from) === undefined) return refused(`The mounted path ${JSON.stringify(mount.from.slice(0, 300))} does not exist.`);
  }
  return ok(request);
}

/** A program that was refused before it ran, in the form of a running one. */
export function notStarted(fault: Fault): RunningProgram {
  return {
    output: { async *[Symbol.asyncIterator]() { /* nothing was written */ } },
    ended: Promise.resolve({ ending: { kind: 'not-started', fault }, outputBytes: 0, durationMs: 0, memoryBytesPeak: 0 }),
  };
}

function isBelow(path: string): boolean {
  return !isAbsolute(path) && !path.includes('\0') && !path.split('/').some((part) => part === '..' || (part === '' && path !== ''));
}

function refused(message: string): Result<never, Fault> {
  return err({ code: 'rejected', side: 'ours', retryable: false, source: SOURCE, message });
}

function realOrUndefined(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
