import { code } from '../kit/harmless.js';
import type { Section } from './budget.js';
import { costWords } from './render-words.js';
import type { ReviewPacket } from './review-packet.js';

/** Lines of the head that say something else when other jobs did the work; nothing in one job. */
export function splitLines({ mode, checks, candidate }: ReviewPacket): { readonly checks: string; readonly cost: string; readonly isolation: string } | undefined {
  if (mode.kind !== 'split') return undefined;
  const { reported } = mode;
  return {
    checks: `- **Checks:** the verify job ran ${checks.length} on exactly tree ${code(candidate.tree.slice(0, 12))} and ended with success, says the CI service`,
    cost: `- **Cost, reported by the work job:** ${costWords(reported.usage)} in ${reported.usage.calls} model calls`,
    isolation: `- **Isolation, reported by the work job:** ${code(reported.rung)}`,
  };
}

/** What the mode of the run protects against and what it does not, so that nobody takes one for the other. */
export function modePart({ mode }: ReviewPacket): Section {
  if (mode.kind === 'one-job') return { title: 'What this mode does not protect against', open: ['One job did all of it (see `docs/split.md` for four jobs with own rights). If agent code breaks out of the sandbox:'], rows: ONE_JOB.map((line) => `- ${line}`), close: [] };
  const { reported } = mode;
  return {
    title: 'Reported by the work job, not proven', open: ['The job that ran the agent holds no token, and nothing here was decided by what it says.'], close: [],
    rows: [
      `- Agent ${code(reported.agent, 100)} with ${code(reported.model, 200)}, ${reported.attempts} ${reported.attempts === 1 ? 'attempt' : 'attempts'}, isolation ${code(reported.rung)}`,
      `- ${costWords(reported.usage)}, ${reported.usage.calls} model calls; its own trail has ${reported.trail.events} events, head ${code(reported.trail.head)}`,
      `- Bundle ${code(mode.bundle)}, manifest ${code(mode.manifest)}; read as hostile data, and only its tree was taken`,
    ],
  };
}

const ONE_JOB = [
  'the write token and the model key are in the same machine, and are lost',
  'approval, order and results come from the same process, and can be forged',
  'later steps of the same job can be changed',
  'the checks run with nothing but the sandbox between them and the token',
  'a self-hosted runner that lives on keeps what was left there',
];
