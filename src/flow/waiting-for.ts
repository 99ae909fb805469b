import type { FileFact } from '../policy/facts.js';
import type { Context } from './context.js';

/**
 * Open changes that wait for the owners of these files: their load. Unknown where the forge cannot be asked (the jobs that run
 * foreign programs ask nobody), has no list, or nobody owns the files.
 */
export async function waitingFor({ ports, settings, signal }: Context, files: readonly FileFact[]): Promise<number | undefined> {
  const { phase } = settings;
  const owners = new Set(files.flatMap((file) => file.owners).map(plain));
  if (phase === 'work' || phase === 'verify' || owners.size === 0 || ports.reader.openChanges === undefined) return undefined;
  const open = await ports.reader.openChanges(signal);
  return open.ok ? open.value.changes.filter(({ reviewers }) => reviewers.some((name) => owners.has(plain(name)))).length : undefined;
}

const plain = (name: string): string => name.replace(/^@/, '').toLowerCase();
