/** What is wrong with one part of a path, or undefined. `tracked`: the base commit has this very path, so its spelling is not the agent's doing. */
export function nameProblem(name: string, tracked: boolean): { readonly code: 'git-path' | 'unsafe-name' | 'not-utf8' | 'nested-repository'; readonly message: string } | undefined {
  if (isPlain(name)) return undefined;
  if (name === '.git') return { code: 'nested-repository', message: 'a repository inside the repository cannot be captured; remove its .git' };
  if (isGitName(name)) return { code: 'git-path', message: 'some file systems take this name for .git; choose another' };
  // The reader of the folder replaces bytes that are no UTF-8 by U+FFFD; a name that really holds that character is no loss.
  if (name.includes('\ufffd')) return { code: 'not-utf8', message: 'the name is not valid UTF-8; rename it' };
  if (tracked) return undefined;
  if (UNSAFE.test(name)) return { code: 'unsafe-name', message: 'the name holds control, invisible or direction-changing characters, or a backslash; rename it' };
  return undefined;
}

/**
 * Control characters, everything that changes the direction of text or shows as nothing (bidi marks, zero-width
 * characters, tags, soft hyphen, fillers), line separators, and the backslash, which is a separator elsewhere.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\\]/u;
/** HFS+ leaves these out when it compares names; others are refused by the same rule because people cannot see them. */
const IGNORABLE = /[\p{Cf}\p{Cc}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]/gu;

/** Most names are plain ASCII and need no second look: this is the hot path of the walk. */
function isPlain(name: string): boolean {
  const first = name.charCodeAt(0) | 0x20;
  if (first === 0x2e || first === 0x67) return PLAIN.test(name) && !/^(\.g|g)it/i.test(name);
  return PLAIN.test(name);
}
const PLAIN = /^[A-Za-z0-9_.@+,=()[\]{}#$%&!'; -]+$/;

/**
 * True for every spelling that some file system takes for `.git`: any case, trailing dots and blanks, the short name
 * `git~1`, an NTFS stream (`.git::$INDEX_ALLOCATION`), ignorable characters between, compatibility forms, and any of
 * these after a backslash.
 */
export function isGitName(name: string): boolean {
  const folded = name.replace(IGNORABLE, '').normalize('NFKC').replace(IGNORABLE, '').toLowerCase();
  return folded.split('\\').some((part) => {
    const stem = trimEnd(part.split(':', 1)[0] ?? '');
    return stem === '.git' || /^git~[0-9]+$/.test(stem);
  });
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '.' || text[end - 1] === ' ')) end -= 1;
  return text.slice(0, end);
}

/** A path as it may be shown: what is not plainly visible is written as `\u{…}`. At most 300 characters. */
export function shownPath(path: string): string {
  const shown = path.replace(/[\p{C}\p{Zl}\p{Zp}\\]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return shown.length > 300 ? `${shown.slice(0, 299)}…` : shown;
}
