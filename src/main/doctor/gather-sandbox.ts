import { createSandboxFactory } from '../../containment/sandbox/sandbox-factory.js';
import type { SandboxFactory } from '../../ports/sandbox.js';
import { systemIds } from '../clock.js';
import { ownProgram } from '../own-program.js';
import { toolFolders } from '../tool-folders.js';

/** Climbs the rungs by doing, with the options that a run would use. */
export function gatherSandbox(searchPath: string, scratch: string): ReturnType<SandboxFactory['probe']> {
  return createSandboxFactory({
    inside: ownProgram('__inside'), path: searchPath, tools: toolFolders(searchPath), scratch, mark: systemIds.hex(8), hex: systemIds.hex,
  }).probe();
}
