import { asObject, asText, dependency, entries, jsonObject, linesOf, type Dependency, type ManifestReader } from './dependency.js';

const KINDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

export const packageJson: ManifestReader = (text) => {
  const manifest = jsonObject(text);
  return KINDS.flatMap((kind) => entries(manifest?.[kind]).flatMap(([name, version]) => dependency('npm', name, asText(version), { exact: false })));
};

/** package-lock.json and npm-shrinkwrap.json: `packages` of version 2 and 3, the tree of version 1. */
export const packageLock: ManifestReader = (text) => {
  const lock = jsonObject(text);
  const packages = entries(lock?.['packages']);
  if (packages.length === 0) return nested(lock?.['dependencies'], 0);
  return packages.flatMap(([place, value]) => {
    const entry = asObject(value);
    const at = place.lastIndexOf('node_modules/');
    if (entry === undefined || at < 0 || entry['link'] === true) return [];
    const licence = entry['license'];
    return dependency('npm', asText(entry['name']) ?? place.slice(at + 'node_modules/'.length), asText(entry['version']), { exact: true, licence: asText(licence) });
  });
};

function nested(value: unknown, depth: number): readonly Dependency[] {
  if (depth > 30) return [];
  return entries(value).flatMap(([name, entry]) => [...dependency('npm', name, asText(asObject(entry)?.['version']), { exact: true }), ...nested(asObject(entry)?.['dependencies'], depth + 1)]);
}

/** yarn.lock of version 1 (`name@range:` and `version "x"`) and of berry (`"name@npm:range":` and `version: x`). */
export const yarnLock: ManifestReader = (text) => {
  let name: string | undefined;
  return linesOf(text).flatMap((line) => {
    if (/^\S/.test(line)) {
      const first = line.replace(/:$/, '').split(',')[0]?.trim().replace(/^"|"$/g, '') ?? '';
      const at = first.indexOf('@', 1);
      name = line.startsWith('#') || at < 0 || first.startsWith('__metadata') || first.includes('@workspace:') ? undefined : first.slice(0, at);
      return [];
    }
    const version = /^ {2}version:? "?([^"\s]{1,200})"?$/.exec(line)?.[1];
    return name === undefined || version === undefined ? [] : dependency('npm', name, version, { exact: true });
  });
};

/** The keys of `packages:` in pnpm-lock.yaml: `name@1.0.0(peer)`, `/name@1.0.0`, `/name/1.0.0_peer`. */
export const pnpmLock: ManifestReader = (text) => {
  let inside = false;
  return linesOf(text).flatMap((line) => {
    if (/^\S/.test(line)) inside = line === 'packages:' || line === 'snapshots:';
    const key = inside ? /^ {2}'?\/?([^\s'][^\s']{0,400}?)'?:$/.exec(line)?.[1] : undefined;
    if (key === undefined) return [];
    const bare = key.split('(')[0] ?? key;
    const old = /^((?:@[^/]{1,200}\/)?[^/@]{1,200})\/(\d[^_]{0,100})/.exec(bare);
    if (old !== null) return dependency('npm', old[1] ?? '', old[2], { exact: true });
    const at = bare.lastIndexOf('@');
    return at <= 0 ? [] : dependency('npm', bare.slice(0, at), bare.slice(at + 1), { exact: true });
  });
};

/** bun.lock: JSON with trailing commas, one package a line: `"name": ["name@1.0.0", …`. */
export const bunLock: ManifestReader = (text) => linesOf(text).flatMap((line) => {
  const spec = /^\s{2,8}"[^"]{1,300}": \["([^"]{1,400})"/.exec(line)?.[1];
  const at = spec?.lastIndexOf('@') ?? -1;
  return spec === undefined || at <= 0 || spec.includes('@workspace:') ? [] : dependency('npm', spec.slice(0, at), spec.slice(at + 1), { exact: true });
});
