import type { Fault } from '../../../domain/fault.js';
import type { AgentEvent } from '../../../ports/coding-agent.js';
import { clipText, jsonText } from '../lib/clip-text.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { WireLine } from './schema.js';

const TEXT_MAX = 16_000;
const NAME_MAX = 100;

export type EndedLine = Extract<WireLine, { type: 'ended' }>;

/** A line of the wire as events. The last line is none: it becomes the outcome. */
export function eventsOf(line: Exclude<WireLine, EndedLine>): readonly AgentEvent[] {
  switch (line.type) {
    case 'session': return [{ type: 'session', session: line.session }];
    case 'said': return [{ type: 'said', text: clipText(line.text, TEXT_MAX) }];
    case 'noted': return [{ type: 'noted', text: clipText(line.text, TEXT_MAX) }];
    case 'tool-called': return [{ type: 'tool-called', tool: line.tool.slice(0, NAME_MAX), input: jsonText(line.input, TEXT_MAX) }];
    case 'tool-answered': return [{ type: 'tool-answered', tool: line.tool.slice(0, NAME_MAX), ok: line.ok, output: clipText(line.output, TEXT_MAX) }];
  }
}

/** What the program's last line means. It is a claim about its own end, never about the work. */
export function endingOf(line: EndedLine): OwnEnding {
  if (line.reason === 'finished' || line.reason === 'turn-limit') return { kind: 'completed', summary: clipText(line.summary, TEXT_MAX) };
  return { kind: 'failed', fault: faultOf(line) };
}

function faultOf(line: EndedLine): Fault {
  const fault = (code: Fault['code'], side: Fault['side'], retryable: boolean, words: string): Fault =>
    ({ code, side, retryable, source: 'agent/builtin', message: `${words} The agent's last words: ${JSON.stringify(line.summary.slice(0, 500))}` });
  if (line.reason === 'session-lost') return fault('not-found', 'ours', true, 'The session of the attempt before could not be continued; a new one will be started.');
  if (line.reason === 'model-unreachable') return fault('unreachable', 'theirs', true, 'The model could not be reached through the gateway.');
  if (line.reason === 'model-answer-broken') return fault('invalid-answer', 'theirs', true, 'The model\'s answers broke off, several times in a row.');
  const status = line.status ?? 0;
  if (status === 401 || status === 403) return fault('unauthorized', 'setup', false, `The model refused the call with status ${status}. Check the model's key and name.`);
  if (status === 429) return fault('rate-limited', 'theirs', true, 'The model refused the calls because of a rate limit.');
  if (status === 0 || status >= 500) return fault('service-error', 'theirs', true, `The model's service failed${status === 0 ? '' : ` with status ${status}`}.`);
  return fault('rejected', 'theirs', false, `The model's service refused the call with status ${status}. Check the model's name and the API in the configuration.`);
}
