import type { CheckDefinition } from '../domain/check.js';

/** Which installers fill which folder. A setup command that matches none is run again on every checkout. */
const SERVED: readonly (readonly [installer: RegExp, folder: RegExp])[] = [
  [/\b(?:npm|pnpm|yarn|bun)\b/, /(?:^|\/)node_modules$/],
  [/\b(?:poetry|uv|pdm|venv|virtualenv)\b/, /(?:^|\/)\.venv$/],
  [/\bbundle\b/, /(?:^|\/)vendor\/bundle$/],
  [/\bcomposer\b/, /(?:^|\/)vendor$/],
];

/** True when the carried folders hold what this setup check would install, so that it need not run again. */
export function setupIsServed(check: Pick<CheckDefinition, 'role' | 'run'>, carried: readonly string[]): boolean {
  if (check.role !== 'setup') return false;
  const installers = SERVED.filter(([installer]) => installer.test(check.run));
  // A command that also does something else (a build step) is not served by folders alone.
  const lines = check.run.split(/\n|&&|;/).filter((line) => line.trim() !== '');
  return installers.length > 0 && lines.every((line) => installers.some(([installer]) => installer.test(line)))
    && installers.every(([, folder]) => carried.some((one) => folder.test(one)));
}
