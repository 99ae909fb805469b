import type { QualityConfig } from '../../config/quality-config.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { globMatcher } from '../../kit/globs.js';
import type { TextReader } from '../gate-facts.js';
import { CopyFinder, tokensOf, type Copy, type Source } from './copies.js';
import { endingOf, familyOf, isOwnCode } from './file-kinds.js';
import type { NewCode } from './new-code.js';
import { effectOf, gateFinding, offNode, percentOf, placesOf, SHOWN_MAX } from './nodes.js';

/** What is compared at most: the files nearest to the new code first. What is left out is said. */
const FILES_MAX = 4_000;
const FILE_BYTES_MAX = 512 * 1024;
const ALL_BYTES_MAX = 24 * 1024 * 1024;
/** Files that are asked for at once: one by one, the asking takes longer than the reading. */
const READ_TOGETHER = 100;

interface Files { readonly list: () => Promise<readonly { readonly path: string; readonly size: number }[]>; readonly textOf: TextReader | undefined }

/** Copies in new code, of any code of the candidate: tokens are compared, so that layout and comments do not matter. */
export async function duplicationRule(config: QualityConfig, code: NewCode, files: Files): Promise<VerdictNode> {
  const rule = 'duplication';
  const { effect: setting, percent: wanted, tokens: length } = config.duplication;
  const { textOf } = files;
  if (setting === 'off') return offNode(rule);
  if (code.size < config.small_change || textOf === undefined) return { rule, effect: 'allow', words: `copies were not looked for, since the change has ${code.size} new lines and gates.quality.small_change is ${config.small_change}` };
  const excluded = globMatcher(config.duplication.exclude, 'exact');
  if (!excluded.ok) return { rule, effect: 'error', words: `gates.quality.duplication.exclude cannot be used: ${excluded.error}` };
  const asked = [...code.lines].filter(([path]) => isOwnCode(path) && !excluded.value(path));
  const fresh = await sourcesOf(asked.map(([path]) => path), textOf);
  const newLines = new Map(asked.map(([path, lines]) => [path, new Set(lines.map(({ line }) => line))]));
  const finder = new CopyFinder(fresh, (path, line) => newLines.get(path)?.has(line) === true, length);
  for (const source of fresh) finder.search(source);
  const others = nearest(await files.list(), asked.map(([path]) => path), (path) => isOwnCode(path) && !excluded.value(path));
  for (let at = 0; at < others.chosen.length; at += READ_TOGETHER) {
    for (const source of await sourcesOf(others.chosen.slice(at, at + READ_TOGETHER).map(({ path }) => path), textOf)) finder.search(source);
  }
  let [lines, copied] = [0, 0];
  for (const { path, tokens } of fresh) {
    const own = newLines.get(path) ?? new Set<number>();
    const inCopies = finder.copiedLines(path);
    const telling = new Set([...tokens.lines].filter((line) => own.has(line)));
    lines += telling.size;
    copied += [...telling].filter((line) => inCopies.has(line)).length;
  }
  const partly = others.left === 0 ? '' : `; ${others.left} files were left out of the comparison`;
  return verdictOf({ rule, config, lines, copied, wanted, copies: finder.copies(), partly });
}

function verdictOf(seen: { readonly rule: string; readonly config: QualityConfig; readonly lines: number; readonly copied: number; readonly wanted: number; readonly copies: readonly Copy[]; readonly partly: string }): VerdictNode {
  const { rule, config, lines, copied, wanted, copies, partly } = seen;
  const percent = Math.round((10_000 - percentOf(lines - copied, lines) * 100)) / 100;
  const said = `${percent} % of ${lines} new lines are copies, gates.quality.duplication.percent is ${wanted}`;
  const values = { percent, wanted, lines, copied, copies: copies.slice(0, SHOWN_MAX).map(told), ...placesOf(copies.map(({ path, from }) => ({ path, line: from }))) };
  if (percent <= wanted) return { rule, effect: 'allow', words: said + partly, values };
  return {
    rule, effect: effectOf(config.duplication.effect), words: `${said}: ${copies.slice(0, 3).map(told).join('; ')}${copies.length > 3 ? `; and ${copies.length - 3} more` : ''}${partly}`, values,
    findings: copies.slice(0, SHOWN_MAX).map((copy) => gateFinding('quality.duplication', { identity: [copy.path, copy.original, copy.to - copy.from], severity: 'warning', file: copy.path, line: copy.from, name: rule, message: `Lines ${copy.from}-${copy.to} are a copy of ${copy.original}:${copy.originalLine}. Use what is there, or make one of both.` })),
  };
}

async function sourcesOf(paths: readonly string[], textOf: TextReader): Promise<readonly Source[]> {
  const sources = await Promise.all(paths.map(async (path): Promise<readonly Source[]> => {
    const family = familyOf(path);
    const text = family === undefined ? undefined : await textOf('candidate', path);
    return family === undefined || text === undefined ? [] : [{ path, tokens: tokensOf(text, family) }];
  }));
  return sources.flat();
}

/** Files of the kinds that changed, those with the longest common folder first. */
function nearest(all: readonly { readonly path: string; readonly size: number }[], asked: readonly string[], fits: (path: string) => boolean): { readonly chosen: readonly { readonly path: string }[]; readonly left: number } {
  const kinds = new Set(asked.map(endingOf));
  const own = new Set(asked);
  const folders = new Set(asked.slice(0, NEAR_TO_MAX).flatMap((path) => foldersOf(path)));
  const near = (path: string): number => foldersOf(path).findLastIndex((folder) => folders.has(folder)) + 1;
  const possible = all.filter(({ path, size }) => !own.has(path) && kinds.has(endingOf(path)) && size <= FILE_BYTES_MAX && fits(path)).map((file) => ({ ...file, near: near(file.path) })).sort((a, b) => b.near - a.near || (a.path < b.path ? -1 : 1));
  let bytes = 0;
  const chosen = possible.slice(0, FILES_MAX).filter(({ size }) => (bytes += size) <= ALL_BYTES_MAX);
  return { chosen, left: possible.length - chosen.length };
}

/** `a/`, `a/b/` for `a/b/c.ts`. */
function foldersOf(path: string): readonly string[] {
  const found: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at + 1));
  return found;
}

const NEAR_TO_MAX = 1_000;

function told(copy: Copy): string {
  return `${copy.path}:${copy.from}-${copy.to} like ${copy.original}:${copy.originalLine}`;
}
