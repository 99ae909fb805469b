import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, pathsNode, type Gate } from '../gate-facts.js';
import { isCode } from './file-kinds.js';

const HEADER_LINES = 20;
const HEADER = /SPDX-License-Identifier:|\bCopyright\b.{0,20}(?:\d{4}|\(c\)|©)|©\s{0,3}\d{4}|\bLicensed under\b|\ball rights reserved\b/i;

/** A header that a file had and lost, and new source files without the header that the configuration asks for. */
export const licence: Gate = async ({ candidate, config, textOf }): Promise<VerdictNode> => {
  if (textOf === undefined) return { rule: 'licence', effect: 'allow', words: 'licence headers were not looked at' };
  const code = candidate.files.filter((file) => isCode(file.path) && !file.binary && file.newMode !== '120000');
  const lost: string[] = [];
  for (const { path, status } of code) {
    if (status !== 'modified') continue;
    const [before, after] = [head(await textOf('base', path)), head(await textOf('candidate', path))];
    if (HEADER.test(before) && !HEADER.test(after)) lost.push(path);
  }
  if (lost.length > 0) return pathsNode({ rule: 'licence', effect: effectOf(config.gates.licence_removed), paths: lost, none: '', some: 'the licence or copyright header of these files is gone' });
  const wanted = config.gates.licence_header;
  if (wanted === undefined) return { rule: 'licence', effect: 'allow', words: 'no licence header was taken out' };
  const without: string[] = [];
  for (const { path, status } of code) if (status === 'added' && !head(await textOf('candidate', path)).includes(wanted)) without.push(path);
  return pathsNode({ rule: 'licence', effect: 'hold', paths: without, none: 'every new source file has the licence header', some: 'these new files lack the header of gates.licence_header' });
};

function head(text: string | undefined): string {
  return (text ?? '').split('\n', HEADER_LINES).join('\n').slice(0, 8_000);
}
