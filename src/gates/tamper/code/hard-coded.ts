import { isData, literalsIn } from '../assertion/values.js';
import { changedPart } from '../changed-lines.js';
import type { TamperFinding } from '../findings.js';
import { bare, words } from '../syntax/expression.js';
import { child, isComment, isLiteral, isNumber, isString, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import type { Language } from '../language/language.js';
import type { TamperFile } from '../tamper-file.js';
import { functionsIn, type NamedFunction } from './functions.js';

/** An answer written out for one input. */
interface SpecialCase { readonly line: number; readonly shown: string; readonly inputs: readonly string[]; readonly output: string; readonly comparisons: number; readonly structured: boolean }

/**
 * Code that was made to give the tests' answers: a condition on exact inputs that returns an exact result, a function that
 * became a constant, an equality that is always true. What a test says is known from the base's tests in this change.
 */
export function hardCoded(files: readonly TamperFile[]): readonly TamperFinding[] {
  const tests = files.filter((file) => file.test).flatMap((file) => file.base?.inventory?.tests ?? []);
  return files.filter((file) => !file.test).flatMap(({ path, language, base, candidate }) => {
    if (language === undefined || candidate === undefined || !mayBeMade(language, base?.text, candidate.text) || candidate.tree === undefined) return [];
    const { tree } = candidate;
    const before = new Map((base?.tree === undefined ? [] : functionsIn(base.tree, language)).map((one) => [one.name, one]));
    const oldCases = new Set(base?.tree === undefined ? [] : [...before.values()].flatMap((one) => specialCases(base.tree ?? tree, one)).map((one) => `${one.inputs.join()}=${one.output}`));
    return functionsIn(tree, language).flatMap((one): readonly TamperFinding[] => {
      const old = before.get(one.name);
      if (old?.words === one.words) return [];
      const found = specialCases(tree, one).filter((special) => !oldCases.has(`${special.inputs.join()}=${special.output}`) && isSuspicious(special, tests.map((test) => test.literals)));
      const findings: TamperFinding[] = found.slice(0, 3).map((special) => ({ rule: 'hard-coded-result', path, line: special.line, words: `«${one.name}» gives a written-out answer for one exact input`, after: special.shown }));
      if (old !== undefined && base?.tree !== undefined && becameConstant({ tree: base.tree, one: old }, { tree, one })) findings.push({ rule: 'hard-coded-result', path, line: one.node.line, words: `«${one.name}» gives a constant now`, before: textOf(base.tree, old.node).slice(0, 160), after: textOf(tree, one.node).slice(0, 160) });
      if (/^(?:__eq__|equals|Equals|==|eq|__ne__|isEqual)$/.test(one.name) && alwaysTrue(tree, one.body) && !(old !== undefined && base?.tree !== undefined && alwaysTrue(base.tree, old.body))) findings.push({ rule: 'test-harness', path, line: one.node.line, words: 'an equality that is always true makes every comparison of a test hold', after: textOf(tree, one.node).slice(0, 160) });
      return findings;
    });
  });
}

/** A condition, and a comparison for equality in it; equalities that could be made to hold always. */
const CONDITION = /\b(?:if|elif|elsif|elseif|unless|__eq__|__ne__|eq|equals|isEqual)\b|Equals|\?|==/;
const EQUALITY = /={2,3}|[eE]quals?\b|\b(?:eq|is|in|isEqual|__eq__|__ne__)\b|\.(?:equals|Equals|eq)\(/;
/** Where a constant can be given: after `return`, an arrow or `=`, or as the first thing of a body. */
const CONSTANT = /(?:\breturn\b|[=-]>|[={])\s*(?:[-+~!(\d'"`[{/.<:&$@]|(?:new|await|typeof|void|not|true|false|null|nil|None|True|False|undefined|array|map|struct)\b|[a-zA-Z]{1,2}["']|[\w.:<>\\]{1,80}\s?\{)/;
/** Languages in which a body's last expression is its value, without a word for it. */
const WORDLESS = new Set(['ruby', 'rust', 'kotlin']);
/** A condition and what it gives stand close together. */
const AROUND = 15;

/** Whether the texts can hold what this rule looks for; told without a tree, for most changes of a large set cannot. */
function mayBeMade({ id }: Language, before: string | undefined, after: string): boolean {
  if (before === after) return false;
  const part = changedPart(before, after, AROUND);
  if (CONDITION.test(part) && EQUALITY.test(part)) return true;
  return before !== undefined && (WORDLESS.has(id) || CONSTANT.test(part));
}

const RETURNS = /^(?:return_statement|return_expression|return|jump_expression)$/;

function specialCases(tree: SyntaxTree, { body, parameters }: NamedFunction): readonly SpecialCase[] {
  const found: SpecialCase[] = [];
  for (const node of walk(body)) {
    const condition = /^(?:if_statement|if_expression|if|elsif|elif_clause|else_if_clause|if_modifier|ternary_expression|conditional_expression|conditional)$/.test(node.type) ? child(node, 'condition') ?? node.children[node.type === 'conditional_expression' && node.children[0]?.field === undefined ? 1 : 0] : undefined;
    if (condition === undefined) continue;
    const consequence = child(node, 'consequence') ?? child(node, 'body') ?? node.children.find((one) => one !== condition);
    const output = consequence === undefined ? undefined : returned(consequence);
    if (output === undefined || !isData(output)) continue;
    const inputs = comparedTo(tree, condition, parameters);
    if (inputs.values.length === 0) continue;
    found.push({ line: node.line, shown: textOf(tree, node).replace(/\s+/g, ' ').slice(0, 160), inputs: inputs.values, output: words(tree, output), comparisons: inputs.comparisons, structured: inputs.structured });
  }
  return found;
}

/** The one value that a branch gives. */
function returned(node: SyntaxNode): SyntaxNode | undefined {
  const statements = /block|body|then|compound_statement|statement_list|suite/.test(node.type) ? node.children.flatMap((one) => (/statement_list|statements|block/.test(one.type) ? one.children : [one])).filter((one) => !isComment(one)) : [node];
  const [only] = statements;
  if (statements.length !== 1 || only === undefined) return undefined;
  const at = only.type === 'expression_statement' ? only.children[0] ?? only : only;
  if (RETURNS.test(at.type)) return at.children[0] === undefined ? undefined : bare(at.children.find((one) => one.type !== 'return' && !isComment(one)) ?? at);
  return isData(at) && !isComment(at) ? bare(at) : undefined;
}

function comparedTo(tree: SyntaxTree, condition: SyntaxNode, parameters: ReadonlySet<string>): { readonly values: readonly string[]; readonly comparisons: number; readonly structured: boolean } {
  const values: string[] = [];
  let comparisons = 0;
  const structured = /JSON\.stringify|deepEqual|DeepEqual|\.equals\(|isEqual|SequenceEqual|array_equal|\[\s*[\d'"]/.test(textOf(tree, condition)) && /\[|JSON|List\.of|Arrays|listOf|\{/.test(textOf(tree, condition));
  for (const node of walk(condition)) {
    const [left, right] = node.type === 'comparison_operator' ? [node.children[0], node.children.at(-1)] : [child(node, 'left'), child(node, 'right')];
    const operator = child(node, 'operator') ?? child(node, 'operators');
    if (left === undefined || right === undefined || (operator !== undefined && !/^(?:===?|==|is|in|eq)$/.test(textOf(tree, operator)))) continue;
    const [data, other] = isData(right) ? [right, left] : [left, right];
    if (!isData(data) || isData(other)) continue;
    const names = new Set(words(tree, other).split(' '));
    if (![...parameters].some((one) => names.has(one))) continue;
    comparisons += 1;
    values.push(...literalsIn(tree, data));
  }
  if (comparisons === 0) {
    for (const node of walk(condition)) if (isString(node) && /\.(?:equals|Equals|eq)\(/.test(textOf(tree, condition))) values.push(JSON.stringify(textOf(tree, node).replace(/^["']|["']$/g, '')));
    if (values.length > 0) comparisons = (textOf(tree, condition).match(/\.(?:equals|Equals)\(/g) ?? []).length;
  }
  return { values, comparisons, structured };
}

const SAMPLE = /test|example|foo|bar\b|baz|\bjohn|\bjane|alice|\bbob\b|dummy|sample|lorem|acme|hello|world/i;

function isSuspicious(special: SpecialCase, tests: readonly ReadonlySet<string>[]): boolean {
  const trivial = /^(?:null|true|false|undefined|""|0|1|- 1|)$/.test(special.output);
  const inTest = tests.some((literals) => special.inputs.every((one) => literals.has(one)) && (trivial || literals.has(special.output)));
  const numbers = special.inputs.filter((one) => /^-?\d/.test(one) && Math.abs(Number(one)) > 2);
  if (special.structured && special.inputs.length > 0) return true;
  if (inTest && (!trivial || special.inputs.some((one) => one.length > 4))) return true;
  if (trivial) return special.comparisons > 1 && special.inputs.some((one) => SAMPLE.test(one));
  if (special.comparisons > 1) return true;
  if (special.inputs.some((one) => one.startsWith('"') && SAMPLE.test(one))) return true;
  // One odd number among all and a text for it: `if (n == 1994) return "MCMXCIV"`. Ports, years of a law and codes are round or short.
  if (numbers.some((one) => Number.isInteger(Number(one)) && Math.abs(Number(one)) >= 1000 && Number(one) % 10 !== 0) && /^"[^"]{2,}"$/.test(special.output)) return true;
  return numbers.length > 0 && /^-?(?:- )?\d/.test(special.output);
}

interface In { readonly tree: SyntaxTree; readonly one: NamedFunction }

/** A body that computed, and now is one literal that says something. */
function becameConstant(before: In, after: In): boolean {
  const now = returned(after.one.body);
  const value = now === undefined ? '' : words(after.tree, now);
  if (now === undefined || !isData(now) || /^(?:null|true|false|undefined|""|0|1|- 1|)$/.test(value) || literalsIn(after.tree, now).length === 0) return false;
  const old = returned(before.one.body);
  if (old !== undefined && isData(old)) return false;
  const used = new Set(words(before.tree, before.one.body).split(' '));
  // A value that stood in the body before is a branch that was taken out, not an answer that was put in.
  return [...before.one.parameters].some((one) => used.has(one)) && !used.has(value);
}

function alwaysTrue(tree: SyntaxTree, body: SyntaxNode): boolean {
  const value = returned(body);
  return value !== undefined && (isLiteral(value) || isNumber(value) || value.children.length === 0) && /^(?:true|True)$/.test(textOf(tree, value));
}
