import type { VerdictNode } from '../../domain/verdict.js';
import { canonicalPath } from '../../kit/canonical-path.js';
import { effectOf, placesNode, readablePaths, type Gate } from '../gate-facts.js';
import { isCode } from './file-kinds.js';

/**
 * Identifiers that read as other identifiers (Unicode TR39). One whose look is that of an ASCII name in the same file is denied:
 * two names that a reader takes for one have no honest use. One that only mixes alphabets is held.
 */
export const lookAlikes: Gate = async ({ candidate, config, addedLines, textOf }): Promise<VerdictNode> => {
  const [twins, mixed]: [string[], string[]] = [[], []];
  for (const path of readablePaths(candidate).filter(isCode)) {
    const odd = (addedLines?.(path) ?? []).filter(({ text }) => OTHER_LETTER.test(text)).flatMap(({ line, text }) => oddNames(text).map((name) => ({ line, ...name })));
    if (odd.length === 0) continue;
    const names = namesOf(await textOf?.('candidate', path) ?? '');
    for (const { line, skeleton, mixes } of odd) {
      if (names.has(skeleton)) twins.push(`${path}:${line}`);
      else if (mixes) mixed.push(`${path}:${line}`);
    }
  }
  if (twins.length > 0) return placesNode({ rule: 'look-alikes', effect: 'deny', places: twins, none: '', some: 'these lines have a name that looks like another name of the same file and is another one' });
  return placesNode({ rule: 'look-alikes', effect: effectOf(config.gates.look_alikes), places: mixed, none: 'no added name mixes alphabets', some: 'these lines have names that mix letters of several alphabets' });
};

const OTHER_LETTER = /[^\u0000-\u007f]/;
const NAME = /[\p{L}_$][\p{L}\p{N}_$]{0,200}/gu;
const LATIN = /\p{Script=Latin}/u;
/** Alphabets whose letters pass for Latin ones. Others (Han, Kana, Hangul …) stand beside Latin letters in honest names. */
const CONFUSABLE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}\u{ff21}-\u{ff5a}\u{1d400}-\u{1d7ff}]/u;

function oddNames(text: string): readonly { readonly skeleton: string; readonly mixes: boolean }[] {
  return [...text.matchAll(NAME)].map(([name]) => name).filter((name) => OTHER_LETTER.test(name) && CONFUSABLE.test(name)).map((name) => ({
    skeleton: canonicalPath(name), mixes: LATIN.test(name) && CONFUSABLE.test(name),
  })).filter(({ skeleton, mixes }) => mixes || /^[\w$]{2,}$/.test(skeleton));
}

/** Plain names of the file in the spelling that skeletons have. One letter alone proves nothing: x, a and o are everywhere. */
function namesOf(text: string): ReadonlySet<string> {
  return new Set((text.match(/[A-Za-z_$][\w$]{1,200}/g) ?? []).map((name) => name.toLowerCase()));
}
