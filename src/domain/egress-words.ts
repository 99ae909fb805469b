import type { EgressRefusalReason, EgressReport } from './egress.js';

/** Why something was not reached, for people. */
export const EGRESS_REFUSAL_WORDS: Readonly<Record<EgressRefusalReason, string>> = {
  malformed: 'the request could not be read in one way only', method: 'not a request for a tunnel', 'plain-http': 'plain http with a body or another method',
  'ip-literal': 'an address that is not in the list', 'not-allowed': 'not in the list of hosts', port: 'not in the list of ports', unresolved: 'the name leads nowhere',
  'private-address': 'the name leads to an address that is not public', unreachable: 'no connection to it', 'not-tls': 'something other than TLS was sent',
  'no-server-name': 'the TLS hello named no host', 'other-server-name': 'the TLS hello named another host', 'hidden-name': 'the TLS hello hid its host (ECH or early data)',
  'bytes-up': 'more was sent than allowed', 'bytes-down': 'more came back than allowed', connections: 'too many connections at a time', idle: 'nothing was said for too long',
};

/** Who did what with the way out that it had: `The agent`, `Check install`. */
export interface EgressStory { readonly by: string; readonly report: EgressReport }

/** The facts of a run that tell of ways out. Typed by what is needed, because trails and reports both have them. */
export function egressStories(facts: readonly EgressFact[]): readonly EgressStory[] {
  return facts.flatMap((fact) => {
    if (fact.type === 'agent-reported') return fact.egress === undefined ? [] : [{ by: `The agent (attempt ${fact.attempt ?? 0})`, report: fact.egress }];
    if (fact.type === 'check-finished') return fact.result?.egress === undefined ? [] : [{ by: `The check ${fact.result.check} (${fact.attempt === 0 ? 'base' : `attempt ${fact.attempt ?? 0}`})`, report: fact.result.egress }];
    return [];
  });
}

interface EgressFact {
  readonly type: string;
  readonly attempt?: number;
  readonly egress?: EgressReport | undefined;
  readonly result?: { readonly check: string; readonly egress?: EgressReport | undefined };
}

export interface EgressWords {
  /** Renders foreign text harmlessly. */
  readonly code: (text: string) => string;
}

/** One line for each thing: what was tried and refused first, then what was reached. */
export function egressLines({ by, report }: EgressStory, { code }: EgressWords): readonly string[] {
  const place = (host: string, port: number): string => code(port === 0 ? host || 'something unreadable' : `${host}:${port}`);
  return [
    ...report.refused.map((one) => `${by} tried to reach ${place(one.host, one.port)}${one.count === 1 ? '' : `, ${one.count} times`}: refused, ${EGRESS_REFUSAL_WORDS[one.why]}.`),
    ...report.reached.map((one) => `${by} reached ${place(one.host, one.port)} in ${one.connections} connection${one.connections === 1 ? '' : 's'}: ${one.bytesUp} bytes up, ${one.bytesDown} down.`),
    ...(report.unlisted === 0 ? [] : [`${by} tried ${report.unlisted} more that are not listed.`]),
    ...(report.enforced ? [] : [`The isolation of this run leaves the network open: ${by.toLowerCase()} could pass the proxy by.`]),
  ];
}
