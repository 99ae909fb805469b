import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The built-in agent's program as one file, as the packaged one is: `{ node, args }` for the adapter. Built anew from
 * `src/` by each test file that asks, which takes well under a second.
 */
export function builtinProgram(): { readonly node: string; readonly args: readonly string[] } {
  const file = join(mkdtempSync(join(tmpdir(), 'heddle-builtin-')), 'agent.mjs');
  const contents = `import { runBuiltinAgent } from './src/adapters/agent/builtin/program/run-builtin-agent.ts'; process.exitCode = await runBuiltinAgent();`;
  const build = { stdin: { contents, resolveDir: root, loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile: file, logLevel: 'error' };
  // In a process of its own: the bundler does not run inside the test environment's context.
  execFileSync(process.execPath, ['-e', `require('esbuild').buildSync(${JSON.stringify(build)})`], { cwd: root });
  // An installed program can be read by every account.
  chmodSync(dirname(file), 0o755);
  return { node: process.execPath, args: [file] };
}
