import { declineReason } from '../admission/words.js';
import { FaultCode } from '../domain/fault.js';
import { WaitKind } from '../domain/grant.js';
import { EXHAUSTION_WORDS } from '../domain/outcome-words.js';
import { DeclineCode, ExhaustionReason } from '../domain/stop-reason.js';
import { WAIT_WORDS } from '../domain/wait-words.js';

/** Why a run did not start, waits, stopped or failed: one closed code each, with why, who can do something, and what. */
export interface Reason { readonly kind: ReasonKind; readonly code: string; readonly why: string; readonly who: string; readonly next: string }
export type ReasonKind = 'decline' | 'wait' | 'exhaustion' | 'fault';

const PERSON = 'somebody with write permission';
const MAINTAINER = 'whoever keeps `.heddle.yml` and the workflow';
const NOBODY = 'nobody has to';

/** Where it is not somebody with write permission. */
const DECLINE_WHO: Readonly<Partial<Record<DeclineCode, string>>> = {
  'permission-unknown': MAINTAINER, 'ticket-empty': 'the author of the ticket', 'ticket-closed': 'the author of the ticket', 'no-checks': MAINTAINER, 'sandbox-too-weak': MAINTAINER,
  'too-many-open-changes': 'the reviewers of the open changes', 'label-not-ours': NOBODY, 'command-not-ours': NOBODY, 'command-done': NOBODY, 'already-running': NOBODY, 'cannot-wait': MAINTAINER,
  'actor-is-bot': MAINTAINER, 'bot-loop': MAINTAINER, 'ledger-away': MAINTAINER,
};

const FAULTS: Readonly<Record<FaultCode, { readonly why: string; readonly who: string; readonly next: string }>> = {
  'unreachable': { why: 'A service outside could not be reached.', who: NOBODY, next: 'Start the job again later; `heddle resume` goes on from the run folder.' },
  'timed-out': { why: 'A service outside did not answer in time.', who: NOBODY, next: 'Start the job again later; `heddle resume` goes on from the run folder.' },
  'rate-limited': { why: 'A service outside wanted fewer calls.', who: NOBODY, next: 'Start the job again later; `heddle resume` goes on from the run folder.' },
  'service-error': { why: 'A service outside failed.', who: NOBODY, next: 'Start the job again later; `heddle resume` goes on from the run folder.' },
  'invalid-answer': { why: 'A service outside answered something that cannot be read.', who: MAINTAINER, next: 'Start the job again; if it stays so, check the address and the version of the server.' },
  'unauthorized': { why: 'A service outside did not know the token or key.', who: MAINTAINER, next: 'Check the secret; `heddle doctor` says which.' },
  'forbidden': { why: 'The token or key may not do what was asked.', who: MAINTAINER, next: 'Give it the right that the message names; `heddle doctor` looks at all of them.' },
  'not-found': { why: 'Something that was named does not exist, or the token may not see it.', who: MAINTAINER, next: 'Check the name in the message and what the token may see.' },
  'conflict': { why: 'Somebody else changed the same thing at the same time.', who: PERSON, next: 'Look at what stands there now, then start again.' },
  'rejected': { why: 'What was asked for is not possible as things stand.', who: PERSON, next: 'Read the message; it names what must be different.' },
  'unsupported': { why: 'This set-up cannot do what was asked for.', who: MAINTAINER, next: 'Choose another setting; the message names it.' },
  'not-installed': { why: 'A program that is needed is not there.', who: MAINTAINER, next: 'Install it; `heddle doctor` says how.' },
  'io': { why: 'The disk of the machine could not be read or written.', who: MAINTAINER, next: 'Make room, or check the rights of the folder, and start again.' },
  'bug': { why: 'Heddle has an error.', who: 'the maintainers of Heddle', next: 'Report it, with `bug.txt` of the run folder.' },
};

/** All of them, for the reference page and for `explain`. The comments at tickets and `doctor` take their words from the same tables. */
export function allReasons(): readonly Reason[] {
  return [
    ...DeclineCode.options.map((code): Reason => ({ kind: 'decline', code, who: DECLINE_WHO[code] ?? PERSON, ...declineReason(code) })),
    ...WaitKind.options.map((code): Reason => ({ kind: 'wait', code, why: WAIT_WORDS[code].why, who: WAIT_WORDS[code].who, next: WAIT_WORDS[code].how })),
    ...ExhaustionReason.options.map((code): Reason => ({ kind: 'exhaustion', code, who: PERSON, ...EXHAUSTION_WORDS[code] })),
    ...FaultCode.options.map((code): Reason => ({ kind: 'fault', code, ...FAULTS[code] })),
  ];
}

/** The words of one code; nothing for a code of another version. */
export function reasonOf(kind: ReasonKind, code: string): Reason | undefined {
  return allReasons().find((reason) => reason.kind === kind && reason.code === code);
}
