import type { ManifestReader } from './dependency.js';
import { bunLock, packageJson, packageLock, pnpmLock, yarnLock } from './read-javascript.js';
import { cargoToml, composerJson, composerLock, gemfile, gemfileLock, goMod, goSum, gradle, gradleLock, nugetLock, nugetXml, pomXml, tomlLock } from './read-others.js';
import { pipfileLock, pyproject, requirements } from './read-python.js';

const BY_NAME: Readonly<Record<string, ManifestReader>> = {
  'package.json': packageJson, 'package-lock.json': packageLock, 'npm-shrinkwrap.json': packageLock, 'yarn.lock': yarnLock, 'pnpm-lock.yaml': pnpmLock, 'bun.lock': bunLock,
  'pyproject.toml': pyproject, 'poetry.lock': tomlLock('PyPI'), 'uv.lock': tomlLock('PyPI'), 'pdm.lock': tomlLock('PyPI'), 'pipfile.lock': pipfileLock,
  'go.mod': goMod, 'go.sum': goSum, 'cargo.toml': cargoToml, 'cargo.lock': tomlLock('crates.io'), 'gemfile': gemfile, 'gemfile.lock': gemfileLock,
  'pom.xml': pomXml, 'build.gradle': gradle, 'build.gradle.kts': gradle, 'libs.versions.toml': gradle, 'gradle.lockfile': gradleLock,
  'composer.json': composerJson, 'composer.lock': composerLock, 'packages.lock.json': nugetLock, 'packages.config': nugetXml, 'directory.packages.props': nugetXml,
};

/** The reader of a manifest or lockfile by its name, or undefined for any other file. */
export function manifestReader(path: string): ManifestReader | undefined {
  if (path.split('/').includes('node_modules')) return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name];
  if (/^(?:.{0,60}requirements.{0,60}|constraints)\.(?:txt|in)$/.test(name) || /(?:^|\/)requirements\/[^/]{1,80}\.(?:txt|in)$/i.test(path)) return requirements;
  return /\.(?:csproj|fsproj|vbproj)$/.test(name) ? nugetXml : undefined;
}
