import type { Fault } from '../../domain/fault.js';
import type { Phase } from '../../domain/phase.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { CodingAgent } from '../../ports/coding-agent.js';
import type { Forge } from '../../ports/forge.js';
import type { SandboxFactory } from '../../ports/sandbox.js';
import type { Tracker } from '../../ports/tracker.js';

/**
 * What a phase of the split does not hold, as ports that answer so. A phase cannot ask a forge by mistake when there is no client,
 * and a command that would is told which job has what it needs.
 */
export function absentForge(phase: Phase): Forge {
  const no = async (): Promise<Result<never, Fault>> => Promise.resolve(err(missing(phase, 'forge')));
  return {
    reader: {
      id: 'none', capabilities: { checkRuns: false, reviews: false, drafts: false, startsCi: false, bodyCharsMax: 60_000 },
      repository: no, headOf: no, permissionOf: no, openHeddleChanges: no, missingForDelivery: no,
    },
    writer: { publish: no, upsertChange: no },
    claims: { claim: no, release: async () => Promise.resolve(ok(undefined)) },
  };
}

/** Admission may claim a ticket, keep a run that waits and tell another repository of a ticket; it publishes nothing, and nothing here could. */
export function admittingForge(phase: Phase, forge: Forge): Forge {
  return { ...forge, writer: absentForge(phase).writer };
}

export function absentTracker(phase: Phase): Tracker {
  const no = async (): Promise<Result<never, Fault>> => Promise.resolve(err(missing(phase, 'tracker')));
  return { id: 'none', capabilities: { history: false, editTime: false, comments: false }, fetch: no, upsertComment: no };
}

export function absentSandboxes(phase: Phase): SandboxFactory {
  return {
    probe: async () => Promise.resolve({ rung: 'none', form: 'none', refused: [] }),
    open: async () => Promise.resolve(err(missing(phase, 'sandbox'))),
  };
}

export function absentAgent(phase: Phase): CodingAgent {
  const { message } = missing(phase, 'agent');
  return {
    id: 'none', capabilities: { continues: false, apis: [], usesModel: false },
    probe: async () => Promise.resolve({ ok: false, message }),
    mounts: async () => Promise.resolve([]),
    run: async function* () {
      yield* [];
      return { kind: 'failed', fault: missing(phase, 'agent'), outputBytes: 0, session: undefined };
    },
  };
}

function missing(phase: Phase, what: string): Fault {
  return { code: 'unsupported', side: 'ours', retryable: false, source: `main/${phase}`, message: `The phase ${phase} has no ${what}.` };
}
