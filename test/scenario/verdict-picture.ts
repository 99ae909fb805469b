import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { VerdictNode } from '../../src/domain/verdict.js';
import { factsOf, put, type SeenRun } from './rig.js';

/**
 * What people read of a verdict, as text, compared with test/golden/verdicts-*.txt. After a change that is meant, write them anew
 * and read the difference:
 *
 *   HEDDLE_UPDATE_GOLDEN=1 npm run jest -- test/scenario/verdicts && git diff test/golden
 */
export const UPDATE = process.env['HEDDLE_UPDATE_GOLDEN'] === '1';

/** The recorded verdict: effect, the rule of the team that decided, and every node that objects or that says the risk. */
export function verdictLines(seen: SeenRun): readonly string[] {
  const judged = factsOf(seen, 'gate-evaluated').at(-1);
  if (judged === undefined) return ['no verdict'];
  const said = (node: VerdictNode, depth: number): readonly string[] => (node.effect === 'allow' && node.rule !== 'risk' ? [] : [`${'  '.repeat(depth)}${node.effect} ${node.rule}: ${node.words}`, ...(node.rule === 'risk' ? [] : (node.children ?? []).flatMap((child) => said(child, depth + 1)))]);
  return [`verdict: ${judged.verdict.effect}; policy: ${judged.policy?.effect ?? 'none'} by ${judged.policy?.decidedBy ?? 'nobody'}`, ...(judged.verdict.tree.children ?? []).flatMap((child) => said(child, 1))];
}

export class Golden {
  private readonly file: string;
  private readonly seen = new Map<string, string>();

  constructor(name: string) {
    this.file = fileURLToPath(new URL(`../golden/${name}.txt`, import.meta.url));
  }

  /** Sections of `## name`, then the words. */
  read(): ReadonlyMap<string, string> {
    const sections = readFileSync(this.file, 'utf8').split(/^## /m).slice(1);
    return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1).trimEnd()]));
  }

  /** What should stand there: itself, while the file is written anew. */
  expected(name: string, words: string): string | undefined {
    this.seen.set(name, words);
    return UPDATE ? words : this.read().get(name);
  }

  write(): void {
    if (UPDATE) put(this.file, [...this.seen].map(([name, words]) => `## ${name}\n${words}\n`).join('\n'));
  }
}

/** Ids, times and the places of one run. */
export function normalised(text: string, root: string): string {
  return text.replaceAll(root, '<root>').replace(/\b[0-9a-f]{40}\b/g, '<object>').replace(/\b[0-9a-f]{16}\b/g, '<run>').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>').replace(/ +$/gm, '').trimEnd();
}
