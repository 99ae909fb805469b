import type { AgentEvent, AgentTask } from '../../../ports/coding-agent.js';
import type { ProgramInput } from '../../../ports/sandbox.js';
import type { AgentPolicy } from '../../../domain/agent-policy.js';
import { clipText } from '../lib/clip-text.js';
import type { OutputLine } from '../lib/output-lines.js';
import { serverEnvironment } from '../lib/server-environment.js';
import { parseJsonLine } from '../lib/parse-json-line.js';
import type { Talk } from '../lib/stream-program.js';
import { permissionFor } from './permission.js';
import { Answer, Call, Initialized, NewSession, PermissionRequest, Prompted } from './schema.js';
import { Updates } from './updates.js';

const PROTOCOL_VERSION = 1;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const TEXT_MAX = 2000;

export type Stage = 'initialize' | 'authenticate' | 'session/new' | 'session/load' | 'session/prompt';

/** How the talk ended by the agent's own word. */
export type TalkEnd =
  | { readonly kind: 'answered'; readonly stopReason: string }
  | { readonly kind: 'refused'; readonly stage: Stage; readonly code: number; readonly words: string }
  | { readonly kind: 'strange'; readonly stage: Stage };

/**
 * Our side of one conversation: initialize, authenticate where the agent can be pointed to a gateway, open or load a
 * session, prompt once, answer what the agent asks, and close. Neither files nor terminals are offered: the agent is in
 * the sandbox as a whole and has its own.
 */
export class Dialogue implements Talk {
  /** Set when the agent can load sessions: only then there is something to continue. */
  session: string | undefined;
  end: TalkEnd | undefined;
  readonly updates = new Updates();
  readonly #task: AgentTask;
  readonly #policy: AgentPolicy;
  readonly #holdingToken: readonly string[];
  #input: ProgramInput | undefined;
  #over: () => void = () => undefined;
  #nextId = 1;
  #awaited: { readonly id: number; readonly stage: Stage } | undefined;
  #talkingTo: string | undefined;
  #loads = false;

  /** `holdingToken`: variables of the program in which the gateway's token stands. */
  constructor(task: AgentTask, policy: AgentPolicy, holdingToken: readonly string[] = []) {
    this.#holdingToken = holdingToken;
    this.#task = task;
    this.#policy = policy;
  }

  begin(input: ProgramInput, over: () => void): void {
    this.#input = input;
    this.#over = over;
    this.#ask('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: 'heddle', version: '1' },
    });
  }

  interrupted(): void {
    if (this.#talkingTo !== undefined) this.#send({ method: 'session/cancel', params: { sessionId: this.#talkingTo } });
  }

  /** One line of the agent. `undefined` says that it is no message of the protocol. */
  read(line: OutputLine): readonly AgentEvent[] | undefined {
    if (line.text.trim() === '') return [];
    if (line.stream === 'stderr') return [{ type: 'noted', text: clipText(line.text, TEXT_MAX) }];
    const message = parseJsonLine(line.text);
    if (message === undefined) return undefined;
    const call = Call.safeParse(message);
    if (call.success) return call.data.id === undefined ? this.#notified(call.data) : this.#asked(call.data, call.data.id);
    const answer = Answer.safeParse(message);
    return answer.success ? this.#answered(answer.data) : undefined;
  }

  #notified({ method, params }: Call): readonly AgentEvent[] | undefined {
    if (method !== 'session/update') return [];
    // Before the answer to `session/load` the agent tells again what was said long ago.
    return this.#awaited?.stage === 'session/load' ? [] : this.updates.read(params);
  }

  #asked({ method, params }: Call, id: number | string | null): readonly AgentEvent[] {
    if (method !== 'session/request_permission') {
      this.#send({ id, error: { code: METHOD_NOT_FOUND, message: 'This client does not offer it. Use your own tools.' } });
      return [];
    }
    const request = PermissionRequest.safeParse(params);
    if (!request.success) {
      this.#send({ id, error: { code: INVALID_PARAMS, message: 'Not a request for permission as the protocol knows it.' } });
      return [];
    }
    const { sandbox } = this.#task;
    const call = this.updates.known(request.data.toolCall);
    const { outcome, refusal } = permissionFor(call, request.data.options, { policy: this.#policy, workdir: sandbox.workdir, rung: sandbox.rung });
    this.#send({ id, result: { outcome } });
    return refusal === undefined ? [] : [{ type: 'noted', text: clipText(`not allowed: ${call.title ?? call.kind ?? ''}: ${refusal}`, TEXT_MAX) }];
  }

  #answered({ id, result, error }: Answer): readonly AgentEvent[] {
    const awaited = this.#awaited;
    if (awaited === undefined || awaited.id !== id || this.end !== undefined) return [];
    this.#awaited = undefined;
    if (error !== undefined) {
      this.#finish({ kind: 'refused', stage: awaited.stage, code: error.code, words: error.message });
      return [...this.updates.said(), { type: 'erred', text: clipText(error.message, TEXT_MAX) }];
    }
    return this.#goOn(awaited.stage, result) ?? this.#finish({ kind: 'strange', stage: awaited.stage });
  }

  /** The next step after an answer; `undefined` when the answer is none that the protocol knows. */
  #goOn(stage: Stage, result: unknown): readonly AgentEvent[] | undefined {
    switch (stage) {
      case 'initialize': {
        const initialized = Initialized.safeParse(result);
        return initialized.success && initialized.data.protocolVersion === PROTOCOL_VERSION ? this.#introduced(initialized.data) : undefined;
      }
      case 'authenticate': return this.#open();
      case 'session/new': {
        const opened = NewSession.safeParse(result);
        return opened.success ? this.#opened(opened.data.sessionId) : undefined;
      }
      case 'session/load': return this.#task.session === undefined ? undefined : this.#opened(this.#task.session);
      case 'session/prompt': {
        const prompted = Prompted.safeParse(result);
        if (!prompted.success) return undefined;
        const { stopReason, usage } = prompted.data;
        this.#finish({ kind: 'answered', stopReason });
        return [...this.updates.said(), ...(usage === undefined || usage === null ? [] : [{ type: 'used' as const, claim: { ...usage, of: 'session' as const } }])];
      }
    }
  }

  #introduced({ agentCapabilities, authMethods }: Initialized): readonly AgentEvent[] {
    this.#loads = agentCapabilities?.loadSession === true;
    const { url, token } = this.#task.gateway;
    const method = authMethods?.find((each) => each._meta?.['gateway'] !== undefined);
    if (method === undefined) return this.#open();
    const headers = { authorization: `Bearer ${token}`, 'x-api-key': token, 'x-goog-api-key': token };
    this.#ask('authenticate', { methodId: method.id, _meta: { gateway: { baseUrl: url, headers } } });
    return [];
  }

  #open(): readonly AgentEvent[] {
    const place = { cwd: this.#task.sandbox.workdir, mcpServers: this.#policy.servers.map((server) => serverOf(server, this.#holdingToken)) };
    if (this.#task.session !== undefined && this.#loads) this.#ask('session/load', { sessionId: this.#task.session, ...place });
    else this.#ask('session/new', place);
    return [];
  }

  #opened(session: string): readonly AgentEvent[] {
    this.#talkingTo = session;
    if (this.#loads) this.session = session;
    this.#ask('session/prompt', { sessionId: session, prompt: [{ type: 'text', text: this.#task.prompt }] });
    return this.#loads ? [{ type: 'session', session }] : [];
  }

  #finish(end: TalkEnd): readonly AgentEvent[] {
    this.end = end;
    this.#over();
    return [];
  }

  #ask(stage: Stage, params: object): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#awaited = { id, stage };
    this.#send({ id, method: stage, params });
  }

  #send(message: object): void {
    this.#input?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
}

function serverOf(server: AgentPolicy['servers'][number], holdingToken: readonly string[]): object {
  const [command = '', ...args] = server.command;
  return { name: server.name, command, args, env: Object.entries(serverEnvironment(server, holdingToken)).map(([name, value]) => ({ name, value })) };
}
