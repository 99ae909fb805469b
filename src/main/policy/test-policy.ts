import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { configProblemText, readDocument } from '../../config/read-document.js';
import { err, ok, type Result } from '../../kit/result.js';
import { PolicyCases } from '../../policy/policy-case.js';
import { runCases } from '../../policy/run-cases.js';
import type { Arguments } from '../arguments.js';
import { usageProblem, type Problem } from '../problem.js';
import type { PolicyAnswer } from './policy-answer.js';
import { compiledPolicy, policyOnDisk, readText } from './policy-place.js';

const CASES_FOLDER = '.heddle/policy-tests';
const FILES_MAX = 200;

/** `heddle policy test [FILE…]`: runs the team's own cases against its policy. */
export async function testPolicy(given: Arguments): Promise<Result<PolicyAnswer, Problem>> {
  const opened = await policyOnDisk(given, given.values.get('config'));
  if (!opened.ok) return opened;
  const files = await caseFiles(given);
  if (!files.ok) return files;
  const policy = await compiledPolicy(opened.value);
  const results = [];
  for (const file of files.value) {
    const text = await readText(file);
    const shown = path.relative(process.cwd(), file);
    if (text === undefined) return err(usageProblem(`The file of cases ${shown} cannot be read.`));
    const read = readDocument({ text, file: shown }, PolicyCases);
    if (!read.ok) return err(usageProblem(read.error.map(configProblemText).join('\n')));
    results.push(...runCases(policy, read.value.data.tests).map((result, index) => ({ ...result, file: shown, line: read.value.locate(['tests', index]).line })));
  }
  const failed = results.filter(({ ok: passed }) => !passed).length;
  const lines = results.map(({ name, ok: passed, wrong, file, line, verdict }) => (passed
    ? `ok    ${name}`
    : [`FAIL  ${name}  (${file}:${line})`, ...wrong.map((one) => `        ${one}`), `        the policy said ${verdict.effect}: ${verdict.tree.words}`].join('\n')));
  const text = [...lines, '', `${results.length} cases, ${results.length - failed} passed, ${failed} failed`].join('\n');
  return ok({ text, json: { ok: failed === 0, passed: results.length - failed, failed, cases: results.map(({ name, ok: passed, wrong, file, line, verdict }) => ({ name, ok: passed, wrong, file, line, effect: verdict.effect, outcome: verdict.outcome })) }, passed: failed === 0 });
}

async function caseFiles(given: Arguments): Promise<Result<readonly string[], Problem>> {
  const named = given.positionals.slice(1);
  if (named.length > 0) return ok(named.map((file) => path.resolve(file)));
  const folder = path.resolve(given.values.get('repo') ?? '.', CASES_FOLDER);
  const found = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort().slice(0, FILES_MAX);
  if (found.length > 0) return ok(found.map((name) => path.join(folder, name)));
  return err(usageProblem(`There are no cases. Write them into ${CASES_FOLDER}/*.yml (docs/policy.md shows how), or name files: heddle policy test FILE.`));
}
