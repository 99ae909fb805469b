import type { Fault } from '../../../domain/fault.js';
import { untrusted } from '../../../domain/text.js';
import type { GatewayEndpoint } from '../../../ports/coding-agent.js';
import { endingWords } from '../lib/outcome.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { StreamEnd } from '../lib/stream-program.js';

const SUMMARY_MAX = 4000;

/** What the end of a free program means: exit code 0 is an end by itself, anything else a failure. Neither says anything about the work. */
export function endingOf(end: StreamEnd, lastLines: readonly string[]): OwnEnding {
  if (end.ending.kind === 'exited' && end.ending.code === 0) {
    return { kind: 'completed', summary: untrusted(lastLines.join('\n').trim().slice(-SUMMARY_MAX)) };
  }
  return { kind: 'failed', fault: faultOf(end) };
}

function faultOf(end: StreamEnd): Fault {
  const stderr = end.stderrEnd === '' ? '' : ` The end of its error output: ${JSON.stringify(end.stderrEnd.slice(-500))}`;
  if (end.ending.kind === 'exited' && (end.ending.code === 126 || end.ending.code === 127)) {
    return {
      code: 'not-installed', side: 'setup', retryable: false, source: 'agent/command',
      message: `The program of agent.command could not be started in the sandbox (${endingWords(end)}). Give an absolute path, or a program on the runner's PATH.${stderr}`,
    };
  }
  return { code: 'service-error', side: 'theirs', retryable: true, source: 'agent/command', message: `The program of agent.command ended with ${endingWords(end)}.${stderr}` };
}

/** The variables by which common clients find their model. The token opens this attempt's gateway session and nothing else. */
export function gatewayVariables(gateway: GatewayEndpoint, model: string): Readonly<Record<string, string>> {
  const shared = { HEDDLE_MODEL: model, HEDDLE_MODEL_URL: gateway.url, HEDDLE_MODEL_TOKEN: gateway.token, HEDDLE_MODEL_API: gateway.api };
  if (gateway.api === 'anthropic-messages') {
    return { ...shared, ANTHROPIC_BASE_URL: gateway.url, ANTHROPIC_API_KEY: gateway.token, ANTHROPIC_MODEL: model };
  }
  return { ...shared, OPENAI_BASE_URL: `${gateway.url}/v1`, OPENAI_API_KEY: gateway.token, OPENAI_MODEL: model };
}
