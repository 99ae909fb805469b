import type { ReadinessPartId, TicketKind } from '../../domain/readiness.js';

/**
 * Points of each part, by the kind of work; each row adds to 100. A bug without steps, a feature without criteria, a chore
 * or a page of documentation that cannot be found stays below 75. Small parts only move tickets near the threshold.
 */
export const WEIGHTS: Readonly<Record<TicketKind, Readonly<Partial<Record<ReadinessPartId, number>>>>> = {
  bug: { scope: 10, criteria: 15, target: 15, reproduction: 15, expected: 20, size: 10, context: 5, concrete: 5, settled: 5 },
  feature: { scope: 15, criteria: 30, target: 15, size: 15, context: 5, concrete: 10, settled: 10 },
  chore: { scope: 15, criteria: 15, target: 30, size: 15, context: 5, concrete: 15, settled: 5 },
  docs: { scope: 20, criteria: 15, target: 35, size: 10, context: 5, concrete: 10, settled: 5 },
};

/** What can be told by words alone. In a text that is not read as English these are left out, and the rest counts for 100. */
export const BY_WORDS: ReadonlySet<ReadinessPartId> = new Set(['expected', 'context', 'concrete', 'reproduction']);

/** A part below this share of its points has its question asked. */
export const ASK_BELOW = 0.7;

export const QUESTIONS: Readonly<Record<ReadinessPartId, string>> = {
  scope: 'What exactly should change? Say in two or three sentences what is wanted and what it is for.',
  criteria: 'How can one see that it is done? List acceptance criteria that can be tested, each as `- [ ] …`, with inputs and results where there are any.',
  target: 'Where is it? Name the file, function, command, route, setting or page that it is about.',
  reproduction: 'How does one get there? Give the steps, or the input or command, with which it happens.',
  expected: 'What happens now, and what should happen instead? Give both, with the message or the value.',
  size: 'Is this one change? Keep the first piece of it here, and open further tickets for the rest.',
  context: 'Why is it wanted? A link, an example, or who needs it helps to choose between two ways of doing it.',
  concrete: 'What do the general words mean here? Replace words such as better, properly or nicer by something that can be measured or seen.',
  settled: 'What is decided? Answer the questions that the ticket itself leaves open, or take the open parts out.',
};
