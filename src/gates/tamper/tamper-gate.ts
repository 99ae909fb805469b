import { strictest, type VerdictEffect, type VerdictNode } from '../../domain/verdict.js';
import type { Gate } from '../gate-facts.js';
import { TAMPER_RULES, type TamperEffect, type TamperFinding, type TamperRule } from './findings.js';
import { findTampering } from './find-tampering.js';
import { fewerTests } from './fewer-tests.js';
import { readFiles } from './read-files.js';

const SHOWN_MAX = 20;

/**
 * The guard against weakened tests: one child for each rule that has something to say, named `test-tampering/<rule>`, so that
 * a rule can be set in the configuration and overridden by its name. What stands in `findings` is foreign text.
 */
export const testTampering: Gate = async ({ candidate, config, textOf, ...rest }): Promise<VerdictNode> => {
  const rule = 'test-tampering';
  const unknown = Object.keys(config.gates.tamper.rules).filter((name) => !(name in TAMPER_RULES));
  if (unknown.length > 0) return { rule, effect: 'error', words: `gates.tamper.rules names rules that there are not: ${unknown.join(', ')}; there are ${Object.keys(TAMPER_RULES).join(', ')}` };
  if (textOf === undefined) return { rule, effect: 'allow', words: 'whole files were not looked at' };
  const { files, unread } = await readFiles({ candidate, config, textOf, ...rest }, textOf);
  const found = findTampering(files);
  // `unread` is looked at after the rules: they ask for trees.
  const findings = [...unread, ...found, ...fewerTests(rest.executed ?? [], files, found)];
  const children = rulesOf(findings, (name) => effectOf(config.gates.tamper.rules, name));
  if (children.length === 0) return { rule, effect: 'allow', words: 'no test or check is weakened', values: { files: files.length } };
  const effect = strictest(children.map((child) => child.effect));
  const words = effect === 'allow' ? 'nothing is weakened without a reason that the change shows' : 'the change weakens what proves it; a person must say whether that is meant';
  return { rule, effect, words, values: { files: files.length, findings: findings.length }, children };
};

const effectOf = (settings: Readonly<Record<string, TamperEffect>>, name: TamperRule): TamperEffect => settings[name] ?? TAMPER_RULES[name];

function rulesOf(findings: readonly TamperFinding[], effect: (rule: TamperRule) => TamperEffect): readonly VerdictNode[] {
  const names = [...new Set(findings.map((one) => one.rule))].filter((name) => effect(name) !== 'off');
  return names.map((name): VerdictNode => {
    const own = findings.filter((one) => one.rule === name);
    const set = effect(name);
    const verdict: VerdictEffect = set === 'deny' || set === 'hold' ? set : 'allow';
    return {
      rule: `test-tampering/${name}`, effect: verdict, words: own.length === 1 ? own[0]?.words ?? '' : `${own.length} places: ${own[0]?.words ?? ''}, …`,
      values: { count: own.length, places: own.slice(0, SHOWN_MAX).map((one) => `${one.path}:${one.line}`), findings: own.slice(0, SHOWN_MAX).map(asText) },
    };
  });
}

function asText({ path, line, words, before, after }: TamperFinding): string {
  return [`${path}:${line}: ${words}`, ...(before === undefined || before === '' ? [] : [`before: ${before.slice(0, 200)}`]), ...(after === undefined || after === '' ? [] : [`after: ${after.slice(0, 200)}`])].join(' · ');
}
