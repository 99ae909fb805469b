import type { WaitKind } from './grant.js';

/** What a run waits for, in words: what is missing, who may give it, and how. The comment, `explain` and the documentation say the same. */
export const WAIT_WORDS: Readonly<Record<WaitKind, { readonly why: string; readonly who: string; readonly how: string }>> = {
  answers: {
    why: 'The ticket does not say clearly enough what is wanted.', who: 'anybody who knows what is wanted',
    how: 'answer in a new comment, or edit the ticket; both are read, and the ticket is looked at again',
  },
  approval: {
    why: 'The work is not approved by everybody who must approve it.', who: 'somebody who may approve it, as the reasons above say',
    how: 'read the ticket as it stands now and approve it in the way that the reasons above name; an edit voids an approval',
  },
  'hidden-content': {
    why: 'The ticket hides content from its readers.', who: 'somebody with write permission',
    how: 'take the hidden parts out of the ticket, or let it through: a new comment with the line `/heddle override nothing-hidden REASON`',
  },
  budget: {
    why: 'A budget has no room for this run.', who: 'somebody who may use `/heddle override`, or whoever sets the budgets',
    how: 'wait until there is room and write `/heddle continue`, or lift the rule that is named above for this one run: a new comment with the line `/heddle override RULE REASON`',
  },
  overlap: {
    why: 'Other open work touches the same places, or is the same work.', who: 'somebody with write permission',
    how: 'finish or close the other work and write `/heddle continue`, or lift the rule that is named above for this one run: a new comment with the line `/heddle override RULE REASON`',
  },
  delivery: {
    why: 'The change is finished and proven, and a rule wants a person to look before it is opened.', who: 'somebody with write permission',
    how: 'look at the evidence, then write a new comment with the line `/heddle approve DIGEST` (or `/heddle deny REASON`), or run `heddle resume RUN --answer allow` or `--answer deny`',
  },
};
