import { request as httpRequest } from 'node:http';
import { z } from 'zod';
import { untrusted } from '../../domain/text.js';
import { NO_USAGE } from '../../domain/usage.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Advice, Adviser, Question } from '../../ports/adviser.js';
import type { GatewaySession, ModelApi, ModelGateway } from '../../ports/model-gateway.js';

/** Attempts of agents begin with 1; what is asked before there is one is attempt 0. */
const ATTEMPT = 0;
const ANSWER_BYTES_MAX = 1_048_576;
const WAIT_MS_MAX = 120_000;

/** A client of our own gateway: it gets a session's token like an agent, so the same bounds and records hold for it. */
export function createAdviser(gateway: ModelGateway, api: ModelApi): Adviser {
  return {
    ask: async (question, signal): Promise<Advice> => {
      const opened = await gateway.open({ attempt: ATTEMPT, model: question.model, api, costMax: question.costMax, tokensMax: question.tokensMax, callsMax: 1, ...(question.noted === undefined ? {} : { noted: question.noted }) });
      if (!opened.ok) return { answer: err(opened.error.message.slice(0, 250)), usage: NO_USAGE, calls: [] };
      const session = opened.value;
      const answer = await asked(session, { api, question, signal });
      const calls = await session.close();
      return { answer, usage: session.usage(), calls };
    },
  };
}

interface Asked { readonly api: ModelApi; readonly question: Question; readonly signal: AbortSignal | undefined }

async function asked(session: GatewaySession, { api, question, signal }: Asked): Promise<ReturnType<typeof textOf>> {
  const { path, headers, body } = FORMATS[api](question, session.token);
  const answer = await post(new URL(path, session.url), { headers, body: JSON.stringify(body), signal });
  if (!answer.ok) return answer;
  return answer.value.status === 200 ? textOf(api, answer.value.text) : err(session.upstreamFault()?.message.slice(0, 250) ?? `the gateway answered ${answer.value.status}`);
}

interface Format { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: unknown }

/** The smallest request in each wire format: whole answers, no tools. */
const FORMATS: Readonly<Record<ModelApi, (question: Question, token: string) => Format>> = {
  'anthropic-messages': ({ model, system, prompt, outputTokensMax }, token) => ({
    path: '/v1/messages', headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01' },
    body: { model, max_tokens: outputTokensMax, system, messages: [{ role: 'user', content: prompt }] },
  }),
  'openai-chat': ({ model, system, prompt, outputTokensMax }, token) => ({
    path: '/v1/chat/completions', headers: { authorization: `Bearer ${token}` },
    body: { model, max_completion_tokens: outputTokensMax, messages: [{ role: 'system', content: system }, { role: 'user', content: prompt }] },
  }),
  'openai-responses': ({ model, system, prompt, outputTokensMax }, token) => ({
    path: '/v1/responses', headers: { authorization: `Bearer ${token}` },
    body: { model, max_output_tokens: outputTokensMax, instructions: system, input: [{ role: 'user', content: prompt }], store: false },
  }),
  gemini: ({ model, system, prompt, outputTokensMax }, token) => ({
    path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`, headers: { 'x-goog-api-key': token },
    body: { systemInstruction: { parts: [{ text: system }] }, contents: [{ role: 'user', parts: [{ text: prompt }] }], generationConfig: { maxOutputTokens: outputTokensMax } },
  }),
};

const part = z.object({ type: z.string().optional(), text: z.string().optional() });
const ANSWERS = {
  'anthropic-messages': z.object({ content: z.array(part) }).transform(({ content }) => content),
  'openai-chat': z.object({ choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })) }).transform(({ choices }) => choices.slice(0, 1).map(({ message }) => ({ text: message.content ?? '' }))),
  'openai-responses': z.object({ output: z.array(z.object({ content: z.array(part).optional() })) }).transform(({ output }) => output.flatMap((item) => item.content ?? [])),
  gemini: z.object({ candidates: z.array(z.object({ content: z.object({ parts: z.array(part).optional() }).optional() })) }).transform(({ candidates }) => candidates[0]?.content?.parts ?? []),
} satisfies Readonly<Record<ModelApi, z.ZodType<readonly { readonly text?: string | undefined }[]>>>;

/** The model's words, whatever they are: foreign text. */
function textOf(api: ModelApi, body: string): Result<ReturnType<typeof untrusted>, string> {
  const parsed = ANSWERS[api].safeParse(json(body));
  if (!parsed.success) return err('the provider\'s answer has not the form of its own interface');
  const text = parsed.data.map((one) => one.text ?? '').join('').trim();
  return text === '' ? err('the model answered nothing') : ok(untrusted(text));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Sent { readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly signal: AbortSignal | undefined }

async function post(url: URL, { headers, body, signal }: Sent): Promise<Result<{ readonly status: number; readonly text: string }, string>> {
  const within = AbortSignal.any([AbortSignal.timeout(WAIT_MS_MAX), ...(signal === undefined ? [] : [signal])]);
  return new Promise((resolve) => {
    const gone = (): void => { resolve(err(within.aborted ? 'the answer did not come in time' : 'the gateway broke off')); };
    const call = httpRequest(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }, signal: within }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk);
        else call.destroy();
      });
      answer.on('end', () => { resolve(ok({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })); });
      answer.on('error', gone);
      answer.on('close', gone);
    });
    call.on('error', gone);
    call.end(body);
  });
}
