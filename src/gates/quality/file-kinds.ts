/** Families of source files by their ending: what is a comment in them, and how their words are told apart. */
export type Family = 'c' | 'hash' | 'sql';

const FAMILIES: Readonly<Record<Family, readonly string[]>> = {
  c: ['js', 'jsx', 'mjs', 'cjs', 'ts', 'tsx', 'mts', 'cts', 'java', 'kt', 'kts', 'scala', 'groovy', 'go', 'rs', 'c', 'h', 'cc', 'cpp', 'cxx', 'hpp', 'hh', 'cs', 'php', 'swift', 'm', 'mm', 'dart', 'vue', 'svelte', 'proto', 'sol', 'zig'],
  hash: ['py', 'pyi', 'rb', 'sh', 'bash', 'zsh', 'pl', 'pm', 'r', 'jl', 'ex', 'exs', 'ps1', 'coffee', 'nim', 'cr'],
  sql: ['sql', 'lua', 'hs', 'elm', 'ada', 'adb'],
};
const BY_ENDING: ReadonlyMap<string, Family> = new Map(Object.entries(FAMILIES).flatMap(([family, endings]) => endings.map((ending): [string, Family] => [ending, family as Family])));

export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** The family of a source file, or undefined for anything that is no program. */
export function familyOf(path: string): Family | undefined {
  return BY_ENDING.get(endingOf(path));
}

/** Tests need no tests: they are not asked for coverage, and their likeness is no copying. */
export function isTest(path: string): boolean {
  const parts = path.toLowerCase().split('/');
  const name = parts.at(-1) ?? '';
  if (parts.slice(0, -1).some((part) => TEST_FOLDERS.has(part) || part.endsWith('.tests') || part.endsWith('.test'))) return true;
  return /(?:^test_|^conftest\.|_test\.|_tests\.|_spec\.|\.test\.|\.tests\.|\.spec\.|\.cy\.|\.e2e\.|\.stories\.)/.test(name) || /(?:Tests?|TestCase|IT|Spec)\.(?:java|kt|kts|scala|groovy|cs|php|swift)$/.test(path);
}

const TEST_FOLDERS = new Set(['test', 'tests', '__tests__', '__mocks__', 'spec', 'specs', 'testing', 'testdata', 'fixtures', '__fixtures__', 'e2e', 'cypress', 'testutil', 'testutils']);

/** Files that a program wrote, or that somebody else did: nobody is answerable for their style. */
export function isGenerated(path: string): boolean {
  const parts = path.split('/');
  if (parts.slice(0, -1).some((part) => FOREIGN_FOLDERS.has(part))) return true;
  return /(?:\.min\.(?:js|css)|\.pb\.go|\.g\.(?:cs|dart)|_pb2(?:_grpc)?\.py|\.generated\.\w{1,5}|\.designer\.cs|\.d\.ts|-lock\.json)$/i.test(parts.at(-1) ?? '');
}

const FOREIGN_FOLDERS = new Set(['node_modules', 'vendor', 'third_party', 'dist', 'build', 'out', 'generated', '__generated__', 'target', 'bower_components', 'site-packages', 'Pods']);

/** Code of this project that people wrote for use, not for testing. */
export function isOwnCode(path: string): boolean {
  return familyOf(path) !== undefined && !isTest(path) && !isGenerated(path);
}
