import type { ReadinessPartId, TicketKind } from '../../domain/readiness.js';
import { phrasesIn, type TicketText, type Words } from './read-text.js';
import { ACTUAL, BROAD, EXPECTED, OPEN, REASONS, REPRODUCTION, VAGUE, WORK_VERBS } from './word-lists.js';

/** A share of a part's points, 0 to 1, and what was seen. Every part that asks for something only grows with what is added. */
export interface Judged { readonly share: number; readonly saw: string }
type Part = (text: TicketText, about: { readonly kind: TicketKind; readonly english: boolean }) => Judged;

export const PARTS: Readonly<Record<ReadinessPartId, Part>> = { scope, criteria, target, reproduction, expected, size, context, concrete, settled };

function scope({ prose, title }: TicketText): Judged {
  const words = prose.list.length;
  const share = words >= 30 ? 1 : words >= 16 ? 0.9 : words >= 11 ? 0.75 : words >= 7 ? 0.4 : 0;
  return { share: title.list.length < 2 ? share * 0.7 : share, saw: `${count(words, 'word')} beside code` };
}

/** A criterion counts when it says something that can be tested: not only general words. */
function criteria(text: TicketText, { kind }: { readonly kind: TicketKind }): Judged {
  const testable = text.criteria.filter(isTestable).length;
  // What a bug should do instead is a criterion too, when it is said with a value.
  const implied = kind === 'bug' && testable === 0 && phrasesIn(text.prose, EXPECTED).length > 0 && (text.numbers > 0 || text.codeSpans.length > 0 || text.codeBlocks > 0);
  const share = testable >= 2 ? 1 : testable === 1 ? 0.85 : implied ? 0.7 : 0;
  return { share, saw: testable === 0 && implied ? 'none listed; an expected result is given' : `${count(testable, 'testable criterion', 'testable criteria')} of ${text.criteria.length}` };
}

function isTestable(criterion: Words): boolean {
  const vague = phrasesIn(criterion, VAGUE).length;
  return criterion.list.length >= (vague > 0 ? 7 : 2);
}

function target({ names, links, title, headings }: TicketText): Judged {
  const quoted = headings.length > 0 && links > 0;
  const share = names.length >= 2 ? 1 : names.length === 1 ? 0.95 : quoted ? 0.4 : places(title) ? 0.3 : 0;
  return { share, saw: names.length === 0 ? 'no file, name, command or route' : count(names.length, 'name of a file, function, command or route', 'names of files, functions, commands or routes') };
}

/** Words for parts of a product; weaker than a name that can be found. */
function places(title: Words): boolean {
  return phrasesIn(title, ['page', 'button', 'endpoint', 'command', 'module', 'screen', 'form', 'dialog', 'menu', 'api', 'table', 'header', 'footer', 'readme', 'test', 'tests', 'workflow', 'job']).length > 0;
}

function reproduction({ steps, codeBlocks, codeSpans, prose, headings }: TicketText): Judged {
  const told = phrasesIn(prose, REPRODUCTION).length > 0 || headings.some((heading) => REPRODUCTION.includes(heading));
  const shown = codeBlocks > 0 || codeSpans.length > 0;
  const share = steps >= 2 || (codeBlocks > 0 && told) ? 1 : told && shown ? 1 : steps === 1 || codeBlocks > 0 ? 0.8 : shown ? 0.6 : told ? 0.5 : 0;
  return { share, saw: `${count(steps, 'numbered step')}, ${count(codeBlocks, 'code block')}, ${told ? 'a way to get there is told' : 'no way to get there is told'}` };
}

function expected({ prose, criteria: listed, headings, title, codeSpans, codeBlocks, numbers }: TicketText): Judged {
  const wanted = phrasesIn(prose, EXPECTED).length > 0 || listed.some(isTestable) || headings.some((heading) => heading.startsWith('expected'));
  const seen = phrasesIn(prose, ACTUAL).length > 0 || phrasesIn(title, ACTUAL).length > 0 || headings.some((heading) => /^(?:actual|current)/.test(heading));
  const values = codeSpans.length + codeBlocks + numbers > 0;
  const share = (wanted ? 0.5 : 0) + (seen ? 0.5 : 0);
  return { share: values || share === 0 ? share : share * 0.7, saw: `${wanted ? 'what should happen' : 'not what should happen'}, ${seen ? 'what happens now' : 'not what happens now'}${values ? '' : ', without a value or message'}` };
}

/** Too broad words, a title that joins several pieces of work, or more criteria than one change holds. */
function size({ prose, title, criteria: listed }: TicketText): Judged {
  const broad = phrasesIn(prose, BROAD).length;
  const joined = title.line.includes(' and ') || title.line.includes(' und ') || title.line.includes(' et ');
  const verbs = joined ? title.list.filter((word) => WORK_VERBS.includes(word)).length : 0;
  const many = listed.length > 15;
  const share = broad >= 2 || verbs >= 3 ? 0 : broad === 1 || many ? 0.3 : verbs === 2 ? 0.4 : 1;
  return { share, saw: share === 1 ? 'one change' : [broad > 0 ? `${count(broad, 'word')} for more than one change` : '', verbs >= 2 ? `${verbs} pieces of work in the title` : '', many ? `${listed.length} criteria` : ''].filter((one) => one !== '').join(', ') };
}

function context({ links, references, prose, codeBlocks }: TicketText): Judged {
  const why = phrasesIn(prose, REASONS).length;
  const share = links + references > 0 || why > 0 ? 1 : codeBlocks > 0 ? 0.6 : 0;
  return { share, saw: `${count(links + references, 'link')}, ${count(why, 'reason')}` };
}

function concrete({ prose, title, names, numbers }: TicketText): Judged {
  const vague = phrasesIn(prose, VAGUE).length;
  const inTitle = phrasesIn(title, VAGUE).length;
  const measured = Math.min(2, (names.length > 0 ? 1 : 0) + (numbers > 0 ? 1 : 0));
  const left = Math.max(0, vague + inTitle - measured);
  const share = left === 0 ? 1 : left === 1 ? 0.6 : left === 2 ? 0.3 : 0;
  return { share, saw: vague === 0 ? 'no general words' : `${count(vague, 'general word')}, ${measured === 0 ? 'nothing that can be measured' : 'beside names or numbers'}` };
}

/** Questions of the author's own, words of doubt, and criteria that say yes and no to the same thing. */
function settled({ prose, questions, criteria: listed }: TicketText): Judged {
  const open = phrasesIn(prose, OPEN).length;
  const against = contradictions(listed);
  const share = against > 0 ? 0 : Math.max(0, 1 - (open + questions) * 0.4);
  return { share, saw: [`${count(questions, 'open question')}`, `${count(open, 'word of doubt', 'words of doubt')}`, ...(against > 0 ? [count(against, 'contradiction')] : [])].join(', ') };
}

const NOT = new Set(['not', 'no', 'never', 'cannot', 'without', "don't", "doesn't", "isn't", "aren't", "mustn't", 'nicht', 'kein', 'keine', 'pas', 'jamais']);
const SMALL = new Set(['the', 'a', 'an', 'be', 'is', 'are', 'do', 'does', 'it', 'must', 'should', 'shall', 'can', 'may']);

/** Pairs with the same words, one of them with a «not». */
function contradictions(criteria: readonly Words[]): number {
  const seen = new Map<string, boolean>();
  let found = 0;
  for (const { list } of criteria) {
    const denied = list.some((word) => NOT.has(word));
    const key = [...new Set(list.filter((word) => !NOT.has(word) && !SMALL.has(word)))].sort().join(' ');
    if (key === '') continue;
    const before = seen.get(key);
    if (before !== undefined && before !== denied) found += 1;
    else seen.set(key, denied);
  }
  return found;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number === 0 ? 'no' : number} ${number === 1 ? one : many}`;
}
