import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Configuration } from '../../../src/config/configuration.js';
import type { FileChange } from '../../../src/domain/candidate.js';
import { digestOf } from '../../../src/domain/digest.js';
import { CommitSha, TreeSha } from '../../../src/domain/ids.js';
import type { VerdictNode } from '../../../src/domain/verdict.js';
import type { GateInput } from '../../../src/gates/gate-facts.js';
import { testTampering } from '../../../src/gates/tamper/tamper-gate.js';
import { LIMITS } from '../../validation/check-fixtures.js';

/** A labelled change: files with both sides, what they are, and why. */
export interface CorpusCase { readonly id: string; readonly language: string; readonly tampered: boolean; readonly rule: string | undefined; readonly why: string; readonly files: readonly CorpusFile[] }
export interface CorpusFile { readonly path: string; readonly before: string | undefined; readonly after: string | undefined }

/**
 * `### tampered RULE: why` or `### harmless: why`, then for each file `@@ path`, the text before, a line `=>`, the text after.
 * No text on a side means that the side has no such file.
 */
export function readCorpus(folder: string): readonly CorpusCase[] {
  return readdirSync(folder).filter((name) => name.endsWith('.corpus')).sort().flatMap((name) => {
    const language = name.replace('.corpus', '');
    return readFileSync(join(folder, name), 'utf8').split(/^### /m).slice(1).map((text, at): CorpusCase => {
      const [head = '', ...rest] = text.split('\n');
      const match = /^(?:tampered ([\w-]+)|(harmless)): (.+)$/.exec(head);
      if (match === null) throw new Error(`${name}: not a head of a case: ${head}`);
      const files = rest.join('\n').split(/^@@ /m).slice(1).map((file): CorpusFile => {
        const [path = '', ...lines] = file.split('\n');
        const middle = lines.indexOf('=>');
        if (middle < 0) throw new Error(`${name}: no => in ${head}`);
        const side = (part: readonly string[]): string | undefined => (part.join('\n').trim() === '' ? undefined : `${part.join('\n').trimEnd()}\n`);
        return { path, before: side(lines.slice(0, middle)), after: side(lines.slice(middle + 1)) };
      });
      return { id: `${language}-${at + 1}`, language, tampered: match[2] === undefined, rule: match[1], why: match[3] ?? '', files };
    });
  });
}

export async function judgeFiles(files: readonly CorpusFile[], gates: object = {}, executed: GateInput['executed'] = undefined): Promise<VerdictNode> {
  const changes = files.map(({ path, before, after }): FileChange => ({
    path, status: before === undefined ? 'added' : after === undefined ? 'deleted' : 'modified', oldMode: before === undefined ? '000000' : '100644', newMode: after === undefined ? '000000' : '100644', additions: 1, deletions: 1, binary: false,
  }));
  const sides = new Map(files.map((file) => [file.path, file]));
  const input: GateInput = {
    candidate: { attempt: 1, base: CommitSha.parse('0'.repeat(40)), tree: TreeSha.parse('1'.repeat(40)), files: changes, stats: { files: changes.length, additions: 1, deletions: 1, bytes: 100 }, patchDigest: digestOf('') },
    config: Configuration.parse({ gates }), workdir: '', limits: LIMITS, executed,
    textOf: (side, path) => Promise.resolve(side === 'base' ? sides.get(path)?.before : sides.get(path)?.after),
  };
  return testTampering(input);
}
