import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface SeenProcess { readonly pid: number; readonly program: string; readonly environment: string }

/** A process and all that descend from it, as another program of the same user sees them now. Linux alone. */
export function processesBelow(root: number): readonly SeenProcess[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    // The name in brackets may hold anything; the parent is the second field after it.
    if (stat !== undefined) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const below = (pid: number): boolean => pid === root || (parents.has(pid) && parents.get(pid) !== 0 && below(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(below).map((pid) => ({ pid, program: programOf(pid), environment: read(`/proc/${String(pid)}/environ`) ?? '' }));
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${String(pid)}/exe`);
  } catch {
    return '';
  }
}

/** undefined: it has ended meanwhile. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
