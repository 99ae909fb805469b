import { isLockFileName } from '../domain/lock-file.js';
import { canonicalPath } from '../kit/canonical-path.js';
import type { FileKind } from './facts.js';

/**
 * What a file is, by its name alone; several at once are possible (a lockfile is `dependencies` and `generated`). `code` and
 * `other` are what is left. The name is foreign: every expression here is linear, and look-alikes are folded first.
 */
export function fileKinds(path: string): readonly FileKind[] {
  const canonical = canonicalPath(path);
  const parts = canonical.split('/');
  const name = parts.at(-1) ?? '';
  const folders = parts.slice(0, -1);
  const kinds = KINDS.filter(([, is]) => is(name, folders, canonical)).map(([kind]) => kind);
  if (kinds.some((kind) => kind !== 'generated')) return kinds;
  return [...kinds, CODE.test(name) ? 'code' : 'other'];
}

type Test = (name: string, folders: readonly string[], path: string) => boolean;

const within = (folders: readonly string[], names: readonly string[]): boolean => folders.some((folder) => names.includes(folder));

const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|mdx|py|pyi|ipynb|rb|go|rs|java|kts?|scala|groovy|clj[cs]?|cs|fs|vb|php|swift|m|mm|c|cc|cpp|cxx|h|hpp|hh|ex|exs|erl|hs|ml|mli|r|jl|lua|pl|pm|dart|sh|bash|zsh|fish|ps1|bat|cmd|sql|graphql|gql|proto|tf|bicep|sol|zig|nim|html?|css|s[ac]ss|less)$/;
const TEXT_DOC = /\.(?:md|markdown|rst|adoc|asciidoc|txt)$/;
const DEPENDENCIES = /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|bun\.lockb?|deno\.lock|\.npmrc|\.yarnrc(?:\.yml)?|pyproject\.toml|setup\.(?:py|cfg)|pipfile(?:\.lock)?|poetry\.lock|uv\.lock|pdm\.lock|.{0,60}requirements.{0,60}\.(?:txt|in)|constraints\.txt|cargo\.(?:toml|lock)|go\.(?:mod|sum|work)|gemfile(?:\.lock)?|.{1,60}\.gemspec|composer\.(?:json|lock)|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|gradle\.lockfile|libs\.versions\.toml|.{1,60}\.csproj|directory\.packages\.props|packages\.(?:config|lock\.json)|mix\.(?:exs|lock)|pubspec\.(?:yaml|lock)|package\.resolved|package\.swift|podfile(?:\.lock)?|renovate\.json5?|\.renovaterc(?:\.json)?|dependabot\.ya?ml)$/;
const TEST_NAME = /(?:[._-](?:test|tests|spec|cy|e2e)\.[a-z]{1,5}|(?:_test|_spec)\.[a-z]{1,4}|(?:tests?|it|spec)\.(?:java|kt|cs|scala|php|swift|groovy))$|^test_.{0,200}\.py$|^conftest\.py$/;
const CI_NAME = /^(?:\.travis\.yml|\.drone\.yml|jenkinsfile.{0,60}|azure-pipelines.{0,60}\.ya?ml|bitbucket-pipelines\.yml|\.?appveyor\.yml|\.gitlab-ci.{0,60}\.ya?ml|cloudbuild\.ya?ml|codecov\.yml|\.pre-commit-config\.yaml)$/;
const BUILD_NAME = /^(?:makefile|gnumakefile|justfile|taskfile\.ya?ml|rakefile|dockerfile.{0,60}|.{0,60}\.dockerfile|containerfile|docker-compose.{0,60}\.ya?ml|compose\.ya?ml|\.dockerignore|procfile|cmakelists\.txt|build\.(?:rs|bazel|sbt|xml)|workspace|build|(?:webpack|vite|rollup|babel|esbuild|jest|vitest|karma|playwright|cypress|eslint|prettier|next|nuxt|svelte|tailwind|postcss)\.config\.[a-z]{2,4}|tsconfig.{0,60}\.json|tox\.ini|pytest\.ini|noxfile\.py|gradlew(?:\.bat)?|gradle\.properties)$/;
const CONFIG_NAME = /\.(?:ya?ml|toml|ini|cfg|conf|properties|json5?|jsonc|xml|plist|tfvars|editorconfig)$|^\.env(?:\..{0,60})?$/;
const GENERATED_NAME = /(?:\.min\.(?:js|css)|\.pb\.(?:go|cc|h)|_pb2(?:_grpc)?\.pyi?|\.generated\.[a-z]{1,5}|[._]gen\.(?:go|ts|rs)|\.g\.(?:dart|cs)|\.designer\.cs|\.snap|\.map)$/;
const ASSET = /\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|pdf|zip|gz|tgz|jar|wasm|so|dll|exe|bin)$/;
const MIGRATION_NAME = /^v\d[\d._]{0,30}__.{1,200}\.sql$|^\d{8,14}[_-].{1,200}\.(?:sql|rb|py|ts|js|php)$/;
const DOC_NAME = /^(?:readme|changelog|changes|contributing|code_of_conduct|security|authors|notice|license|licence|copying|news|history|upgrading|roadmap)(?:\..{1,20})?$/;

const isDependency: Test = (name) => DEPENDENCIES.test(name) || isLockFileName(name);
const isCi: Test = (name, folders, path) => CI_NAME.test(name) || /^\.(?:github|gitlab|circleci|buildkite|azure-pipelines|woodpecker|forgejo|gitea)\//.test(path) || (name === 'action.yml' && folders.length === 0);
const isTest: Test = (name, folders) => TEST_NAME.test(name) || within(folders, ['test', 'tests', '__tests__', '__mocks__', '__snapshots__', 'spec', 'specs', 'e2e', 'testdata', 'fixtures', 'cypress']);
const isMigration: Test = (name, folders) => within(folders, ['migrations', 'migration', 'migrate', 'flyway', 'liquibase', 'alembic']) || (MIGRATION_NAME.test(name) && within(folders, ['db', 'database', 'sql', 'schema', 'versions']));
const isBuild: Test = (name) => BUILD_NAME.test(name);

const KINDS: readonly (readonly [FileKind, Test])[] = [
  ['dependencies', isDependency],
  ['ci', isCi],
  ['tests', isTest],
  ['migrations', isMigration],
  ['build', isBuild],
  ['docs', (name, folders, path) => (TEXT_DOC.test(name) || (DOC_NAME.test(name) && !CODE.test(name))) && !isDependency(name, folders, path) && !isBuild(name, folders, path) && !isTest(name, folders, path)],
  ['config', (name, folders, path) => CONFIG_NAME.test(name) && !isDependency(name, folders, path) && !isBuild(name, folders, path)],
  ['generated', (name, folders) => GENERATED_NAME.test(name) || isLockFileName(name) || within(folders, ['dist', 'vendor', 'node_modules', 'third_party', '__generated__', 'generated'])],
  ['assets', (name) => ASSET.test(name)],
];
