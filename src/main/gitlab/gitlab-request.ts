import type { RunRequest } from '../../domain/request.js';
import { readGitlabEvent, type GitlabHint } from '../../intake/gitlab-event.js';
import { proveGitlabAct, type GitlabRecord } from '../../intake/gitlab-proof.js';
import { err, ok, type Result } from '../../kit/result.js';
import { systemClock } from '../clock.js';
import type { Invocation } from '../invocation.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { ticketOfChange, type Ignored, type RequestAbout } from '../ticket-of-change.js';
import { createTracker, trackerPlace } from '../trackers.js';
import { ticketHome } from './gitlab-connection.js';

/**
 * What a webhook of GitLab asks for, once GitLab itself has said who did it: the payload comes through a trigger token and is only a
 * hint. What GitLab's record does not bear out starts nothing.
 */
export async function gitlabRequest(invocation: Invocation, event: NonNullable<Invocation['event']>, about: RequestAbout): Promise<Result<RunRequest | Ignored, Problem>> {
  const hint = readGitlabEvent({ name: event.name, payload: event.payload, repository: about.repository, label: about.label, assignee: about.assignee });
  if (!hint.ok) return hint.error.kind === 'ignored' ? ok({ ignored: hint.error.why }) : err(usageProblem(`The event is malformed: ${hint.error.message}`));
  if (hint.value.fromFork) return ok({ ignored: `it speaks of another project than ${about.repository}, or of a fork` });
  const record = await recordOf(hint.value, invocation, about);
  if (!record.ok || 'ignored' in record.value) return record as Result<Ignored, Problem>;
  const proven = proveGitlabAct(hint.value, record.value);
  return proven.ok ? proven : ok({ ignored: proven.error.why });
}

async function recordOf({ act, ticket: ref }: GitlabHint, invocation: Invocation, about: RequestAbout): Promise<Result<GitlabRecord | Ignored, Problem>> {
  const at = systemClock.now();
  if (ref !== undefined) {
    const tracker = await createTracker(ref, trackerPlace(invocation, { ticketRoot: invocation.cwd, commentsFolder: '', origin: undefined }));
    if (!tracker.ok) return tracker;
    const ticket = await tracker.value.fetch(ref);
    return ticket.ok ? ok({ ref, ticket: ticket.value, changeComment: undefined, at }) : err(faultProblem(ticket.error));
  }
  if (act.kind !== 'note' || act.place.kind === 'ticket') throw new Error('only a note at a change comes without a ticket');
  const found = await ticketOfChange(act.place.change, { ...about, home: ticketHome(invocation) });
  if (!found.ok || 'ignored' in found.value) return found as Result<Ignored, Problem>;
  const reader = await about.reader();
  const comment = await reader.changeComment?.(act.place, act.note) ?? ok(undefined);
  return comment.ok ? ok({ ref: found.value, ticket: undefined, changeComment: comment.value, at }) : err(faultProblem(comment.error));
}
