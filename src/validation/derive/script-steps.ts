import type { CheckId } from '../../domain/ids.js';
import { isSetup, notACheck, PREAMBLE_END, provesNothing } from './command-words.js';
import type { DerivedPlan } from './derived-plan.js';

/** One shell text of a CI job, and what was said about it. */
export interface ScriptStep {
  readonly text: string;
  readonly name: string | undefined;
  readonly workdir: string;
  readonly origin: string;
  /** Plain variables of the job and step; values with expressions were refused before. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Turns the steps of ONE job, in their order, into checks. What a step installs is needed by the steps after it.
 * A step whose lines stand alone is taken line by line; one with shell syntax over several lines stays whole.
 */
export function deriveSteps(input: { readonly steps: readonly ScriptStep[]; readonly plan: DerivedPlan; readonly needs: readonly CheckId[] }): void {
  const { steps, plan } = input;
  const needs: CheckId[] = [...input.needs];
  const pieces = steps.flatMap((step) => linesOf(step.text).map((command) => ({ step, command })));
  const venv = pieces.some(({ command }) => /^(?:python[\d.]* -m )?pip[\d.]* install\b/.test(command) && notACheck(command) === undefined);
  const made = new Set<string>();
  let build: CheckId | undefined;
  for (const { step, command } of pieces) {
    if (provesNothing(command)) continue;
    const refusal = notACheck(command);
    if (refusal !== undefined) {
      plan.skip(step.origin, `${refusal}: ${shown(command)}`);
      continue;
    }
    const proposal = { name: step.name ?? command, workdir: step.workdir, origin: step.origin };
    if (venv && !made.has(step.workdir)) {
      made.add(step.workdir);
      const id = plan.setup({ ...proposal, name: 'venv', run: 'python3 -m venv .venv', why: 'packages are installed into a folder of the checkout', needs });
      if (id !== undefined) needs.push(id);
    }
    const run = withPreamble(command, step.env, venv);
    if (isSetup(command)) {
      const id = plan.setup({ ...proposal, name: `setup ${command}`, run, needs, why: `it installs what the checks need: ${shown(command)}` });
      if (id !== undefined && !needs.includes(id)) needs.push(id);
      continue;
    }
    const id = plan.check({ ...proposal, name: `ci ${proposal.name}`, run, needs, why: `the repository's own CI runs it: ${shown(command)}` });
    if (id === undefined) continue;
    // A job builds before it tests for a reason; other lines of a job do not wait for each other.
    if (/(?:^|[ :_/-])(?:build|compile)(?:$|[ :_-])/.test(command)) build = id;
    else if (build !== undefined) plan.after(id, build);
  }
}

/** The commands of a step: its lines when each stands alone, else the whole text. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const whole = text.trim();
  const joined = /\\$/m.test(text) || /<<-?\s*['"]?\w/.test(text)
    || lines.some((line) => /^\s*(?:if|for|while|until|case|function|then|else|fi|do|done|esac|cd|export|set|pushd|popd|source|\.|trap|\w+=|\w+\(\)|[{}()])(?:\s|;|=|$|\S*=)/.test(line));
  if (joined) return whole === '' ? [] : [whole];
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

const BASH_ONLY = /\[\[|\bset -[a-z]*o pipefail\b|\bpipefail\b|(?:^|\s)source\s|<\(|\bdeclare\b|\w+=\(|\$'|\bpushd\b|\bshopt\b/m;

/** Checks run under `sh -e`. Text that needs bash is handed to it as a document, so that no quoting can go wrong. */
function withPreamble(command: string, env: Readonly<Record<string, string>>, venv: boolean): string {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
  if (venv) lines.unshift('PATH="$PWD/.venv/bin:$PATH"; export PATH');
  const body = BASH_ONLY.test(command) ? `bash -e <<'HEDDLE_STEP'\n${command.replaceAll('HEDDLE_STEP', 'HEDDLE-STEP')}\nHEDDLE_STEP` : command;
  return lines.length === 0 ? body : `${lines.join('\n')}\n${PREAMBLE_END}\n${body}`;
}

function shown(command: string): string {
  const line = command.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
