import { existsSync } from 'node:fs';
import { createSandboxFactory } from '../../containment/sandbox/sandbox-factory.js';
import type { SandboxFactory } from '../../ports/sandbox.js';
import { systemIds } from '../clock.js';
import { ownProgram } from '../own-program.js';

/** Climbs the rungs by doing, with the options that a run would use. */
export function gatherSandbox(searchPath: string, scratch: string): ReturnType<SandboxFactory['probe']> {
  return createSandboxFactory({
    inside: ownProgram('__inside'), path: searchPath, tools: toolFolders(searchPath), scratch, mark: systemIds.hex(8), hex: systemIds.hex,
  }).probe();
}

/** As in `prepare`: folders outside the system's own that hold programs of the PATH. */
function toolFolders(searchPath: string): readonly string[] {
  return ['/opt', '/usr/local', '/nix/store'].filter((folder) => existsSync(folder) && searchPath.split(':').some((entry) => entry.startsWith(`${folder}/`) || entry === folder));
}
