import { gateFindings } from '../../attempt/attempt-history.js';
import { renderPrompt } from '../../attempt/prompt.js';
import { renderRepairPrompt } from '../../attempt/repair-prompt.js';
import type { Brief } from '../../domain/brief.js';
import { digestOf } from '../../domain/digest.js';
import type { Fault } from '../../domain/fault.js';
import { rungAtLeast } from '../../domain/rung.js';
import { err, type Result } from '../../kit/result.js';
import type { EgressSession } from '../../ports/egress.js';
import type { Sandbox } from '../../ports/sandbox.js';
import type { Ending } from '../command.js';
import type { Context } from '../context.js';
import { stoppedBy } from '../look-again.js';
import { conclude } from './conclude.js';
import { spentBy } from '../spent-by.js';
import { openEgress } from '../open-egress.js';
import { placesIn } from '../places.js';
import { prepareAgentFolder } from '../prepare-agent-folder.js';
import { readBrief } from '../read-brief.js';
import { runAgent } from '../run-agent.js';
import type { RunState } from '../state.js';

type Ready = Extract<RunState, { kind: 'ready' }>;

/** One agent session: everything it needs is made ready, the start is recorded, the agent runs, its end is recorded. */
export async function startAttempt(context: Context, state: Ready): Promise<Result<void, Fault>> {
  const { ports, trail } = context;
  const stopped = await stopMark(context, state);
  if (stopped !== undefined) return conclude(context, stopped);
  const brief = await readBrief(context, state);
  if (!brief.ok) return brief;
  const program = await ports.agent.identify?.();
  if (program?.ok === false) return program;
  const folder = await prepareAgentFolder(context, state);
  if (!folder.ok) return folder;
  const egress = await openEgress(context, context.settings.config.sandbox.network.allow);
  if (!egress.ok) return egress;
  const sandbox = await openSandbox(context, state, egress.value);
  if (!sandbox.ok) {
    await egress.value?.close();
    return sandbox;
  }
  const before = state.attempts.at(-1);
  const session = ports.agent.capabilities.continues && !folder.value.fresh ? before?.session : undefined;
  const prompt = promptFor(state, brief.value, session !== undefined);
  await ports.evidence.writeText(`agent/${state.next}/prompt.md`, prompt);
  await trail.append({
    type: 'attempt-started', attempt: state.next, agent: ports.agent.id, model: state.order.agent.model,
    rung: sandbox.value.rung, isolation: sandbox.value.form, promptDigest: digestOf(prompt), continued: session !== undefined,
    ...(program === undefined ? {} : { program: program.value }),
  });
  return runAgent(context, { attempt: state.next, order: state.order, spent: spentBy(state), prompt, session, sandbox: sandbox.value, egress: egress.value });
}

/**
 * Somebody may have said stop while the attempt before ran. Best effort: a tracker that is away must not keep the work from
 * going on, and the delivery looks again and takes no silence for an answer. In the split this job has no token to ask with.
 */
async function stopMark(context: Context, state: Ready): Promise<Ending | undefined> {
  const { ports, settings } = context;
  if (state.next === 1 || settings.phase !== undefined || !ports.tracker.capabilities.history) return undefined;
  const fetched = await ports.tracker.fetch(state.order.ticket, context.signal);
  const stopped = fetched.ok ? await stoppedBy(context, state, fetched.value) : fetched;
  return stopped.ok ? stopped.value : undefined;
}

async function openSandbox(context: Context, state: Ready, egress: EgressSession | undefined): Promise<Result<Sandbox, Fault>> {
  const { ports, settings } = context;
  const places = placesIn(settings.scratch);
  const opened = await ports.sandboxes.open({
    workspace: places.agentFolder, home: places.agentHome, network: 'closed', readOnly: ['.git'],
    mounts: [...await ports.agent.mounts(), ...objectMounts(context), { from: places.briefFile, to: places.briefFile, writable: false }, ...egress?.mounts ?? []],
  });
  if (opened.ok && !rungAtLeast(opened.value.rung, state.order.minRung)) {
    return err({ code: 'unsupported', side: 'setup', retryable: false, source: 'flow', message: `The sandbox reached ${opened.value.rung}, the order wants at least ${state.order.minRung}.` });
  }
  return opened;
}

/** The agent's read-only `.git` borrows its objects; it must be able to read them. */
function objectMounts(context: Context): { from: string; to: string; writable: false }[] {
  return context.ports.workspace.objectFolders.map((folder) => ({ from: folder, to: folder, writable: false }));
}

function promptFor(state: Ready, brief: Brief, continued: boolean): string {
  const record = state.attempts.at(-1);
  if (state.plan === undefined || record === undefined) return renderPrompt(brief);
  const wanted = new Set<string>(state.plan.findings);
  return renderRepairPrompt({
    brief, continued, soft: state.plan.soft,
    findings: [...record.judged.findings, ...gateFindings(record.verdict)].filter((finding) => wanted.has(finding.fingerprint)),
    ...(record.ending?.kind === 'stopped' ? { stopped: record.ending.reason } : {}),
    ...(record.captured?.kind === 'refused' ? { refusals: record.captured.refusals } : {}),
    ...(record.verdict !== undefined && record.verdict.effect !== 'allow' ? { gate: record.verdict } : {}),
    reproduce: state.checks.filter((check) => check.role === 'check').map(({ id, run }) => ({ check: id, run })),
  });
}
