import { isBranchOf } from '../admission/branch.js';
import type { Actor } from '../domain/actor.js';
import { mayBeginWork, type RunRequest } from '../domain/request.js';
import { changeTicket } from '../intake/change-ticket.js';
import { parseGithubEvent, type EventRefusal } from '../intake/github-event.js';
import { parseTicketRef } from '../intake/ticket-ref.js';
import { err, ok, type Result } from '../kit/result.js';
import type { ForgeReader } from '../ports/forge.js';
import { systemClock } from './clock.js';
import type { Invocation } from './invocation.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';

/** There was nothing to do: the event is not for us. */
export interface Ignored { readonly ignored: string }

export interface RequestAbout {
  readonly repository: string;
  readonly label: string;
  readonly assignee: string | undefined;
  /** Asked only when a command stands at a change: which ticket that is of, the forge must say. */
  readonly reader: () => Promise<ForgeReader>;
}

/** What was asked for, from the command line or from the event that started this job. */
export async function requestOf(invocation: Invocation, about: RequestAbout): Promise<Result<RunRequest | Ignored, Problem>> {
  const at = systemClock.now();
  if (invocation.ticket !== undefined) {
    const ref = parseTicketRef(invocation.ticket, { repository: about.repository, cwd: invocation.cwd });
    if (!ref.ok) return err(usageProblem(ref.error.message));
    return ok({ ...actors(invocation), trigger: invocation.localUser === undefined ? { kind: 'dispatch' } : { kind: 'cli' }, ticket: ref.value, fromFork: false, at });
  }
  if (invocation.event === undefined) return err(usageProblem('Which ticket? Give one: `heddle run TICKET` (#12, owner/repo#12, a URL, or a Markdown file), or an event with --event FILE.'));
  if (invocation.event.service === 'gitlab') return err(usageProblem('Events of GitLab are not read yet in this version. Give the ticket as a word instead.'));
  const parsed = parseGithubEvent({
    name: invocation.event.name, payload: invocation.event.payload, repository: about.repository, label: about.label, assignee: about.assignee, at,
    triggeringActor: invocation.triggeringActor,
  });
  if (parsed.ok) return parsed;
  return parsed.error.kind === 'at-change' ? atChange(parsed.error, about) : refused(parsed.error);
}

/** An act that begins no work by itself, when no run of its ticket waits. Commands are answered and recorded; the rest is silent. */
export function beginsNothing({ trigger }: RunRequest): string | undefined {
  if (mayBeginWork(trigger) || trigger.kind === 'command' || trigger.kind === 'misread') return undefined;
  return `no run of this ticket waits for what was done (${trigger.kind})`;
}

/** The line in our commit and the name of the branch must mean one ticket: a person who pushes there can write only one of the two. */
async function atChange(found: Extract<EventRefusal, { kind: 'at-change' }>, { repository, reader }: RequestAbout): Promise<Result<RunRequest | Ignored, Problem>> {
  const { changeAt } = await reader().then((one) => ({ changeAt: one.changeAt?.bind(one) }));
  const answer = changeAt === undefined ? ok(undefined) : await changeAt(found.change);
  if (!answer.ok) return err(faultProblem(answer.error));
  const ticket = answer.value === undefined ? undefined : changeTicket(answer.value.message, repository);
  if (answer.value === undefined || ticket === undefined || !isBranchOf(ticket, answer.value.change.branch)) return ok({ ignored: 'the change is none of Heddle, or does not say which ticket it is for' });
  const request = found.about(ticket);
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
