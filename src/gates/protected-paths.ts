import { canonicalPath } from '../kit/canonical-path.js';

/** Why a path is protected. The group decides the words and is a value of the verdict. */
export type ProtectedGroup = 'ci' | 'git' | 'owners' | 'agent-instructions' | 'heddle' | 'dot-folder';

interface Rule { readonly group: ProtectedGroup; readonly matches: (path: string, parts: readonly string[]) => boolean }

const inAnyFolder = (names: readonly string[]) => (_path: string, parts: readonly string[]): boolean => parts.some((part) => names.includes(part));
const asFile = (names: readonly string[]) => (_path: string, parts: readonly string[]): boolean => names.includes(parts.at(-1) ?? '');
const atRoot = (names: readonly string[]) => (path: string, parts: readonly string[]): boolean => names.includes(path) || names.includes(parts[0] ?? '');

/**
 * What no change may touch, whatever the configuration says: whoever writes these decides what runs, who approves, or
 * what the next agent is told (research: security, «Defaults»). Names are in canonical spelling.
 */
const RULES: readonly Rule[] = [
  { group: 'ci', matches: atRoot(['.github', '.gitlab', '.circleci', '.buildkite', '.azure-pipelines', '.woodpecker', '.drone.yml', '.travis.yml', 'jenkinsfile', 'azure-pipelines.yml', 'bitbucket-pipelines.yml', 'appveyor.yml', '.appveyor.yml', 'renovate.json', 'renovate.json5', '.renovaterc', '.renovaterc.json']) },
  { group: 'ci', matches: (_path, parts) => parts.some((part) => part.startsWith('.gitlab-ci')) },
  { group: 'owners', matches: asFile(['codeowners']) },
  // `.gitkeep` holds an empty folder and nothing else.
  { group: 'git', matches: (_path, parts) => parts.some((part) => /^\.git(?!hub$|keep$)/.test(part) || /^git~\d$/.test(part) || /^gi[0-9a-f]{4}~\d$/.test(part)) },
  { group: 'ci', matches: (_path, parts) => parts.some((part) => /^(?:github|gitlab)~\d$/.test(part)) },
  { group: 'agent-instructions', matches: asFile(['agents.md', 'agents.override.md', 'agent.md', 'claude.md', 'claude.local.md', 'gemini.md', 'codex.md', 'copilot-instructions.md', '.cursorrules', '.windsurfrules', '.clinerules', '.roorules', '.goosehints', '.aider.conf.yml', '.mcp.json', 'mcp.json', 'opencode.json', 'opencode.jsonc', 'skill.md']) },
  { group: 'agent-instructions', matches: inAnyFolder(['.claude', '.codex', '.gemini', '.cursor', '.windsurf', '.clinerules', '.roo', '.continue', '.opencode', '.agents', '.aider', '.junie', '.kiro', '.amazonq']) },
  { group: 'heddle', matches: (_path, parts) => parts.some((part) => part === '.heddle' || part === '.heddle.yml' || part === '.heddle.yaml') },
  // `.changeset` holds notes for a changelog: plain data that many repositories ask of every change.
  { group: 'dot-folder', matches: (_path, parts) => parts.length > 1 && (parts[0] ?? '').startsWith('.') && parts[0] !== '.changeset' },
];

/** The group that protects a path in any of its spellings, or undefined. */
export function protectedBy(path: string): ProtectedGroup | undefined {
  const canonical = canonicalPath(path);
  const parts = canonical.split('/');
  return RULES.find((rule) => rule.matches(canonical, parts))?.group;
}
