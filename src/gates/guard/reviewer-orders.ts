import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, placesNode, readablePaths, type Gate } from '../gate-facts.js';

/**
 * Sentences that speak to an assistant which may read this change: to approve, to look away, to forget its task. Nothing here
 * obeys them, and no such assistant is a gate; whoever uses one should know. Word lists cannot find every sentence.
 */
export const reviewerOrders: Gate = ({ candidate, config, addedLines }): VerdictNode => placesNode({
  rule: 'reviewer-orders', effect: effectOf(config.gates.reviewer_orders),
  places: readablePaths(candidate).flatMap((path) => (addedLines?.(path) ?? []).filter(({ text }) => speaksToAssistant(text)).map(({ line }) => `${path}:${line}`)),
  none: 'no added line speaks to a reviewing assistant', some: 'these lines speak to an assistant that reviews the change; read them yourself',
});

const LINE_CHARS_MAX = 2_000;

/** Bounded gaps only: the text is the agent's. */
const ORDERS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}\b(?:previous|prior|above|earlier|preceding|all|any|your)\b.{0,30}\b(?:instructions?|prompts?|rules?|guidelines?|guardrails?|directions?)\b/i,
  /\b(?:ai|llm|gpt|claude|copilot|gemini|codex|assistant|language model|automated|bot)\b.{0,20}\b(?:reviewers?|review(?:ing)?|assistants?|agents?|models?)\b.{0,60}\b(?:approve|skip|ignore|do not|don't|must not|should|must|please|note|lgtm|pass)\b/i,
  /\b(?:dear|note to|attention|hey|hello|instructions? (?:for|to))\b.{0,20}\b(?:ai|llm|gpt|claude|copilot|gemini|codex|assistant|language model|reviewer bot|code ?review(?:er)? (?:bot|agent|model))\b/i,
  /\b(?:approve|accept|merge|lgtm|rubber[- ]?stamp)\b.{0,20}\bthis (?:pull request|merge request|pr|mr|change|diff|commit)\b/i,
  /\b(?:do not|don't|never|must not)\b.{0,20}\b(?:report|flag|mention|comment on|point out|review|raise|reveal|disclose)\b.{0,40}\b(?:this|the following|below|these|change|issue|line|file|code|vulnerabilit|finding)/i,
  /\b(?:you are|act as|pretend to be|as) (?:now |an? |the )?(?:ai|llm|language model|helpful assistant|code reviewer|senior reviewer|reviewing assistant)\b/i,
  /<\/?(?:system|assistant|system-reminder|instructions?|\|?im_(?:start|end)\|?)>|\[\/?INST\]|<\|(?:im_start|im_end|system|endoftext)\|>/i,
  /\bsystem prompt\b|\bprompt injection\b/i,
];

function speaksToAssistant(text: string): boolean {
  const line = text.slice(0, LINE_CHARS_MAX);
  return ORDERS.some((order) => order.test(line));
}
