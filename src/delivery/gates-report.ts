import type { Verdict, VerdictNode } from '../domain/verdict.js';
import { code, inline } from '../kit/harmless.js';
import type { CheckRunReport } from '../ports/forge.js';

/** GitHub takes 50 in one request. */
const ANNOTATIONS_MAX = 50;
const ROWS_MAX = 200;

/**
 * The verdict of the gates as a check run of its own: what every rule said, and an annotation for each place. A held change that
 * was opened for people to decide fails it, so that a branch rule can ask for it.
 */
export function gatesReport(verdict: Verdict, state: { readonly held: boolean; readonly answered: boolean }): CheckRunReport {
  const nodes = verdict.tree.children ?? [];
  const speaking = nodes.filter((node) => node.effect !== 'allow');
  const conclusion = state.held || verdict.effect === 'deny' || verdict.effect === 'error' ? 'failure' : state.answered || verdict.effect === 'hold' ? 'neutral' : 'success';
  const risk = nodes.find((node) => node.rule === 'risk');
  return {
    name: 'Heddle gates', conclusion,
    title: `${speaking.length === 0 ? 'No gate objects' : `${speaking.map((node) => node.rule).slice(0, 5).join(', ')} ${state.answered ? 'held it, and a person said yes' : state.held ? 'holds it' : 'spoke'}`}${risk === undefined ? '' : `; ${inline(risk.words, 100)}`}`.slice(0, 250),
    summary: [...(state.held ? ['**Held.** A person must decide whether this change may be merged.', ''] : []), '| rule | effect | what it saw |', '| --- | --- | --- |', ...rows(verdict.tree).slice(0, ROWS_MAX)].join('\n'),
    annotations: [...placesIn(verdict.tree)].slice(0, ANNOTATIONS_MAX).map(({ node, path, line }) => ({ path, line, level: node.effect === 'allow' ? 'notice' : node.effect === 'hold' ? 'warning' : 'failure', message: `${node.rule}: ${inline(node.words, 500)}` })),
    results: [],
  };
}

/** A place that a rule pointed at. Those that object come first. */
export interface Place { readonly node: VerdictNode; readonly path: string; readonly line: number }

export function placesIn(tree: VerdictNode): readonly Place[] {
  const all = walk(tree).flatMap((node) => {
    const places = node.values?.['places'];
    return Array.isArray(places) ? (places as readonly string[]).flatMap((place) => {
      // `path:line`, with words after it; the path is foreign and may hold colons and digits itself.
      const match = /^(.{1,4096}):(\d{1,9})(?: .*)?$/s.exec(place);
      return match?.[1] === undefined ? [] : [{ node, path: match[1], line: Number(match[2]) }];
    }) : [];
  });
  return [...all.filter(({ node }) => node.effect !== 'allow'), ...all.filter(({ node }) => node.effect === 'allow')];
}

function walk(node: VerdictNode): readonly VerdictNode[] {
  return [node, ...(node.children ?? []).flatMap(walk)];
}

function rows(tree: VerdictNode): readonly string[] {
  return (tree.children ?? []).filter((node) => node.effect !== 'allow' || node.values !== undefined).map((node) => `| ${code(node.rule)} | ${node.effect === 'allow' ? 'allow' : `**${node.effect}**`} | ${inline(node.words, 300).replaceAll('|', '¦')} |`);
}
