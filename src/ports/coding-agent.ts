import type { FenceAbility } from '../domain/agent-policy.js';
import type { Fault } from '../domain/fault.js';
import type { Digest } from '../domain/ids.js';
import type { AttemptStop } from '../domain/stop-reason.js';
import type { UntrustedText } from '../domain/text.js';
import type { Result } from '../kit/result.js';
import type { ModelApi } from './model-gateway.js';
import type { Mount, ProgramLimits, Sandbox } from './sandbox.js';

/** One session of a coding agent on a brief. */
export interface AgentTask {
  readonly attempt: number;
  /** The whole prompt, rendered by the attempt room; foreign text is already inside its mark. */
  readonly prompt: string;
  /** The folder the agent may edit, as seen by us. The sandbox shows it at `sandbox.workdir`. */
  readonly workspace: string;
  /** Kept between the attempts of one run (sessions live here), fresh for each run. */
  readonly home: string;
  /** A file with the brief as JSON, readable for the agent. */
  readonly briefFile: string;
  readonly model: string;
  /** The session of the attempt before, to be continued; undefined on the first. */
  readonly session: string | undefined;
  readonly gateway: GatewayEndpoint;
  readonly sandbox: Sandbox;
  readonly limits: AgentLimits;
  /** Aborts with the reason that the outcome then carries. */
  readonly signal: AbortSignal;
}

/** How an agent inside the sandbox reaches the model. The token opens only this attempt's gateway session; it is no key. */
export interface GatewayEndpoint {
  /** `http://127.0.0.1:PORT`, as the agent sees it (through the relay when the network is closed). */
  readonly url: string;
  /** Set when the sandbox has no network: the relay maps `url` to this socket. */
  readonly socket: string | undefined;
  readonly token: string;
  readonly api: ModelApi;
}

/** The bounds of one session: a silent agent is always ended. */
export type AgentLimits = ProgramLimits & { readonly idleMsMax: number };

/** A normalised event of any agent. All text is foreign. */
export type AgentEvent =
  | { readonly type: 'session'; readonly session: string }
  | { readonly type: 'said'; readonly text: UntrustedText }
  | { readonly type: 'tool-called'; readonly tool: string; readonly input: UntrustedText; readonly action?: ToolAction }
  | { readonly type: 'tool-answered'; readonly tool: string; readonly ok: boolean; readonly output: UntrustedText }
  | { readonly type: 'noted'; readonly text: UntrustedText }
  /** What the agent says it used, the whole session so far or one step. A claim: the gateway counts. */
  | { readonly type: 'used'; readonly claim: UsageClaim }
  /** The agent reports an error of its own, of a tool or of the model. A claim as well. */
  | { readonly type: 'erred'; readonly text: UntrustedText };

/** What a tool call is about, as far as its adapter can tell from the agent's own words. */
export type ToolAction =
  | { readonly kind: 'command'; readonly command: UntrustedText }
  | { readonly kind: 'edit'; readonly paths: readonly UntrustedText[] }
  | { readonly kind: 'mcp'; readonly server: string }
  | { readonly kind: 'other' };

export interface UsageClaim {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `session` = all of this program's run; `step` = one model call of it. */
  readonly of: 'session' | 'step';
}

/** How the session ended. `completed` says only that the program ended by itself; the candidate is judged by what it is. */
export type AgentOutcome = { readonly outputBytes: number; readonly session: string | undefined } & (
  | { readonly kind: 'completed'; readonly summary: UntrustedText }
  | { readonly kind: 'stopped'; readonly reason: AttemptStop }
  | { readonly kind: 'failed'; readonly fault: Fault }
);

/** A coding agent: starts a session and streams its events; the generator's return value is the outcome. It never throws for what the agent does. */
export interface CodingAgent {
  readonly id: string;
  readonly capabilities: AgentCapabilities;
  run(task: AgentTask): AsyncGenerator<AgentEvent, AgentOutcome>;
  /** Whether the agent's program can be started here: its version, or what is missing and how to get it. */
  probe(): Promise<{ readonly ok: true; readonly version: string } | { readonly ok: false; readonly message: string }>;
  /** Puts the working folder in order after a session whose orchestrator was killed: called once, before the folder is read. */
  tidy?(workspace: string): Promise<void>;
  /** Folders the sandbox must show read-only so that the program can run. */
  mounts(): Promise<readonly Mount[]>;
  /** The program that a session will run, for the records. Installs a pinned one that is missing; an error says why no session can begin. Absent where the program is our own or the user's. */
  identify?(): Promise<Result<AgentProgram, Fault>>;
}

/** Which program an agent is: what it says of itself, and what it is made of. */
export interface AgentProgram {
  readonly version: string;
  /** Of the installed files as a whole, or of the executable that was found. */
  readonly digest: Digest;
  /** `installed`: by us, from a package whose integrity was checked. `found`: on the runner. */
  readonly origin: 'installed' | 'found';
}

export interface AgentCapabilities {
  /** A later attempt continues the session instead of starting over. */
  readonly continues: boolean;
  readonly apis: readonly ModelApi[];
  /** False for programs that use no model through us: no gateway is opened for them. */
  readonly usesModel: boolean;
  /** What of `agent.tools` and `agent.mcp` its own permission system enforces. */
  readonly fence?: readonly FenceAbility[];
}
