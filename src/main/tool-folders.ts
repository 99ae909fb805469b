import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** Nothing but tools is in these: the first is part of the system, the second is readable by everybody by design. */
const WHOLE = ['/usr/local', '/nix/store'];
/** A self-hosted runner keeps its private key, its work folders and other people's checkouts here as well. */
const MIXED = '/opt';
const SYSTEM_BIN = ['/usr/bin', '/usr/local/bin'];
const LINKS_MAX = 5_000;

/**
 * Tool folders outside the system's own that the sandbox shows read-only: those that the PATH, or a link in a folder of
 * programs, leads to. Of `/opt` only the installations themselves (`…/bin` stands for the folder above it), never the
 * whole and never a folder that holds a runner.
 */
export function toolFolders(searchPath: string, places: { readonly whole: readonly string[]; readonly mixed: string; readonly system: readonly string[] } = { whole: WHOLE, mixed: MIXED, system: SYSTEM_BIN }): readonly string[] {
  const entries = searchPath.split(path.delimiter).filter((entry) => path.isAbsolute(entry)).map((entry) => path.normalize(entry).replace(/\/+$/, ''));
  const whole = places.whole.filter((folder) => existsSync(folder) && entries.some((entry) => isBelow(entry, folder) || entry === folder));
  if (!existsSync(places.mixed)) return whole;
  const inside = entries.filter((entry) => isBelow(entry, places.mixed));
  const linked = [...inside, ...places.system].flatMap((folder) => linkedInto(folder, places.mixed));
  const found = [...inside, ...linked.map((file) => path.dirname(file))].map((folder) => installation(folder, places.mixed));
  return [...whole, ...new Set(found.filter((folder) => existsSync(folder) && !holdsRunner(folder)))];
}

/** `/opt/tool/1.2/bin` is part of `/opt/tool/1.2`; `/opt/bin` is only itself. */
function installation(folder: string, mixed: string): string {
  const above = path.dirname(folder);
  return /^s?bin$/.test(path.basename(folder)) && isBelow(above, mixed) && !holdsRunner(above) ? above : folder;
}

function holdsRunner(folder: string): boolean {
  return ['.runner', '.credentials', '.credentials_rsaparams', '_work', '_diag'].some((name) => existsSync(path.join(folder, name)));
}

/** Where the links in a folder lead, if below `mixed`: real paths. */
function linkedInto(folder: string, mixed: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink()).slice(0, LINKS_MAX)
      .flatMap((entry) => realOf(path.join(folder, entry.name))).filter((file) => isBelow(file, mixed));
  } catch {
    return [];
  }
}

function realOf(file: string): readonly string[] {
  try {
    return [realpathSync(file)];
  } catch {
    return [];
  }
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}
