import { z } from 'zod';
import type { RunEvent, RunFactOf } from '../../flow/event.js';

const digests = z.record(z.string(), z.string());
const resource = z.strictObject({ uri: z.string().optional(), name: z.string().optional(), digest: digests.optional() });

/** An in-toto Statement v1 with a SLSA provenance v1 predicate. Unsigned here: whoever holds an identity signs these very bytes. */
export const ProvenanceDocument = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.strictObject({ name: z.string(), digest: digests })).min(1),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.string(),
      externalParameters: z.record(z.string(), z.unknown()),
      internalParameters: z.record(z.string(), z.unknown()),
      resolvedDependencies: z.array(resource),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
      metadata: z.strictObject({ invocationId: z.string(), startedOn: z.string(), finishedOn: z.string() }),
      byproducts: z.array(resource),
    }),
  }),
});
export type ProvenanceDocument = z.infer<typeof ProvenanceDocument>;

/**
 * Who made which commit and tree from what (in-toto attestation framework, SLSA provenance v1). Only for a delivered run: without a
 * commit there is no subject. `head` is the hash of the last line of the trail.
 */
export function provenanceOf(events: readonly RunEvent[], by: { readonly head: string; readonly heddle: string; readonly builder: string }): ProvenanceDocument | undefined {
  const delivered = factOf(events, 'delivered');
  const admitted = factOf(events, 'admitted');
  const first = events[0];
  const last = events.at(-1);
  if (delivered === undefined || admitted === undefined || first === undefined || last === undefined) return undefined;
  const { order } = admitted;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${order.repository}@${delivered.branch}`, digest: { gitCommit: delivered.commit, gitTree: delivered.tree } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:heddle:run:v1',
        externalParameters: { ticket: order.ticket, requestedBy: order.requestedBy, approvedBy: order.approvedBy, base: order.base.branch },
        internalParameters: { agent: order.agent, limits: order.limits, minRung: order.minRung },
        resolvedDependencies: [
          { uri: `git+${order.repository}`, digest: { gitCommit: order.base.commit } },
          { name: 'ticket', digest: sha256(order.snapshot) },
          { name: 'policy', digest: sha256(order.policy) },
          { name: 'order', digest: sha256(admitted.orderDigest) },
          ...programsOf(events),
        ],
      },
      runDetails: {
        builder: { id: by.builder, version: { heddle: by.heddle } },
        metadata: { invocationId: first.run, startedOn: first.at, finishedOn: last.at },
        byproducts: [{ name: 'events.jsonl', digest: sha256(by.head) }],
      },
    },
  };
}

/** Each program that wrote on the change, once: attempts of a resumed run may have had different ones. */
function programsOf(events: readonly RunEvent[]): z.infer<typeof resource>[] {
  const programs = events.flatMap(({ fact }) => (fact.type === 'attempt-started' && fact.program !== undefined ? [{ name: `${fact.agent} ${fact.program.version} (${fact.program.origin})`, digest: sha256(fact.program.digest) }] : []));
  return programs.filter((one, index) => programs.findIndex((other) => other.name === one.name && other.digest['sha256'] === one.digest['sha256']) === index);
}

function factOf<T extends RunEvent['fact']['type']>(events: readonly RunEvent[], type: T): RunFactOf<T> | undefined {
  return events.map((event) => event.fact).findLast((fact): fact is RunFactOf<T> => fact.type === type);
}

function sha256(digest: string): Record<string, string> {
  return { sha256: digest.replace(/^sha256:/, '') };
}
