import { digestOfJson } from '../domain/digest.js';
import type { Instant } from '../domain/ids.js';
import type { ChosenComment, Snapshot, Ticket } from '../domain/ticket.js';
import { untrusted } from '../domain/text.js';
import { cleanCharacters } from './clean-characters.js';
import { cleanMarkdown } from './clean-markdown.js';
import { criterionOf, criteriaIn } from './criteria.js';
import { directiveBlocksIn } from './directive-blocks.js';
import type { Meter } from './meter.js';
import { RemovalLog } from './removal-log.js';
import type { RemovalPlace } from './removal-log.js';

const TITLE_CHARS_MAX = 1000;
const CRITERION_CHARS_MAX = 4000;
const CRITERIA_MAX = 100;
const COMMENTS_MAX = 50;
const COMMENT_CHARS_MAX = 16_384;
const LABELS_MAX = 100;
const LABEL_CHARS_MAX = 200;

interface Sink { readonly where: RemovalPlace; readonly log: RemovalLog; readonly meter: Meter }

/**
 * Freezes a ticket: its text capped, canonical and cleaned, every removal recorded, one digest over all of it. The agent
 * gets this and nothing fetched later; the order binds to the digest. A snapshot of a cleaned text removes nothing.
 * `charsMax` bounds the body in UTF-16 units; caps come first, so that no later work is done on more. Titles keep their
 * markup, because trackers show it as text. Of the comments only those are part of it whose ids admission chose: answers
 * to its questions by people who may give them. `meter` is for tests.
 */
export function takeSnapshot(ticket: Ticket, options: { readonly charsMax: number; readonly now: Instant; readonly comments?: readonly string[] | undefined; readonly meter?: Meter }): Snapshot {
  const log = new RemovalLog();
  const meter = options.meter ?? { steps: 0 };
  const sink = (where: RemovalPlace): Sink => ({ where, log, meter });
  const title = within(ticket.title, Math.min(TITLE_CHARS_MAX, options.charsMax), { ...sink('title'), clean: cleanLine });
  const body = within(ticket.body, options.charsMax, { ...sink('body'), clean: cleanMarkdown });
  const listed = ticket.criteria.slice(0, CRITERIA_MAX).map((text) => oneLine(within(text, CRITERION_CHARS_MAX, { ...sink('criterion'), clean: cleanMarkdown })));
  if (ticket.criteria.length > CRITERIA_MAX) {
    log.add({ kind: 'cut-at-cap', where: 'criterion', text: `criteria after the ${CRITERIA_MAX}th`, count: ticket.criteria.length - CRITERIA_MAX });
  }
  const comments = commentsOf(ticket, options, sink('comment'));
  const found = [...listed, ...criteriaIn(body), ...comments.flatMap((comment) => criteriaIn(comment.text))].filter((text, index, all) => text !== '' && all.indexOf(text) === index).slice(0, CRITERIA_MAX);
  const directives = directiveBlocksIn(body);
  const content = {
    ref: ticket.ref,
    ...(ticket.url === undefined ? {} : { url: ticket.url }),
    title: untrusted(title),
    body: untrusted(body),
    criteria: found.map((text, index) => criterionOf(text, index + 1)),
    labels: labelsOf(ticket.labels, sink('title')),
    author: ticket.author,
    rawDigest: digestOfJson(wellFormed({ title: ticket.title, body: ticket.body, criteria: ticket.criteria, labels: [...ticket.labels].sort(), ...(comments.length === 0 ? {} : { comments: chosen(ticket, options.comments).map((comment) => comment.body) }) })),
    removals: log.removals(),
    ...(comments.length === 0 ? {} : { comments }),
    ...(directives.length === 0 ? {} : { directives }),
  };
  return { ...content, takenAt: options.now, digest: digestOfJson(content) };
}

/** The chosen answers in the tracker's order, each cleaned like the body. One that cleaning leaves empty is left out. */
function commentsOf(ticket: Ticket, options: { readonly charsMax: number; readonly comments?: readonly string[] | undefined }, sink: Sink): ChosenComment[] {
  return chosen(ticket, options.comments).map((comment): ChosenComment => ({
    id: comment.id, author: comment.author, at: comment.createdAt,
    text: untrusted(within(comment.body, Math.min(COMMENT_CHARS_MAX, options.charsMax), { ...sink, clean: cleanMarkdown })),
  })).filter((comment) => comment.text.trim() !== '');
}

function chosen(ticket: Ticket, ids: readonly string[] | undefined): Ticket['comments'] {
  if (ids === undefined || ids.length === 0) return [];
  const wanted = new Set(ids);
  return ticket.comments.filter((comment) => wanted.has(comment.id)).slice(0, COMMENTS_MAX);
}

/** Cleaning decodes and composes, which can lengthen a text; cutting can open what was closed. Both until nothing moves. */
function within(raw: string, charsMax: number, sink: Sink & { readonly clean: (text: string, sink: Sink) => string }): string {
  let text = sink.clean(capped(raw, charsMax, sink), sink);
  for (let round = 0; text.length > charsMax && round < 4; round += 1) text = sink.clean(capped(text, Math.max(1, charsMax - round * 64), sink), sink);
  return text.length > charsMax ? '' : text;
}

/** Removing characters can bring others together that compose; Unicode needs few rounds, and each one shortens or ends. */
function cleanLine(text: string, sink: Sink): string {
  let current = oneLine(text);
  for (let round = 0; round < 8; round += 1) {
    const next = oneLine(cleanCharacters(current, sink));
    if (next === current) break;
    current = next;
  }
  return current;
}

function capped(text: string, charsMax: number, sink: Sink): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? charsMax - 1 : charsMax;
  sink.log.add({ kind: 'cut-at-cap', where: sink.where, text: text.slice(end, end + 80), count: text.length - end });
  return text.slice(0, end);
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('\t', ' ').split(' ').filter((word) => word !== '').join(' ');
}

/** Trackers give labels in no promised order; the digest must not depend on it. */
function labelsOf(labels: readonly string[], sink: Sink): string[] {
  return [...new Set(labels.slice(0, LABELS_MAX).map((label) => within(label, LABEL_CHARS_MAX, { ...sink, clean: cleanLine })))].sort();
}

/** Half surrogate pairs have no UTF-8 form, and canonical JSON refuses them; the raw digest writes them as replacement characters. */
function wellFormed<T>(value: T): unknown {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => typeof item === 'string' ? Buffer.from(item, 'utf8').toString('utf8') : item));
}
