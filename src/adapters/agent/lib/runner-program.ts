import { open } from 'node:fs/promises';
import { err, ok } from '../../../kit/result.js';
import { askVersion } from './ask-version.js';
import type { AgentExecutable, ExecutableSource } from './cli-agent.js';
import { findProgram, packageFolder } from './find-program.js';

export interface RunnerProgram {
  /** The adapter's id, for the source of faults. */
  readonly agent: string;
  /** Its name on a PATH. */
  readonly name: string;
  /** `agent.path`, when it is set. */
  readonly path: string | undefined;
  /** PATH of the orchestrator. */
  readonly searchPath: string;
  /** `Install it with: …`. */
  readonly install: string;
}

const HEAD_BYTES = 128;

/** The program that the runner has: at `agent.path`, or on the PATH. Looked up once. */
export function runnerProgram(wanted: RunnerProgram): ExecutableSource {
  let found: Promise<AgentExecutable | undefined> | undefined;
  const find = (): Promise<AgentExecutable | undefined> => (found ??= locate(wanted));
  return {
    ready: async () => {
      const program = await find();
      return program === undefined
        ? err({ code: 'not-installed', side: 'setup', retryable: false, source: `agent/${wanted.agent}`, message: missing(wanted) })
        : ok(program);
    },
    probe: async () => {
      const program = await find();
      if (program === undefined) return { ok: false, message: missing(wanted) };
      const version = await askVersion(program.command, [...program.args, '--version'], wanted.searchPath);
      return version === undefined
        ? { ok: false, message: `${program.args[0] ?? program.command} does not tell its version; its installation may be incomplete (install scripts switched off?). ${wanted.install}` }
        : { ok: true, version };
    },
  };
}

async function locate({ name, path, searchPath }: RunnerProgram): Promise<AgentExecutable | undefined> {
  const file = await findProgram(path ?? name, searchPath);
  if (file === undefined) return undefined;
  const script = await isNodeScript(file);
  const shown = [await packageFolder(file) ?? file, ...(script ? [process.execPath] : [])];
  return {
    command: script ? process.execPath : file, args: script ? [file] : [],
    // Folders of the system are shown anyway.
    mounts: shown.filter((place) => !place.startsWith('/usr/') && !place.startsWith('/bin/')).map((place) => ({ from: place, to: place, writable: false })),
  };
}

/** By its first line, as the system reads it. A script is started with our own Node: the sandbox may show no other. */
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

function missing({ name, path, install }: RunnerProgram): string {
  return path === undefined
    ? `The program ${name} was not found on the PATH. ${install}, or set agent.path.`
    : `agent.path is ${JSON.stringify(path.slice(0, 300))}: there is no program that may be executed. Give an absolute path, or leave it out and have ${name} on the PATH. ${install}`;
}
