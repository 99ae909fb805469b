// Writes docs/security/matrix.md from a real run: the cases in every rung of this machine, and the tests elsewhere that the
// table names. `npm run compile` first. Takes a few minutes; CI checks the page by test/adversarial and never writes it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'heddle-matrix-'));
const results = path.join(scratch, 'tests.json');

function jest(args, env = {}) {
  return spawnSync(process.execPath, ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '-w', '2', ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } }).status;
}

const cases = parse(readFileSync(path.join(root, 'test/adversarial/cases.yml'), 'utf8'));
const named = [...new Set(cases.flatMap((one) => (one.tests ?? []).map(([file]) => file)))];
// A contract runs in the tests of its adapters.
const files = named.flatMap((file) => (file.startsWith('test/contract/') ? ['test/adapters/'] : [file]));
try {
  jest([`--json`, `--outputFile=${results}`, ...new Set(files)]);
  const status = jest(['test/adversarial/matrix.test.ts'], { HEDDLE_UPDATE_MATRIX: '1', HEDDLE_MATRIX_TESTS: results });
  process.stdout.write(status === 0 ? 'docs/security/matrix.md is written; every case that ran is as the table says\n' : 'docs/security/matrix.md is written; some cases FAILED, it says which\n');
  process.exitCode = status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
