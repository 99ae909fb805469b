import { isBranchOf } from '../admission/branch.js';
import type { TicketRef } from '../domain/ticket.js';
import { changeTicket } from '../intake/change-ticket.js';
import type { TicketHome } from '../intake/ticket-name.js';
import { err, ok, type Result } from '../kit/result.js';
import type { ForgeReader } from '../ports/forge.js';
import { faultProblem, type Problem } from './problem.js';

/** There was nothing to do: the event is not for us. */
export interface Ignored { readonly ignored: string }

export interface RequestAbout {
  readonly repository: string;
  readonly label: string;
  readonly assignee: string | undefined;
  /** Asked only when a command stands at a change: which ticket that is of, the forge must say. */
  readonly reader: () => Promise<ForgeReader>;
}

/** The line in our commit and the name of the branch must mean one ticket: a person who pushes there can write only one of the two. */
export async function ticketOfChange(change: number, { repository, reader, home }: Pick<RequestAbout, 'repository' | 'reader'> & { readonly home?: TicketHome }): Promise<Result<TicketRef | Ignored, Problem>> {
  const { changeAt } = await reader().then((one) => ({ changeAt: one.changeAt?.bind(one) }));
  const answer = changeAt === undefined ? ok(undefined) : await changeAt(change);
  if (!answer.ok) return err(faultProblem(answer.error));
  const ticket = answer.value === undefined ? undefined : changeTicket(answer.value.message, repository, home);
  return answer.value === undefined || ticket === undefined || !isBranchOf(ticket, answer.value.change.branch) ? ok({ ignored: 'the change is none of Heddle, or does not say which ticket it is for' }) : ok(ticket);
}
