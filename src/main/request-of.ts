import type { Actor } from '../domain/actor.js';
import { mayBeginWork, type RunRequest } from '../domain/request.js';
import { parseGiteaEvent } from '../intake/gitea-event.js';
import { parseGithubEvent, type EventRefusal } from '../intake/github-event.js';
import type { TicketHome } from '../intake/ticket-name.js';
import { parseTicketRef } from '../intake/ticket-ref.js';
import { err, ok, type Result } from '../kit/result.js';
import { systemClock } from './clock.js';
import { ticketHome } from './gitlab/gitlab-connection.js';
import { gitlabRequest } from './gitlab/gitlab-request.js';
import type { Invocation } from './invocation.js';
import { usageProblem, type Problem } from './problem.js';
import { ticketOfChange, type Ignored, type RequestAbout } from './ticket-of-change.js';

export type { Ignored, RequestAbout } from './ticket-of-change.js';

/** What was asked for, from the command line or from the event that started this job. */
export async function requestOf(invocation: Invocation, about: RequestAbout): Promise<Result<RunRequest | Ignored, Problem>> {
  const at = systemClock.now();
  if (invocation.ticket !== undefined) {
    const ref = parseTicketRef(invocation.ticket, { repository: about.repository, cwd: invocation.cwd, home: ticketHome(invocation) });
    if (!ref.ok) return err(usageProblem(ref.error.message));
    return ok({ ...actors(invocation), trigger: invocation.localUser === undefined ? { kind: 'dispatch' } : { kind: 'cli' }, ticket: ref.value, fromFork: false, at });
  }
  if (invocation.event === undefined) return err(usageProblem('Which ticket? Give one: `heddle run TICKET` (#12, owner/repo#12, a URL, or a Markdown file), or an event with --event FILE.'));
  if (invocation.event.service === 'gitlab') return gitlabRequest(invocation, invocation.event, about);
  const home = ticketHome(invocation);
  const parsed = (home.tracker === 'gitea' ? parseGiteaEvent : parseGithubEvent)({
    name: invocation.event.name, payload: invocation.event.payload, repository: about.repository, label: about.label, assignee: about.assignee, at,
    triggeringActor: invocation.triggeringActor, home,
  });
  if (parsed.ok) return parsed;
  return parsed.error.kind === 'at-change' ? atChange(parsed.error, { ...about, home }) : refused(parsed.error);
}

/** An act that begins no work by itself, when no run of its ticket waits. Commands are answered and recorded; the rest is silent. */
export function beginsNothing({ trigger }: RunRequest): string | undefined {
  if (mayBeginWork(trigger) || trigger.kind === 'command' || trigger.kind === 'misread') return undefined;
  return `no run of this ticket waits for what was done (${trigger.kind})`;
}

async function atChange(found: Extract<EventRefusal, { kind: 'at-change' }>, about: RequestAbout & { readonly home: TicketHome }): Promise<Result<RunRequest | Ignored, Problem>> {
  const ticket = await ticketOfChange(found.change, about);
  if (!ticket.ok) return ticket;
  if ('ignored' in ticket.value) return ok(ticket.value);
  const request = found.about(ticket.value);
  return request.ok ? request : refused(request.error);
}

function refused(refusal: EventRefusal): Result<Ignored, Problem> {
  switch (refusal.kind) {
    case 'ignored': return ok({ ignored: refusal.why });
    case 'malformed': return err(usageProblem(`The event is malformed: ${refusal.message}`));
    case 'at-change': throw new Error('a command at a change was completed and is still without its ticket');
  }
}

function actors(invocation: Invocation): Pick<RunRequest, 'actor'> & { rerunBy?: Actor } {
  const actor = invocation.actor ?? { login: invocation.localUser ?? 'unknown', id: invocation.localUser ?? 'unknown', kind: 'human' as const };
  const rerun = invocation.triggeringActor;
  return rerun === undefined || rerun.login === actor.login ? { actor } : { actor, rerunBy: rerun };
}
