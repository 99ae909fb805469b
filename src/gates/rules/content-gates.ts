import type { VerdictNode } from '../../domain/verdict.js';
import { canonicalPath } from '../../kit/canonical-path.js';
import { pathsNode, pathsOf, type Gate, type GateInput } from '../gate-facts.js';

export const submodules: Gate = ({ candidate }) => pathsNode({
  rule: 'submodules', effect: 'deny', paths: pathsOf(candidate, (file) => file.newMode === '160000' || file.oldMode === '160000'),
  none: 'no submodule is touched', some: 'a submodule is added, moved or removed: its content cannot be checked here',
});

/** A link may stay inside the repository. One whose target is not known is held: capture has refused the escaping ones. */
export const links: Gate = (input) => {
  const changed = pathsOf(input.candidate, (file) => file.newMode === '120000');
  const targets = changed.map((path) => ({ path, target: input.addedText?.(path) }));
  const leaving = targets.filter(({ path, target }) => target !== undefined && linkLeaves(path, target)).map(({ path }) => path);
  if (leaving.length > 0) return pathsNode({ rule: 'links', effect: 'deny', paths: leaving, none: '', some: 'links lead out of the repository or into git\'s own folder' });
  const unknown = targets.filter(({ target }) => target === undefined).map(({ path }) => path);
  if (unknown.length > 0) return pathsNode({ rule: 'links', effect: 'hold', paths: unknown, none: '', some: 'links are added or changed, and their targets are not known here' });
  return pathsNode({ rule: 'links', effect: 'allow', paths: changed, none: 'no link is added or changed', some: 'links are added or changed; all stay inside the repository' });
};

/** Walks the target as text, from the link's folder. The target is foreign: it is compared, never followed. */
export function linkLeaves(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || /^[A-Za-z]:/.test(target) || target.includes('\\') || target.includes('\0')) return true;
  const parts = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return true;
  }
  return parts.some((part) => /^(?:\.git|git~\d)$/.test(canonicalPath(part)));
}

export const binaries: Gate = ({ candidate }) => pathsNode({
  rule: 'binaries', effect: 'allow', paths: pathsOf(candidate, (file) => file.binary && file.status !== 'deleted'),
  none: 'no binary file is added or changed', some: 'these binary files cannot be read in review',
});

/**
 * A file that is text by its name and binary by its bytes: one NUL byte keeps every reader of lines (this diff, the hidden-text
 * gate, the reviewer's page) from seeing what else is in it. A person must look.
 */
export const disguised: Gate = ({ candidate }) => pathsNode({
  rule: 'disguised-text', effect: 'hold', paths: pathsOf(candidate, (file) => file.binary && file.status !== 'deleted' && TEXT_NAME.test(file.path)),
  none: 'no source file poses as binary', some: 'these files are text by their name and binary by their bytes, so their lines cannot be shown',
});

const TEXT_NAME = /\.(?:[cm]?[jt]sx?|vue|svelte|py|rb|go|rs|java|kts?|scala|cs|fs|php|swift|c|cc|cpp|cxx|h|hpp|m|sh|bash|zsh|ps1|bat|sql|graphql|proto|ya?ml|toml|ini|cfg|conf|properties|json5?|xml|html?|css|scss|less|md|rst|txt|csv|gradle|tf|lock)$|(?:^|\/)(?:Makefile|Dockerfile|Gemfile|Rakefile|Procfile)$/i;

/** The sizes that capture has bounded already, looked at again: deliver trusts no earlier claim. */
export const size: Gate = ({ candidate, limits }) => {
  const { stats, files } = candidate;
  const values = { files: stats.files, filesMax: limits.diffFilesMax, bytes: stats.bytes, bytesMax: limits.diffBytesMax, additions: stats.additions, deletions: stats.deletions };
  const over = [
    ...(Math.max(stats.files, files.length) > limits.diffFilesMax ? [`${Math.max(stats.files, files.length)} files (limits.diff_files is ${limits.diffFilesMax})`] : []),
    ...(stats.bytes > limits.diffBytesMax ? [`${stats.bytes} bytes (limits.diff_kb is ${Math.floor(limits.diffBytesMax / 1024)})`] : []),
  ];
  if (over.length > 0) return { rule: 'size', effect: 'deny', words: `the change is too large: ${over.join(', ')}`, values };
  return { rule: 'size', effect: 'allow', words: 'the change is inside its size limits', values };
};

export const notEmpty: Gate = ({ candidate }) => (candidate.files.length === 0
  ? { rule: 'not-empty', effect: 'deny', words: 'the change is empty' }
  : { rule: 'not-empty', effect: 'allow', words: `${candidate.files.length} paths differ from the base` });

const BIDI = /[\u202a-\u202e\u2066-\u2069]/;
/** Fillers are letters to a compiler and nothing to a reader; supplementary variation selectors carry whole programs unseen. */
const INVISIBLE = /[\u200b\u2060-\u2064\u00ad\u180e\u115f\u1160\u3164\uffa0\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}]/u;

/** Text that reads otherwise than it runs. The place is told, the text itself is not repeated. */
export const hiddenText: Gate = (input) => {
  if (input.addedText === undefined) return { rule: 'hidden-text', effect: 'allow', words: 'the added text was not looked at' };
  const places = hiddenPlaces(input, BIDI);
  if (places.length > 0) return node(places, 'deny', 'added lines hold characters that turn the reading direction');
  const invisible = hiddenPlaces(input, INVISIBLE);
  if (invisible.length > 0) return node(invisible, 'hold', 'added lines hold invisible characters');
  return { rule: 'hidden-text', effect: 'allow', words: 'no added line hides text' };
};

function hiddenPlaces(input: GateInput, pattern: RegExp): readonly string[] {
  return input.candidate.files.filter((file) => file.newMode !== '120000' && file.status !== 'deleted').flatMap(({ path }) => {
    const text = input.addedText?.(path);
    if (text === undefined) return [];
    const line = text.split('\n').findIndex((one) => pattern.test(one));
    return line < 0 ? [] : [`${path} (added line ${line + 1})`];
  });
}

function node(paths: readonly string[], effect: 'deny' | 'hold', words: string): VerdictNode {
  return pathsNode({ rule: 'hidden-text', effect, paths, none: '', some: words });
}
