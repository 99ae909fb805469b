import { ok } from '../../kit/result.js';
import type { CassetteRecorder } from './cassette-recorder.js';
import type { InboundAnswer, ModelSource } from './model-source.js';

/** A source whose answers are also written into a cassette. What was cut is recorded up to the cut. */
export function recordingSource(source: ModelSource, recorder: CassetteRecorder): ModelSource {
  return {
    ...source,
    async send(call) {
      // A count is answered with an estimate in a replay; see the call.
      const keep = call.route.kind === 'count' ? undefined : recorder.begin(call);
      const answer = await source.send(call);
      if (!answer.ok || keep === undefined) return answer;
      return ok({ ...answer.value, body: copied(answer.value, (body) => keep({ ...answer.value, body })) });
    },
  };
}

async function* copied(answer: InboundAnswer, keep: (body: string) => void): AsyncGenerator<Buffer, void, undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      yield chunk;
    }
  } finally {
    keep(Buffer.concat(chunks).toString('utf8'));
  }
}
