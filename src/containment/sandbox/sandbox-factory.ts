import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { Rung } from '../../domain/rung.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { ProgramLimits, Sandbox, SandboxFactory, SandboxRequest } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import { bubblewrapAdvice, readNamespaceFacts } from './advice.js';
import { bubblewrapFeatures } from './bubblewrap-arguments.js';
import { openBubblewrap } from './bubblewrap.js';
import type { BubblewrapProgram } from './bubblewrap.js';
import { probeRung } from './probe.js';
import { checkedRequest } from './request-checks.js';
import type { SandboxOptions } from './sandbox-options.js';
import { openUnconfined } from './unconfined.js';

/**
 * The rungs that this version has: `bubblewrap`, then `none`. What was proved is kept for the life of the factory; the
 * caller decides whether the rung reached is enough (`sandbox.min_rung`).
 *
 * @throws RangeError for a mark that could not be found again; that is a bug of the wiring.
 */
export function createSandboxFactory(options: SandboxOptions): SandboxFactory {
  if (!/^[A-Za-z0-9]{8,64}$/.test(options.mark)) throw new RangeError('the mark of a sandbox has 8 to 64 letters and digits');
  let proved: Promise<Proved> | undefined;
  const prove = (): Promise<Proved> => {
    proved ??= climb(options);
    return proved;
  };
  return {
    probe: async () => {
      const { rung, refused } = await prove();
      return { rung, refused };
    },
    open: async (request) => openAt(await prove(), request, options),
  };
}

interface Refusal { readonly rung: Rung; readonly why: string }
interface Proved { readonly rung: Rung; readonly refused: readonly Refusal[]; readonly bubblewrap: BubblewrapProgram | undefined }

async function climb(options: SandboxOptions): Promise<Proved> {
  const found = await findBubblewrap(options);
  if (found.ok) {
    const outcome = await probeRung((request) => openBubblewrap(found.value, request, options), options);
    if (outcome.held) return { rung: 'bubblewrap', refused: [], bubblewrap: found.value };
    const advice = bubblewrapAdvice(readNamespaceFacts(true));
    return unconfined(`${found.value.path} was tried and did not hold: ${outcome.why}. ${advice}`);
  }
  return unconfined(found.error);
}

function unconfined(why: string): Proved {
  const refused = Rung.options.filter((rung) => rung !== 'none')
    .map((rung): Refusal => ({ rung, why: rung === 'bubblewrap' ? why : 'This version of Heddle does not have this rung.' }));
  return { rung: 'none', refused, bubblewrap: undefined };
}

function openAt(proved: Proved, request: SandboxRequest, options: SandboxOptions): Result<Sandbox, Fault> {
  const checked = checkedRequest(request);
  if (!checked.ok) return checked;
  try {
    return proved.bubblewrap === undefined ? openUnconfined(request, options) : ok(openBubblewrap(proved.bubblewrap, request, options));
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown';
    return err({
      code: 'io', side: 'ours', retryable: false, source: 'containment/sandbox',
      message: `The folders of a sandbox could not be prepared (${code}). Check that the run folder is on a writable disk with room.`,
    });
  }
}

const VERSION_LIMITS: ProgramLimits = {
  wallMsMax: 5_000, idleMsMax: undefined, outputBytesMax: 4096, processesMax: 64, memoryBytesMax: 2 ** 30,
  cpuMsMax: 5_000, writtenFileBytesMax: 2 ** 20, diskBytesMax: 2 ** 30,
};

async function findBubblewrap(options: SandboxOptions): Promise<Result<BubblewrapProgram, string>> {
  if (process.platform !== 'linux') return err(`bubblewrap needs Linux; this is ${process.platform}.`);
  const arch = process.arch;
  if (arch !== 'x64' && arch !== 'arm64') return err(`The system-call filter knows x64 and arm64; this is ${arch}.`);
  const path = options.bubblewrap ?? onPath('bwrap', options.path);
  if (path === undefined || !executable(path)) return err(`The program bwrap was not found. ${bubblewrapAdvice(readNamespaceFacts(false))}`);
  const running = startProcess({
    command: path, args: ['--version'], env: {}, cwd: '/', stdin: undefined, data: [], launcher: undefined,
    mark: `${options.mark}.${options.hex(8)}`, namespaced: false,
  }, VERSION_LIMITS);
  let version = '';
  for await (const { bytes } of running.output) version += Buffer.from(bytes).toString('latin1');
  const { ending } = await running.ended;
  if (ending.kind !== 'exited' || ending.code !== 0) return err(`${path} does not even tell its version. ${bubblewrapAdvice(readNamespaceFacts(true))}`);
  return ok({ path, features: bubblewrapFeatures(version), arch });
}

function onPath(name: string, path: string): string | undefined {
  return path.split(delimiter).filter((folder) => isAbsolute(folder)).map((folder) => join(folder, name)).find(executable);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
