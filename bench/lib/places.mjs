import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const given = process.argv.indexOf('--dist');
/** The packaged file set that is measured. */
export const DIST = given < 0 ? path.join(ROOT, 'dist') : path.resolve(process.argv[given + 1] ?? '');
export const NODE = process.execPath;
export const TEMP = tmpdir();

/** What a child of the bench sees. `NODE_EXTRA_CA_CERTS` would cost some Node versions a constant at every start. */
export const CHILD_ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/root', LANG: 'C.UTF-8' };

export function needsDist() {
  if (!existsSync(path.join(DIST, 'action.js'))) throw new Error(`${DIST} has no packaged files: run \`npm run build\` first, or name a folder with --dist.`);
}
