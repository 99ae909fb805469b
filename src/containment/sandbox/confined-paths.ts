import { statSync } from 'node:fs';
import type { Mount } from '../../ports/sandbox.js';
import { RESOLVER_PATHS, SYSTEM_PATHS } from './bubblewrap-arguments.js';
import type { PathRule } from './launcher/landlock-rules.js';

/** What a program may reach at its own path. */
export interface ReachedPlaces {
  readonly workspace: string;
  readonly home: string;
  /** Where the names of its output pipes are. */
  readonly output: string;
  readonly tools: readonly string[];
  readonly mounts: readonly Mount[];
  readonly network: 'closed' | 'open';
  /** Terminals of its own; they are safe to open only for a user that owns no other. */
  readonly terminals: boolean;
}

/** The rules for the paths that exist here; the rest of the machine is closed. */
export function confinedPaths(places: ReachedPlaces): readonly PathRule[] {
  const read = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/proc', ...SYSTEM_PATHS, ...ACCOUNT_FILES, ...places.network === 'open' ? RESOLVER_PATHS : [], ...places.tools];
  return [
    ...read.map((path) => ({ path, may: 'read' as const })),
    ...[...DEVICES, ...places.terminals ? TERMINALS : [], places.output].map((path) => ({ path, may: 'device' as const })),
    ...places.mounts.map((mount) => ({ path: mount.from, may: mount.writable ? 'write' as const : 'read' as const })),
    ...[places.home, places.workspace].map((path) => ({ path, may: 'write' as const })),
  ].flatMap(({ path, may }): readonly PathRule[] => {
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts === undefined ? [] : [{ path, may, folder: facts.isDirectory() }];
  });
}

const ACCOUNT_FILES = ['/etc/passwd', '/etc/group', '/etc/hosts', '/etc/nsswitch.conf'];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];
const TERMINALS = ['/dev/tty', '/dev/ptmx', '/dev/pts'];
