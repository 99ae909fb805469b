/** Where a program stood, so that its paths can be told relative to the repository's root. */
export interface PathFrame {
  /** The checkout's root as programs may have written it: the sandbox's folder and the folder on the host. */
  readonly roots: readonly string[];
  /** The folder below the root in which the check ran; '' = the root. */
  readonly workdir: string;
}

/**
 * A path that a tool printed, from the repository's root with forward slashes; undefined when it is outside of the
 * checkout, inside installed packages, or no path at all. The text is foreign: it is a name for people and matching,
 * never opened.
 */
export function relativePath(printed: string, frame: PathFrame): string | undefined {
  let path = printed.trim().replace(/^file:\/\//, '').replaceAll('\\', '/');
  if (path === '' || path.length > 1000 || /^[a-z][a-z0-9+.-]*:/i.test(path)) return undefined;
  let inWorkdir = true;
  for (const root of frame.roots) {
    const prefix = root.endsWith('/') ? root : `${root}/`;
    if (prefix !== '/' && path.startsWith(prefix)) {
      path = path.slice(prefix.length);
      inWorkdir = false;
      break;
    }
  }
  if (path.startsWith('/')) return undefined;
  const parts: string[] = inWorkdir && frame.workdir !== '' ? frame.workdir.split('/') : [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  if (parts.length === 0 || parts.includes('node_modules') || parts.includes('site-packages')) return undefined;
  return parts.join('/');
}
