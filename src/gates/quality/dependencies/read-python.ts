import { asObject, asText, dependency, entries, jsonObject, linesOf, type Dependency, type ManifestReader } from './dependency.js';

/** PEP 508 up to its version: `name[extra] >= 1.0, < 2 ; marker`. */
export function requirement(text: string): readonly Dependency[] {
  const found = /^([A-Za-z0-9][\w.-]{0,199})\s{0,5}(?:\[[^\]]{0,200}\])?\s{0,5}(?:\(?\s{0,5}((?:[=!<>~]=?=?|@)[^;#)]{0,200}))?/.exec(text.trim());
  if (found === null) return [];
  const range = (found[2] ?? '').split(' --')[0]?.trim() ?? '';
  const pinned = /^===?\s*([^,\s*]+)$/.exec(range)?.[1];
  return dependency('PyPI', found[1] ?? '', pinned ?? range, { exact: pinned !== undefined });
}

/** requirements.txt; options, URLs and included files are not followed. */
export const requirements: ManifestReader = (text) => linesOf(text).flatMap((line) => (/^\s*(?:#|-|$|https?:|git\+|\.)/.test(line) ? [] : requirement(line.replace(/\\$/, ''))));

/** `[project] dependencies`, optional ones and groups (PEP 621, 735), and Poetry's tables. Lists of strings are read line by line. */
export const pyproject: ManifestReader = (text) => {
  let table = '';
  let list = false;
  return linesOf(text).flatMap((line): readonly Dependency[] => {
    const header = /^\[{1,2}([^\]]{1,200})\]{1,2}/.exec(line)?.[1];
    if (header !== undefined) {
      table = header.replaceAll('"', '').trim();
      list = false;
      return [];
    }
    if (/^tool\.poetry(?:\.group\.[\w-]+)?\.(?:dev-)?dependencies$/.test(table)) {
      const found = /^"?([\w.-]{1,200})"?\s*=\s*(?:"([^"]{0,200})"|\{(.{0,500}))/.exec(line);
      if (found === null || found[1] === 'python') return [];
      return dependency('PyPI', found[1] ?? '', found[2] ?? /version\s*=\s*"([^"]{0,200})"/.exec(found[3] ?? '')?.[1], { exact: false });
    }
    const groups = table === 'project.optional-dependencies' || table === 'dependency-groups' || table === 'tool.uv';
    if (/^(?:dependencies|dev-dependencies|requires)\s*=\s*\[/.test(line) && /^(?:project|build-system|tool\.uv|tool\.pdm)$/.test(table)) list = true;
    else if (groups && /^[\w.-]{1,100}\s*=\s*\[/.test(line)) list = true;
    if (!list) return [];
    const after = /^[\w.-]{1,100}\s*=\s*\[(.*)$/.exec(line)?.[1] ?? line;
    const found = [...after.matchAll(/"([^"]{1,300})"|'([^']{1,300})'/g)].flatMap((match) => requirement(match[1] ?? match[2] ?? ''));
    if (/\]\s*(?:#.*)?$/.test(after.replace(/\[[^\]]{0,200}\]/g, ''))) list = false;
    return found;
  });
};

export const pipfileLock: ManifestReader = (text) => {
  const lock = jsonObject(text);
  return ['default', 'develop'].flatMap((kind) => entries(lock?.[kind]).flatMap(([name, entry]) => dependency('PyPI', name, asText(asObject(entry)?.['version'])?.replace(/^==/, ''), { exact: true })));
};
