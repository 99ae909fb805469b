/**
 * What agents are told to leave alone, as globs from the repository's root. It is the part of the protected paths that
 * globs can say; the gates judge the finished change by all of them, in any spelling.
 */
export const PROTECTED_GLOBS: readonly string[] = [
  '.github/**', '.gitlab/**', '.gitlab-ci.yml', '.circleci/**', 'Jenkinsfile', 'azure-pipelines.yml',
  '**/CODEOWNERS', '.heddle.yml', '.heddle/**',
  '**/AGENTS.md', '**/CLAUDE.md', '**/GEMINI.md', '**/.mcp.json', '**/opencode.json',
  '**/.claude/**', '**/.codex/**', '**/.gemini/**', '**/.opencode/**', '**/.cursor/**', '**/.agents/**',
];
