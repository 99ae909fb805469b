import { lacking, type Examination } from './examination.js';

/** Pasted into a repository as it stands here; a test proves that it is valid. */
export const EXAMPLE_CHECKS = [
  'checks:',
  '  install:',
  '    run: npm ci',
  '    role: setup',
  '  test:',
  '    run: npm test',
  '    needs: [install]',
].join('\n');

const RUN_CHARS_MAX = 120;

export const examineChecks: Examination = {
  id: 'checks', group: 'repository', title: 'Checks',
  async examine(facts) {
    const derived = await facts.checks();
    if (!derived.ok) return lacking(derived.error);
    const { checks, explanation } = derived.value;
    const skipped = explanation.filter((one) => one.decision === 'skipped').map((one) => `not used: ${one.origin}: ${one.why}`);
    if (!checks.some((check) => check.role === 'check')) {
      return {
        standing: 'missing', words: 'No check was found that could prove a change right, so no run would be admitted.', details: skipped,
        next: `Name the commands that fail when the code is wrong. Commit this to the base branch as .heddle.yml, with your own commands:\n\n${indented(EXAMPLE_CHECKS)}`,
      };
    }
    const used = checks.map((check) => {
      const why = explanation.find((one) => one.decision === 'used' && one.origin === check.origin)?.why;
      const about = [...(check.role === 'setup' ? ['set-up'] : []), ...(check.workdir === '' ? [] : [`in ${check.workdir}`]), ...(check.needs.length === 0 ? [] : [`after ${check.needs.join(', ')}`])];
      return `${check.id}: ${firstLine(check.run)} (${[check.origin, ...(why === undefined ? [] : [why]), ...about].join('; ')})`;
    });
    const count = checks.filter((check) => check.role === 'check').length;
    return { standing: 'good', words: `${count === 1 ? '1 check judges' : `${count} checks judge`} the work. They are not run now; a run tries them on the base commit before the agent starts.`, details: [...used, ...skipped] };
  },
};

function firstLine(run: string): string {
  const [line = '', ...more] = run.trim().split('\n');
  const cut = line.length > RUN_CHARS_MAX ? `${line.slice(0, RUN_CHARS_MAX)}…` : line;
  return more.length === 0 ? cut : `${cut} … (${more.length + 1} lines)`;
}

function indented(text: string): string {
  return text.split('\n').map((line) => `    ${line}`).join('\n');
}
