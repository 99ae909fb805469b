import { plain } from '../kit/harmless.js';
import type { ReviewPacket } from './review-packet.js';
import { changeTitle } from './seal.js';

export interface MessageParts { readonly subject: string; readonly body: string; readonly trailers: readonly (readonly [string, string])[] }

/**
 * The message of our one commit. Nothing foreign reaches the body or the trailers; the subject is the ticket's title made
 * plain. `Assisted-by: AGENT:MODEL` follows the kernel's rule for AI help. There is deliberately no `Signed-off-by` and no
 * `Co-authored-by`: a program can certify nothing, and is nobody.
 */
export function commitMessage(packet: ReviewPacket): MessageParts {
  const passed = packet.checks.filter((check) => check.candidate?.kind === 'passed').length;
  return {
    subject: plain(changeTitle(packet), SUBJECT_CHARS_MAX),
    body: [
      packet.mode.kind === 'split' ? 'Made for the ticket named below, in a job without a token.' : `Made for the ticket named below, in ${packet.attempts.length === 1 ? 'one attempt' : `${packet.attempts.length} attempts`}.`,
      packet.mode.kind === 'split' ? 'A job without secrets ran the checks on a fresh checkout of this very tree, and ended with success.' : `${passed} of ${packet.checks.length} checks passed on a fresh checkout of this very tree.`,
    ].join('\n'),
    trailers: [
      ['Assisted-by', `${token(packet.agent.id)}:${token(packet.agent.model)}`],
      ['Heddle-Run', packet.run],
      ['Ticket', token(packet.ticket.ref.key)],
    ],
  };
}

const SUBJECT_CHARS_MAX = 72;

/** A value of a trailer: one word of safe characters. A ticket key such as `acme/shop#12` stays whole, so that it can be found. */
function token(text: string): string {
  return text.replace(/[^\w./:#+-]/g, '-').slice(0, 200);
}
