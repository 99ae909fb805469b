const STEPS_MAX = 200;

/**
 * Tells whether a link leads out of the tree. The way is walked on the tree itself: links met on it are followed as data,
 * so `folder-link/..` is judged by where it really leads. Nothing of the disk is looked at. A name that does not exist, or a
 * circle, stays inside.
 *
 * @param links every link of the tree: path -> target
 */
export function linkEscapes(path: string, links: ReadonlyMap<string, string>): boolean {
  const place = path.split('/').slice(0, -1);
  const target = links.get(path) ?? '';
  if (isAbsolute(target)) return true;
  const rest = target.split('/').reverse();
  let followed = 0;
  while (rest.length > 0) {
    const part = rest.pop();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      if (place.pop() === undefined) return true;
      continue;
    }
    place.push(part);
    const next = links.get(place.join('/'));
    if (next === undefined) continue;
    followed += 1;
    if (followed > STEPS_MAX) return false;
    if (isAbsolute(next)) return true;
    place.pop();
    rest.push(...next.split('/').reverse());
  }
  return false;
}

/** Windows spellings count too: the tree may be checked out there by whoever reviews it. */
function isAbsolute(target: string): boolean {
  return target.startsWith('/') || target.startsWith('\\') || /^[A-Za-z]:/.test(target);
}

/** True when the way to the target passes through something that is `.git` in any spelling. */
export function linkParts(target: string): readonly string[] {
  return target.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
}
