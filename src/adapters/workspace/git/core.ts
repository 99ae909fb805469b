import { join } from 'node:path';
import type { Git } from './git.js';
import type { ObjectReader } from './object-reader.js';
import type { ObjectFormat } from '../../git-client/loose-objects.js';
import type { References } from './references.js';
import type { StatRecord } from './stat-record.js';
import { readTreeIndex } from './tree-index.js';
import type { TreeIndex } from './tree-index.js';

/** What all parts of one open workspace share. */
export interface Core {
  readonly git: Git;
  readonly gitDir: string;
  readonly format: ObjectFormat;
  readonly references: References;
  readonly objects: ObjectReader;
  /** By folder: what was written there. */
  readonly records: Map<string, StatRecord>;
  readonly trustStatTimes: boolean;
  index(tree: string): Promise<TreeIndex>;
  readBlob(name: string): Promise<Buffer>;
  /** A new name for a file that only we use. */
  scratchFile(kind: string): string;
}

const INDEXES_MAX = 4;

export function createCore(parts: Pick<Core, 'git' | 'gitDir' | 'format' | 'references' | 'objects' | 'trustStatTimes'>): Core {
  const indexes = new Map<string, Promise<TreeIndex>>();
  let files = 0;
  return {
    ...parts,
    records: new Map(),
    index(tree) {
      const known = indexes.get(tree);
      if (known !== undefined) return known;
      const made = readTreeIndex(parts.git, parts.gitDir, tree);
      indexes.set(tree, made);
      made.catch(() => indexes.delete(tree));
      const oldest = indexes.keys().next();
      if (indexes.size > INDEXES_MAX && oldest.done !== true) indexes.delete(oldest.value);
      return made;
    },
    async readBlob(name) {
      const object = await parts.objects.read(name);
      if (object?.type !== 'blob') throw new Error(`the object ${name} is not a blob of this repository`);
      return object.bytes;
    },
    scratchFile: (kind) => join(parts.gitDir, `heddle-${kind}-${String(process.pid)}-${String(files += 1)}`),
  };
}
