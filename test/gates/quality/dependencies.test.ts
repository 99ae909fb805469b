import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { advisoryIndex, readAdvisories } from '../../../src/gates/quality/dependencies/advisories.js';
import { manifestReader } from '../../../src/gates/quality/dependencies/manifest-readers.js';
import { compareVersions } from '../../../src/gates/quality/dependencies/versions.js';
import { brief, find, judge, reportsOf } from './quality-fixtures.js';

const told = (path: string, text: string): string[] => (manifestReader(path)?.(text) ?? []).map(({ ecosystem, name, version, exact, licence }) => `${ecosystem} ${name} ${exact ? '=' : ''}${version}${licence === undefined ? '' : ` ${licence}`}`);

describe('manifests and lockfiles', () => {
  it.each<[string, string, string[]]>([
    ['package.json', '{"dependencies":{"a":"^1.0.0"},"devDependencies":{"@s/b":"2"},"optionalDependencies":{"c":"*"}}', ['npm a ^1.0.0', 'npm @s/b 2', 'npm c *']],
    ['package-lock.json', '{"lockfileVersion":3,"packages":{"":{"name":"x"},"node_modules/a":{"version":"1.0.1","license":"MIT"},"node_modules/a/node_modules/@s/b":{"version":"2.0.0"},"packages/own":{"version":"1.0.0"},"node_modules/own":{"link":true}}}', ['npm a =1.0.1 MIT', 'npm @s/b =2.0.0']],
    ['sub/package-lock.json', '{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.1","dependencies":{"b":{"version":"3.0.0"}}}}}', ['npm a =1.0.1', 'npm b =3.0.0']],
    ['yarn.lock', '# yarn lockfile v1\n\n"@s/b@^2.0.0", "@s/b@^2.1.0":\n  version "2.1.0"\n  resolved "x"\n  dependencies:\n    version "1"\n\na@^1:\n  version "1.0.1"\n', ['npm @s/b =2.1.0', 'npm a =1.0.1']],
    ['yarn.lock', '__metadata:\n  version: 8\n\n"@s/b@npm:^2.0.0":\n  version: 2.1.0\n  resolution: "x"\n\n"own@workspace:.":\n  version: 0.0.0-use.local\n', ['npm @s/b =2.1.0']],
    ['pnpm-lock.yaml', "lockfileVersion: '9.0'\n\nimporters:\n  .:\n    dependencies:\n      a:\n        version: 1.0.1\n\npackages:\n\n  '@s/b@2.1.0':\n    resolution: {integrity: x}\n\n  a@1.0.1(peer@2.0.0):\n    resolution: {integrity: x}\n", ['npm @s/b =2.1.0', 'npm a =1.0.1']],
    ['pnpm-lock.yaml', 'lockfileVersion: 5.4\npackages:\n  /@s/b/2.1.0:\n    dev: true\n  /a/1.0.1_x@2:\n    dev: true\n', ['npm @s/b =2.1.0', 'npm a =1.0.1']],
    ['bun.lock', '{\n  "packages": {\n    "a": ["a@1.0.1", "", {}, "sha512-x"],\n    "@s/b": ["@s/b@2.1.0", "", {}, "sha512-x"],\n  }\n}\n', ['npm a =1.0.1', 'npm @s/b =2.1.0']],
    ['requirements.txt', '# tools\n-r base.txt\nFlask==3.0.1 ; python_version > "3"\nrequests[socks]>=2.31,<3 \\\n    --hash=sha256:x\nzope.interface\n./local\n', ['PyPI flask =3.0.1', 'PyPI requests >=2.31,<3', 'PyPI zope-interface *']],
    ['requirements/dev.txt', 'pytest==8.0.0', ['PyPI pytest =8.0.0']],
    ['pyproject.toml', '[project]\nname = "x"\ndependencies = [\n  "flask>=3",\n  "requests[socks]==2.31.0",\n]\n[project.optional-dependencies]\ndev = ["pytest"]\n[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.0"\nattrs = { version = "23.1", optional = true }\n[tool.black]\nline = "x"\n', ['PyPI flask >=3', 'PyPI requests =2.31.0', 'PyPI pytest *', 'PyPI django ^5.0', 'PyPI attrs 23.1']],
    ['poetry.lock', '[[package]]\nname = "Flask"\nversion = "3.0.1"\n\n[package.dependencies]\nversion = "x"\n[metadata]\nname = "x"\nversion = "1"\n', ['PyPI flask =3.0.1']],
    ['uv.lock', 'version = 1\n\n[[package]]\nname = "idna"\nversion = "3.7"\nsource = { registry = "x" }\n', ['PyPI idna =3.7']],
    ['Pipfile.lock', '{"default":{"Flask":{"version":"==3.0.1"}},"develop":{"pytest":{"version":"==8.0"}}}', ['PyPI flask =3.0.1', 'PyPI pytest =8.0']],
    ['go.mod', 'module x\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\n\nrequire (\n\tgolang.org/x/net v0.20.0 // indirect\n)\n\nreplace (\n\tx v1 => y v2\n)\n', ['Go github.com/a/b =v1.2.3', 'Go golang.org/x/net =v0.20.0']],
    ['go.sum', 'github.com/a/b v1.2.3 h1:x=\ngithub.com/a/b v1.2.3/go.mod h1:y=\n', ['Go github.com/a/b =v1.2.3']],
    ['Cargo.toml', '[package]\nname = "x"\nversion = "1.0.0"\n[dependencies]\nserde = "1.0"\ntokio = { version = "1.35", features = ["full"] }\n[target.x.dev-dependencies]\nrand = "0.8"\n[dependencies.regex]\nversion = "1"\n', ['crates.io serde 1.0', 'crates.io tokio 1.35', 'crates.io rand 0.8', 'crates.io regex *']],
    ['Cargo.lock', '[[package]]\nname = "serde"\nversion = "1.0.195"\n', ['crates.io serde =1.0.195']],
    ['Gemfile', 'source "x"\ngem "rails", "~> 7.1"\n  gem \'pg\'\n', ['RubyGems rails ~> 7.1', 'RubyGems pg *']],
    ['Gemfile.lock', 'GEM\n  remote: x\n  specs:\n    rails (7.1.2)\n      actionpack (= 7.1.2)\n\nPLATFORMS\n', ['RubyGems rails =7.1.2']],
    ['pom.xml', '<?xml version="1.0"?><project><dependencies><dependency><groupId>com.acme</groupId><artifactId>x</artifactId><version>1.2</version></dependency><dependency><groupId>g</groupId><artifactId>y</artifactId><version>${v}</version></dependency></dependencies></project>', ['Maven com.acme:x =1.2', 'Maven g:y ${v}']],
    ['build.gradle.kts', 'dependencies {\n  implementation("com.acme:x:1.2")\n  // implementation("no:no:1")\n  testImplementation("g:y")\n}\n', ['Maven com.acme:x =1.2', 'Maven g:y *']],
    ['gradle.lockfile', '# x\ncom.acme:x:1.2=compileClasspath\nempty=\n', ['Maven com.acme:x =1.2']],
    ['composer.json', '{"require":{"php":">=8","acme/x":"^1"},"require-dev":{"acme/y":"2"}}', ['Packagist acme/x ^1', 'Packagist acme/y 2']],
    ['composer.lock', '{"packages":[{"name":"acme/x","version":"v1.2.0","license":["MIT","GPL-2.0"]}],"packages-dev":[]}', ['Packagist acme/x =1.2.0 MIT OR GPL-2.0']],
    ['src/Shop.csproj', '<Project><ItemGroup><PackageReference Include="Serilog" Version="3.1.1" /><PackageReference Include="Dapper"><Version>2.1.0</Version></PackageReference></ItemGroup></Project>', ['NuGet Serilog =3.1.1', 'NuGet Dapper *', 'NuGet Dapper =2.1.0']],
    ['packages.lock.json', '{"version":1,"dependencies":{"net8.0":{"Serilog":{"type":"Direct","resolved":"3.1.1"},"own":{"type":"Project"}}}}', ['NuGet Serilog =3.1.1']],
    ['pom.xml', '<!DOCTYPE x [<!ENTITY a "b">]><project><dependency><artifactId>x</artifactId></dependency></project>', []],
    ['package-lock.json', 'not json', []],
  ])('reads %s', (path, text, expected) => {
    expect(told(path, text)).toEqual(expected);
  });

  it('never throws', () => {
    const paths = ['package.json', 'package-lock.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'requirements.txt', 'pyproject.toml', 'poetry.lock', 'Pipfile.lock', 'go.mod', 'go.sum', 'Cargo.toml', 'Gemfile', 'Gemfile.lock', 'pom.xml', 'build.gradle', 'composer.json', 'composer.lock', 'a.csproj', 'packages.lock.json'];
    fc.assert(fc.property(fc.constantFrom(...paths), fc.oneof(fc.string({ maxLength: 400 }), fc.json()), (path, text) => Array.isArray(manifestReader(path)?.(text))));
  });
});

describe('versions', () => {
  it.each([['1.0.0', '1.0.1', -1], ['1.10.0', '1.9.9', 1], ['v1.2', '1.2.0', 0], ['1.0.0-rc.1', '1.0.0', -1], ['1.0.0-alpha', '1.0.0-beta', -1], ['1.0.0-rc.2', '1.0.0-rc.10', -1], ['2.0', '2.0.0.Final', 0], ['1.0+build', '1.0', 0], ['0', '0.0.1', -1], ['1.0.post1', '1.0', 1]])('%s and %s', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order);
  });
});

const advisory = (events: object[], more: object = {}): string => JSON.stringify({ id: 'GHSA-1', summary: 'Bad things', database_specific: { severity: 'HIGH' }, affected: [{ package: { ecosystem: 'npm', name: 'lodash' }, ranges: [{ type: 'SEMVER', events }], ...more }] });

describe('advisories', () => {
  it.each<[string, string, boolean]>([
    [advisory([{ introduced: '0' }, { fixed: '4.17.21' }]), '4.17.20', true], [advisory([{ introduced: '0' }, { fixed: '4.17.21' }]), '4.17.21', false],
    [advisory([{ introduced: '2.0.0' }, { last_affected: '3.0.0' }]), '3.0.0', true], [advisory([{ introduced: '2.0.0' }, { last_affected: '3.0.0' }]), '3.0.1', false], [advisory([{ introduced: '2.0.0' }, { fixed: '3.0.0' }]), '1.9.0', false],
    [advisory([{ introduced: '1.0.0' }, { fixed: '1.5.0' }, { introduced: '2.0.0' }, { fixed: '2.5.0' }]), '2.1.0', true], [advisory([{ introduced: '1.0.0' }, { fixed: '1.5.0' }, { introduced: '2.0.0' }, { fixed: '2.5.0' }]), '1.7.0', false],
    [advisory([{ introduced: '0' }]), '99.0.0', true], [advisory([], { ranges: [], versions: ['1.2.3'] }), '1.2.3', true], [advisory([], { ranges: [], versions: ['1.2.3'] }), '1.2.4', false],
    [`{"vulns":[${advisory([{ introduced: '0' }])}]}`, '1.0.0', true], [`[${advisory([{ introduced: '0' }])}]`, '1.0.0', true], [`{"results":[{"packages":[{"vulnerabilities":[${advisory([{ introduced: '0' }])}]}]}]}`, '1.0.0', true],
    [advisory([{ introduced: '0' }]).replace('"id"', '"withdrawn":"2024-01-01T00:00:00Z","id"'), '1.0.0', false],
  ])('%.120s on %s: %s', (text, version, hit) => {
    const find = advisoryIndex(readAdvisories(text)?.advisories ?? []);
    expect(find({ ecosystem: 'npm', name: 'lodash', version, exact: true }).length > 0).toBe(hit);
    expect(find({ ecosystem: 'PyPI', name: 'lodash', version, exact: true })).toEqual([]);
  });

  it.each(['', '7', '{"hello":1}'])('does not take %j for advisories', (text) => {
    expect(readAdvisories(text)).toBeUndefined();
  });
});

describe('the dependencies of a change', () => {
  const lock = (packages: Readonly<Record<string, string>>): string => JSON.stringify({ packages: Object.fromEntries(Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version, license: name === 'gpl' ? 'GPL-3.0' : 'MIT' }])) });
  const base = { 'package-lock.json': lock({ a: '1.0.0', b: '1.0.0' }), 'security/osv.json': advisory([{ introduced: '0' }, { fixed: '4.17.21' }]) };
  const run = async (packages: Readonly<Record<string, string>>, dependencies: object = {}, reports: object = {}) => find(await judge(base, { ...base, 'package-lock.json': lock(packages) }, { quality: { dependencies }, ...reports }), 'dependencies');

  it.each<[string, Readonly<Record<string, string>>, object, string, string]>([
    ['a new one is held', { a: '1.0.0', b: '1.0.0', c: '2.0.0' }, {}, 'new-dependencies', 'hold: 1 new dependency: npm:c 2.0.0'],
    ['unless it is to be noted', { a: '1.0.0', b: '1.0.0', c: '2.0.0' }, { new: 'note' }, 'new-dependencies', 'allow: 1 new dependency: npm:c 2.0.0'],
    ['moved ones are listed', { a: '1.1.0' }, {}, 'dependencies', 'allow: dependencies: 0 added, 1 changed, 1 removed'],
    ['a forbidden one is refused', { a: '1.0.0', 'left-pad': '1.0.0' }, { deny: ['npm:left-pad'] }, 'denied-dependencies', 'deny: gates.quality.dependencies.deny forbids npm:left-pad 1.0.0'],
    ['a forbidden family is refused', { a: '1.0.0', '@evil/x': '1.0.0' }, { deny: ['@evil/*'] }, 'denied-dependencies', 'deny: gates.quality.dependencies.deny forbids npm:@evil/x 1.0.0'],
    ['one that is already there is not', { a: '1.0.0', b: '1.0.0', c: '1.0.0' }, { deny: ['a'] }, 'denied-dependencies', 'allow: no dependency of gates.quality.dependencies.deny is brought in'],
    ['a known vulnerability is refused', { a: '1.0.0', lodash: '4.17.20' }, { advisories: ['security/osv.json'] }, 'vulnerable-dependencies', 'deny: 1 known advisory: npm:lodash 4.17.20: GHSA-1 (high), fixed in 4.17.21'],
    ['a mended version is not', { a: '1.0.0', lodash: '4.17.21' }, { advisories: ['security/osv.json'] }, 'vulnerable-dependencies', 'allow: none of the new versions has one of the 1 advisories'],
    ['advisories that are not there are an error', { a: '1.1.0' }, { advisories: ['nowhere.json'] }, 'vulnerable-dependencies', 'error: the advisories cannot be used: nowhere.json is not in the base commit, or is larger than 4 MiB (let a check write it, format osv)'],
    ['advisories in another form are an error', { a: '1.1.0' }, { advisories: ['package-lock.json'] }, 'vulnerable-dependencies', 'error: the advisories cannot be used: package-lock.json is not in the OSV format'],
    ['another licence is held', { a: '1.0.0', gpl: '1.0.0' }, { licences: ['MIT'] }, 'licences', 'hold: other licences than gates.quality.dependencies.licences allows: npm:gpl 1.0.0: GPL-3.0'],
  ])('%s', async (_what, packages, config, rule, expected) => {
    const node = await run(packages, config);
    expect(brief(node === undefined ? undefined : find(node, rule))).toBe(expected);
  });

  it('takes advisories that a check of the base wrote, and none of the candidate', async () => {
    const osv = reportsOf({ check: 'advisories', states: [{ format: 'osv', path: 'osv.json', state: 'read' }], advisories: [advisory([{ introduced: '0' }])] });
    const withBase = await run({ a: '1.0.0', lodash: '4.17.20' }, {}, { reports: { base: [osv], candidate: [{ ...osv, advisories: [] }] } });
    expect(withBase === undefined ? undefined : find(withBase, 'vulnerable-dependencies')?.effect).toBe('deny');
    const withCandidate = await run({ a: '1.0.0', lodash: '4.17.20' }, {}, { reports: { base: [], candidate: [osv] } });
    expect(withCandidate === undefined ? undefined : find(withCandidate, 'vulnerable-dependencies')?.effect).toBe('allow');
  });

  it('holds a lockfile that cannot be read', async () => {
    const node = find(await judge(base, { ...base, 'package-lock.json': '{"packages":' }), 'dependencies');
    expect(brief(node === undefined ? undefined : find(node, 'unread-manifests'))).toBe('hold: package-lock.json cannot be read, so what it brings in is not known');
  });

  it('says nothing of a change without manifests', async () => {
    expect(brief(find(await judge({}, { 'src/a.js': 'x();\n' }), 'dependencies'))).toBe('allow: no dependency is added or moved');
  });
});
