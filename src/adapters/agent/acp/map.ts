import type { Fault } from '../../../domain/fault.js';
import { clipText } from '../lib/clip-text.js';
import { agentFault, endingUnexplained, sessionLost } from '../lib/model-fault.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { StreamEnd } from '../lib/stream-program.js';
import type { TalkEnd } from './dialogue.js';

const SOURCE = 'agent/acp';
const SUMMARY_MAX = 16_000;
const AUTH_REQUIRED = -32000;

/** What the end of the talk means. An answer says that the agent ended by itself and nothing about the work. */
export function endingOf(talk: TalkEnd | undefined, lastWords: string, end: StreamEnd): OwnEnding {
  if (talk === undefined) return endingUnexplained(SOURCE, end);
  if (talk.kind === 'answered') {
    return talk.stopReason === 'cancelled'
      ? { kind: 'failed', fault: agentFault(SOURCE, 'the turn was cancelled, which nobody asked for') }
      : { kind: 'completed', summary: clipText(lastWords, SUMMARY_MAX) };
  }
  if (talk.kind === 'strange') return { kind: 'failed', fault: fault('invalid-answer', 'The agent\'s answer to ' + talk.stage + ' is not one of the Agent Client Protocol, version 1. Check that agent.command starts the program in its ACP mode.') };
  if (talk.stage === 'session/load') return { kind: 'failed', fault: sessionLost(SOURCE, talk.words) };
  if (talk.stage === 'session/prompt') return { kind: 'failed', fault: agentFault(SOURCE, talk.words) };
  if (talk.code === AUTH_REQUIRED || talk.stage === 'authenticate') return { kind: 'failed', fault: fault('unauthorized', `The agent wants to be signed in and cannot be pointed to the gateway by the protocol. Point it there in agent.env, with {{model_url}} and {{model_token}}. It said: ${JSON.stringify(talk.words.slice(0, 500))}`) };
  return { kind: 'failed', fault: fault('rejected', `The agent refused ${talk.stage}. It said: ${JSON.stringify(talk.words.slice(0, 500))}`) };
}

function fault(code: Fault['code'], message: string): Fault {
  return { code, side: 'setup', retryable: false, source: SOURCE, message };
}
