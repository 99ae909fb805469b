import { openSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/** What covers the files that our own parent left open in us, for the programs that we start. */
export interface FileCover { readonly inherited: readonly number[]; readonly empty: number }

/**
 * Files above 2 that this process inherited and that a program started from here would inherit again. Node opens its own
 * files close-on-exec, but leaves foreign ones as they are, and has no call to close them in a child. So each is covered:
 * the child gets `/dev/null` in its place.
 */
export function findInheritedFiles(): FileCover {
  const inherited: number[] = [];
  for (const name of listFiles()) {
    const file = Number(name);
    if (file > 2 && staysOpen(file)) inherited.push(file);
  }
  return { inherited, empty: inherited.length === 0 ? -1 : openSync('/dev/null', 'r') };
}

/** The `stdio` list for a child: `own` first, then covers up to the highest inherited file. */
export function coveredStdio<T>(own: readonly T[], cover: FileCover): (T | number | 'ignore')[] {
  const list: (T | number | 'ignore')[] = [...own];
  for (const file of cover.inherited) {
    if (file < own.length) continue;
    while (list.length < file) list.push('ignore');
    list[file] = cover.empty;
  }
  return list;
}

function listFiles(): readonly string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch {
    return [];
  }
}

function staysOpen(file: number): boolean {
  try {
    const line = readFileSync(`/proc/self/fdinfo/${file}`, 'latin1').split('\n').find((each) => each.startsWith('flags:'));
    return line !== undefined && (Number.parseInt(line.slice(6).trim(), 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}
