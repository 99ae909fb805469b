import { isMap, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import { distance } from '../../../kit/distance.js';

const account = z.string().min(1).max(200);

/** The front matter of a ticket file. Strict: a key with a typing error must not be passed over in silence. */
export const FrontMatter = z.strictObject({
  title: z.string().min(1).max(1000),
  id: z.union([z.string().min(1).max(200), z.number().int()]).optional(),
  labels: z.array(z.string().min(1).max(200)).max(100).default([]),
  state: z.enum(['open', 'closed']).default('open'),
  author: account.optional(),
  approved_by: z.union([account, z.array(account).max(20)]).optional(),
  acceptance_criteria: z.array(z.string().min(1).max(4000)).max(100).default([]),
  created: z.string().refine((text) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))).optional(),
});
export type FrontMatter = z.infer<typeof FrontMatter>;

const FORMS: Readonly<Record<keyof FrontMatter, string>> = {
  title: 'a text of 1 to 1000 characters; put it in quotes when it looks like a number or holds a colon',
  id: 'a text or a whole number',
  labels: 'a list of texts: [bug, heddle]',
  state: 'open or closed',
  author: 'a name',
  approved_by: 'a name or a list of names',
  acceptance_criteria: 'a list of texts; put each in quotes when it holds a colon',
  created: 'a date: 2026-03-01 or 2026-03-01T09:00:00Z',
};
const KEYS = Object.keys(FORMS);

export interface TicketText { readonly front: FrontMatter; readonly body: string }

/** Splits and checks a ticket file. The error holds all problems, one a line, each as `file:line:column: words`. */
export function parseTicketFile(text: string, file: string): Result<TicketText, string> {
  const opening = /^---[ \t]*\r?\n/.exec(text);
  if (opening === null) {
    return err(`${file}:1:1: the file does not begin with front matter. Put this at its top, then the description below it:\n---\ntitle: What should change\n---`);
  }
  const closing = closingMark(text, opening[0].length);
  if (closing === undefined) return err(`${file}:1:1: the front matter is not closed. End it with a line that is just ---`);
  const lines = new LineCounter();
  // The opening line is part of what is parsed, so that lines and columns are those of the file.
  const document = parseDocument(text.slice(0, closing.start), { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return err(document.errors.map((error) => `${place(error.pos[0])}: the front matter is not YAML: ${firstLine(error.message)}`).join('\n'));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch {
    // The YAML library refuses a bomb of aliases by throwing; there is nothing else it throws for here.
    return err(`${file}:1:1: the front matter uses more aliases than a ticket needs. Write the values out.`);
  }
  const front = FrontMatter.safeParse(value ?? {});
  if (front.success) return ok({ front: front.data, body: text.slice(closing.end) });
  return err(front.error.issues.flatMap((issue) => problems(issue, document)).map(({ offset, words }) => `${place(offset)}: ${words}`).join('\n'));
}

function closingMark(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
  for (let start = from; start < text.length;) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed + 1;
    const line = text.slice(start, end).trimEnd();
    if (line === '---' || line === '...') return { start, end };
    start = end;
  }
  return undefined;
}

function problems(issue: z.core.$ZodIssue, document: Document): readonly { readonly offset: number; readonly words: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ offset: keyOffset(document, key), words: `unknown key ${JSON.stringify(key.slice(0, 80))}.${nearest(key)} Allowed are: ${KEYS.join(', ')}.` }));
  }
  const key = String(issue.path[0] ?? '');
  if (key === '') return [{ offset: 0, words: `the front matter must be keys with values. Allowed are: ${KEYS.join(', ')}.` }];
  const form = FORMS[key as keyof FrontMatter];
  if (!document.has(key)) return [{ offset: 0, words: `the key ${key} is missing. It must be ${form}.` }];
  const node = document.getIn(issue.path.filter((part) => typeof part !== 'symbol'), true);
  return [{ offset: offsetOf(node) ?? keyOffset(document, key), words: `${issue.path.map(String).join('.')} has a wrong value. ${key} must be ${form}.` }];
}

function nearest(key: string): string {
  const best = KEYS.map((known) => ({ known, far: distance(key.slice(0, 40).toLowerCase(), known) })).sort((a, b) => a.far - b.far)[0];
  return best !== undefined && best.far <= 3 ? ` Did you mean ${best.known}?` : '';
}

function keyOffset(document: Document, key: string): number {
  const pair = isMap(document.contents) ? document.contents.items.find((item) => String(item.key) === key) : undefined;
  return offsetOf(pair?.key) ?? 0;
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const [start] = node.range as readonly unknown[];
  return typeof start === 'number' ? start : undefined;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200);
}
