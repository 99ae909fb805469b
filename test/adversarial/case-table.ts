import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { DRILL_ACTIONS } from '../../src/domain/drill.js';
import { Rung } from '../../src/domain/rung.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const Row = z.strictObject({
  id: z.string().regex(/^[A-Z]\d\d$/), level: z.enum(['P0', 'P1', 'P2']), title: z.string(), how: z.string(), oracle: z.string().optional(), why: z.string().optional(),
  tests: z.array(z.tuple([z.string(), z.string()])).min(1).optional(), open: z.partialRecord(Rung, z.string()).optional(),
});

/** How a case is run: by the obedient agent or a start of its own in every rung, by other tests, or not here. */
export type How =
  | { readonly kind: 'probe'; readonly action: (typeof DRILL_ACTIONS)[number] }
  | { readonly kind: 'start'; readonly name: string }
  | { readonly kind: 'test' }
  | { readonly kind: 'owner'; readonly name: string }
  | { readonly kind: 'later' };

export interface Case {
  readonly id: string;
  readonly group: string;
  readonly level: 'P0' | 'P1' | 'P2';
  readonly title: string;
  readonly how: How;
  readonly oracle: string;
  readonly why: string | undefined;
  readonly tests: readonly (readonly [file: string, title: string])[];
  readonly open: Readonly<Partial<Record<Rung, string>>>;
}

/** The table of cases.yml, checked. */
export function readCases(): readonly Case[] {
  return z.array(Row).parse(parse(readFileSync(`${ROOT}test/adversarial/cases.yml`, 'utf8'))).map((row) => ({
    id: row.id, group: row.id.slice(0, 1), level: row.level, title: row.title, how: howOf(row.how), oracle: row.oracle ?? '', why: row.why, tests: row.tests ?? [], open: row.open ?? {},
  }));
}

function howOf(text: string): How {
  const [kind = '', name = ''] = text.split(' ');
  if (kind === 'probe') return { kind, action: z.enum(DRILL_ACTIONS).parse(name) };
  if (kind === 'start' || kind === 'owner') return { kind, name: z.string().min(1).parse(name) };
  return { kind: z.enum(['test', 'later']).parse(kind) };
}

/** References to tests that are not there, or not under that title: a table must not go on praising what was renamed. */
export function missingTests(cases: readonly Case[]): readonly string[] {
  const texts = new Map<string, string>();
  return cases.flatMap(({ id, tests }) => tests.flatMap(([file, title]) => {
    if (!texts.has(file)) texts.set(file, existsSync(ROOT + file) ? readFileSync(ROOT + file, 'utf8') : '');
    return texts.get(file)?.includes(title) === true ? [] : [`${id}: ${file} has no test «${title}»`];
  }));
}
