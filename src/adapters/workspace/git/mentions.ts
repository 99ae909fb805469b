import type { Core } from './core.js';

const WALL_MS_MAX = 5_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const LINE_CHARS_MAX = 500;

/**
 * Lines of a tree that hold one of the words, with their files. Fixed words, no patterns: they come from file names. Answers
 * nothing when it would take too long, so that the caller can say that it is not known.
 */
export async function findMentions(core: Core, tree: string, words: readonly string[]): Promise<readonly { readonly path: string; readonly text: string }[] | undefined> {
  if (words.length === 0) return [];
  const ending = await core.git.run({
    gitDir: core.gitDir, wallMsMax: WALL_MS_MAX, outputBytesMax: OUTPUT_BYTES_MAX,
    args: ['grep', '-z', '-I', '-F', '--no-color', '--no-textconv', '--full-name', '--no-recurse-submodules', ...words.flatMap((word) => ['-e', word]), tree],
  });
  if (ending.kind !== 'ended' || ending.code > 1) return undefined;
  return ending.stdout.toString('utf8').split('\n').flatMap((line) => {
    const end = line.indexOf('\0');
    return end < 0 ? [] : [{ path: line.slice(tree.length + 1, end), text: line.slice(end + 1, end + 1 + LINE_CHARS_MAX) }];
  });
}
