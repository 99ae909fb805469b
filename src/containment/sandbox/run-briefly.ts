import type { ProgramLimits } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import type { SandboxOptions } from './sandbox-options.js';

const LIMITS: ProgramLimits = {
  wallMsMax: 15_000, idleMsMax: undefined, outputBytesMax: 256 * 1024, processesMax: 256, memoryBytesMax: 2 ** 30,
  cpuMsMax: 15_000, writtenFileBytesMax: 2 ** 20, diskBytesMax: 2 ** 30,
};

/** What a helper of the system said. `code` is undefined when it did not end by itself, or could not be started. */
export interface BriefAnswer { readonly code: number | undefined; readonly stdout: string; readonly stderr: string }

/** Runs a short helper of the system (`bwrap --version`, `podman image inspect`) outside of any sandbox, with an environment of its own and bounds. */
export async function runBriefly(command: string, args: readonly string[], options: Pick<SandboxOptions, 'mark' | 'hex'> & { readonly env?: Readonly<Record<string, string>>; readonly wallMs?: number }): Promise<BriefAnswer> {
  const running = startProcess({
    command, args, env: options.env ?? {}, cwd: '/', stdin: undefined, data: [], launcher: undefined,
    mark: `${options.mark}.${options.hex(8)}`, namespaced: false,
  }, { ...LIMITS, wallMsMax: options.wallMs ?? LIMITS.wallMsMax });
  const text = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of running.output) text[stream] += Buffer.from(bytes).toString('utf8');
  const { ending } = await running.ended;
  return { ...text, code: ending.kind === 'exited' ? ending.code : undefined };
}
