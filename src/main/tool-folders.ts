import { existsSync } from 'node:fs';

/** Tool folders outside the system's own that hold programs of the PATH: version managers and the runner's tool cache. */
export function toolFolders(searchPath: string): readonly string[] {
  return ['/opt', '/usr/local', '/nix/store'].filter((folder) => existsSync(folder) && searchPath.split(':').some((entry) => entry.startsWith(`${folder}/`) || entry === folder));
}
