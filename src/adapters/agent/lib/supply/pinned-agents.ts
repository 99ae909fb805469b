/** Runners that agents can be installed on. */
export type Platform = 'linux-x64' | 'linux-arm64';

/** Where in which npm package the real program of an agent is. It is called directly: no launcher, no install script. */
export interface ProgramPackage {
  readonly name: string;
  /** What the package appends to the agent's version: codex publishes its programs as versions of one package. */
  readonly versionSuffix: string;
  /** The name under which the launcher depends on it. */
  readonly alias: string;
  /** The program, from the package's folder. */
  readonly entry: string;
  /** The program needs glibc; on musl (Alpine) it does not start. */
  readonly glibc: boolean;
}

/** A version that was tried, by what the registry's lockfile entry says, and what its files are. */
export interface KnownRelease {
  readonly integrity: string;
  /** SHA-256 over the unpacked files (`treeDigestOf`): what a tool cache is checked against before each use. */
  readonly tree: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

export interface PinnedAgent {
  /** The version that Heddle is tested with; used when the configuration names none. */
  readonly version: string;
  /** Its name on a PATH. */
  readonly program: string;
  /** The npm package that people install. */
  readonly wrapper: string;
  /** `node`: the program is a script, started with the Node that runs Heddle. */
  readonly runtime: 'native' | 'node';
  readonly packages: Readonly<Record<Platform, ProgramPackage>>;
  readonly releases: Readonly<Record<string, Readonly<Partial<Record<Platform, KnownRelease>>>>>;
}

const native = (name: string, entry: string): ProgramPackage => ({ name, versionSuffix: '', alias: name, entry, glibc: true });
const codex = (platform: Platform, triple: string): ProgramPackage => ({
  name: '@openai/codex', versionSuffix: `-${platform}`, alias: `@openai/codex-${platform}`, entry: `vendor/${triple}/bin/codex`, glibc: false,
});
const gemini: ProgramPackage = { name: '@google/gemini-cli', versionSuffix: '', alias: '@google/gemini-cli', entry: 'bundle/gemini.js', glibc: false };
const GEMINI_0_61_0: KnownRelease = {
  integrity: 'sha512-dbQ9A0qBtFJNi6XBkHvfZ6Azpn6PNgH/P8h2MZ67RLlX8hSAVjup39CRWqdRxZv7YXIuhrFaytr8y0jKnkoxnQ==',
  tree: 'sha256:701b528f081957853da11a251734562853f5acc8115ba14b7e52eb9ca1ff7742', packedBytes: 20_772_697, unpackedBytes: 98_292_138,
};

/**
 * The agents' programs. Integrities are the registry's (`npm view PACKAGE@VERSION dist.integrity`); `scripts/pin-agent.mjs`
 * fetches a package, checks it and prints its row.
 */
export const PINNED_AGENTS = {
  'claude-code': {
    version: '2.1.329', program: 'claude', wrapper: '@anthropic-ai/claude-code', runtime: 'native',
    packages: { 'linux-x64': native('@anthropic-ai/claude-code-linux-x64', 'claude'), 'linux-arm64': native('@anthropic-ai/claude-code-linux-arm64', 'claude') },
    releases: {
      '2.1.329': {
        'linux-x64': { integrity: 'sha512-+n4lu1ubYAp02Y0X/MAUnxw9yY6SHHZ77F+IoW+V0wVoFuiI9opdH6gofjf14gXJCEYMTNpks7Gn1i8XZTKAWA==', tree: 'sha256:10fc6f4efeab6d0c4d150ff7d9a3aa6d360f85783dc19497987ceef868390522', packedBytes: 174_004_228, unpackedBytes: 377_545_818 },
        'linux-arm64': { integrity: 'sha512-IiG5umFToSCVWqB1lEsxxwIxKgxPXyZ3DRU915v8J4Bz5Q3JpslM0ew1m5yaT+lFXBPvYxmsEgi0XI68XHND0A==', tree: 'sha256:bca2f26ba41d5df6865419b588f2f8431376dc001cd16e92ce610611d2c92646', packedBytes: 174_809_946, unpackedBytes: 376_367_114 },
      },
    },
  },
  codex: {
    version: '0.169.0', program: 'codex', wrapper: '@openai/codex', runtime: 'native',
    packages: { 'linux-x64': codex('linux-x64', 'x86_64-unknown-linux-musl'), 'linux-arm64': codex('linux-arm64', 'aarch64-unknown-linux-musl') },
    releases: {
      '0.169.0': {
        'linux-x64': { integrity: 'sha512-o05NyAOCDygSPRo1yinzxvkRSdmsZyBD9E7mbpmjRanSfM8lypqWtQgEo4XfNkwhuCR2aFu8mlGOsQGFXVbVww==', tree: 'sha256:f391b7e6ede91f5cea81a4d02b6169cf025d9cef7bbb35f18a1b52e952824acb', packedBytes: 167_001_509, unpackedBytes: 422_666_418 },
        'linux-arm64': { integrity: 'sha512-NZ/DaQUpcQmxmqee7Z9uC1rzw3GhSbooawcaTe1LN5Yk+WlinUKGdTXJgClRT/9ogQEEM9TWxYzvxPfj5G/xFg==', tree: 'sha256:6db2e2147c8ee03204fb3c2ea88d4188f9c1bfcc3c8bea869f794e219ea62889', packedBytes: 171_743_625, unpackedBytes: 421_970_532 },
      },
    },
  },
  'gemini-cli': {
    version: '0.61.0', program: 'gemini', wrapper: '@google/gemini-cli', runtime: 'node',
    packages: { 'linux-x64': gemini, 'linux-arm64': gemini },
    releases: { '0.61.0': { 'linux-x64': GEMINI_0_61_0, 'linux-arm64': GEMINI_0_61_0 } },
  },
  opencode: {
    version: '1.18.33', program: 'opencode', wrapper: 'opencode-ai', runtime: 'native',
    packages: { 'linux-x64': native('opencode-linux-x64', 'bin/opencode'), 'linux-arm64': native('opencode-linux-arm64', 'bin/opencode') },
    releases: {
      // The program for arm64 was not to be had where the pins were taken: there a pin of one's own is needed.
      '1.18.33': { 'linux-x64': { integrity: 'sha512-q/t/3p2CTxOT9y2kvjesb/LZab2+1eqlhhWA02Be6mjTtmYtNBcBsrI5yDo4Fw7ZSPBW2oyMIGMNRqiKQjiAWw==', tree: 'sha256:d300eb44aa637be8cb1d558aae36ca26a426b7756564c609e02ca8b5a8b262ad', packedBytes: 60_275_143, unpackedBytes: 185_354_506 } },
    },
  },
} as const satisfies Readonly<Record<string, PinnedAgent>>;

export type PinnedAgentId = keyof typeof PINNED_AGENTS;
