import type { Fault } from '../../domain/fault.js';
import { canonicalJson } from '../../kit/canonical-json.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { ModelApi } from '../../ports/model-gateway.js';
import type { CassetteDocument, CassetteEntry, RequestShape } from './cassette.js';
import type { InboundAnswer, ModelSource, OutboundCall } from './model-source.js';
import { renderReply } from './render-reply.js';
import { requestShape } from './request-shape.js';
import { gatewayFault } from './upstream-fault.js';

interface Script { readonly entries: readonly { readonly number: number; readonly entry: CassetteEntry }[]; next: number; broken: Fault | undefined }

/**
 * Plays a cassette. It is strict: the n-th question of an attempt must fit the n-th entry, or nothing is answered any
 * more in that attempt. A replay that went on after a difference would prove something else than it says.
 */
export function createCassettePlayer(cassette: CassetteDocument, api: ModelApi): ModelSource {
  const scripts = new Map<number, Script>();
  const scriptOf = (attempt: number): Script => {
    const known = scripts.get(attempt);
    if (known !== undefined) return known;
    const entries = cassette.entries.map((entry, at) => ({ number: at + 1, entry })).filter(({ entry }) => entry.attempt === attempt);
    const script: Script = { entries, next: 0, broken: undefined };
    scripts.set(attempt, script);
    return script;
  };
  return {
    kind: 'cassette',
    counts: false,
    send: (call) => Promise.resolve(play(scriptOf(call.attempt), call, api)),
    unused: (attempt) => {
      const script = scriptOf(attempt);
      return script.entries.slice(script.next).map(({ number }) => `cassette entry ${number} (attempt ${attempt}) was never asked for`);
    },
    close: () => undefined,
  };
}

function play(script: Script, call: OutboundCall, api: ModelApi): Result<InboundAnswer, Fault> {
  if (script.broken !== undefined) return err(script.broken);
  const shape = requestShape(call.route, call.vetted);
  const found = script.entries[script.next];
  const problem = found === undefined
    ? `attempt ${call.attempt} has ${script.entries.length} entries and was asked for one more (${call.route.path}, ${shape.messages} messages)`
    : differenceOf(found.entry.request, shape, found.number);
  if (found === undefined || problem !== undefined) {
    script.broken = gatewayFault('rejected', 'setup', `The cassette does not fit this run: ${problem ?? ''}. Record it again, or mend its entry.`);
    return err(script.broken);
  }
  script.next += 1;
  return ok(answerOf(found.entry, { number: found.number, call, api }));
}

function differenceOf(expected: RequestShape, came: RequestShape, number: number): string | undefined {
  for (const key of ['path', 'model', 'stream', 'tools', 'messages', 'roles', 'lastMessage'] as const) {
    const wanted = expected[key];
    if (wanted === undefined) continue;
    const wantedText = canonicalJson(wanted);
    const cameText = canonicalJson(came[key] ?? null);
    if (wantedText !== cameText) return `entry ${number} expects ${key} ${wantedText.slice(0, 400)} and the request has ${cameText.slice(0, 400)}`;
  }
  return undefined;
}

interface Played { readonly number: number; readonly call: OutboundCall; readonly api: ModelApi }

function answerOf(entry: CassetteEntry, { number, call, api }: Played): InboundAnswer {
  if (!('message' in entry.response)) {
    const { status, headers, body } = entry.response;
    return { status, headers, body: once(body) };
  }
  const rendered = renderReply(entry.response.message, { api, number, model: call.vetted.model, stream: call.vetted.stream });
  return { status: 200, headers: { 'content-type': rendered.contentType }, body: once(rendered.body) };
}

async function* once(text: string): AsyncGenerator<Buffer, void, undefined> {
  yield await Promise.resolve(Buffer.from(text));
}
