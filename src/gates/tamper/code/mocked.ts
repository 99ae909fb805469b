import type { TamperFinding } from '../findings.js';
import type { TestCase } from '../inventory/test-inventory.js';
import { isCall, linksOf, stringValue } from '../syntax/expression.js';
import { isString, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import type { TamperFile } from '../tamper-file.js';
import { matchTests } from '../compare/match-tests.js';

/** Calls that replace something by a stand-in with an answer. */
const STUBS = /^(?:patch|object|setattr|spyOn|stub|stubs|mock|doMock|unstable_mockModule|when|whenever|every|coEvery|receive|receive_messages|method|doReturn|Setup|SetupGet|given|replace|fake|shouldReceive|expects|patch_object|returns|mockImplementation|mockReturnValue|mockResolvedValue|define_method|define_singleton_method)$/;

/** Tests whose subject was replaced by a stand-in: what they call answers what they expect. */
export function mockedSubjects(files: readonly TamperFile[]): readonly TamperFinding[] {
  const tests = files.filter((file) => file.test);
  const { pairs } = matchTests(tests.flatMap((file) => file.base?.inventory?.tests ?? []), tests.flatMap((file) => file.candidate?.inventory?.tests ?? []));
  const inTests = pairs.flatMap(({ base, candidate }) => {
    if (base === candidate || !mayStub(candidate)) return [];
    const before = stubbed(base.tree, base.node);
    for (const [name, line] of stubbed(candidate.tree, candidate.node)) {
      if (before.has(name)) continue;
      const subject = candidate.assertions.find((one) => !/^(?:calls|called-with|state)$/.test(one.demand) && isSubject(one.subject, name));
      if (subject !== undefined) return [{ rule: 'mocked-subject' as const, path: candidate.path, line, words: `«${candidate.own}»: what is tested (${name}) is replaced by a stand-in`, after: subject.shown }];
    }
    return [];
  });
  return [...inTests, ...tests.flatMap(moduleMocks)];
}

const mayStub = (test: TestCase): boolean => /patch|mock|spy|stub|when|every|receive|setattr|method|fake|given|Setup|replace|define_/i.test(textOf(test.tree, test.node));
/** What a subject is about stands at its beginning, or at the end of a chain. */
const isSubject = (subject: string, name: string): boolean => {
  const all = subject.split(' ');
  return all.slice(0, 6).includes(name) || all.slice(-3).includes(name);
};

/** Names of members that are stubbed, with their lines. */
function stubbed(tree: SyntaxTree, scope: SyntaxNode): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const node of walk(scope)) {
    if (node.type === 'assignment_expression' || node.type === 'assignment') {
      const text = textOf(tree, node).slice(0, 300);
      const match = /^[\w$.]+\.(\w+)\s*=\s*(?:jest\.fn|vi\.fn|sinon\.stub|(?:Magic)?Mock\(|lambda\b|\([^)]{0,40}\)\s*=>|function\b|mock\.)/.exec(text);
      if (match?.[1] !== undefined) found.set(match[1], node.line);
      continue;
    }
    if (!isCall(node)) continue;
    for (const link of linksOf(tree, node)) {
      if (!STUBS.test(link.name) || link.args === undefined) continue;
      for (const arg of link.args.slice(0, 2)) {
        if (isString(arg)) {
          const name = stringValue(textOf(tree, arg)).replace(/^:/, '').split(/[./]/).at(-1) ?? '';
          if (/^\w+[?!]?$/.test(name)) found.set(name, node.line);
        } else if (isCall(arg) || /lambda/.test(arg.type) || (link.name === 'when' || link.name === 'whenever')) {
          const inner = [...walk(arg)].find(isCall);
          const name = inner === undefined ? undefined : linksOf(tree, inner).at(-1)?.name;
          if (name !== undefined && name !== '') found.set(name, node.line);
        }
      }
    }
  }
  return found;
}

/** `jest.mock('../cart')` in `cart.test.js`: the module that the file tests. */
function moduleMocks({ path, base, candidate }: TamperFile): readonly TamperFinding[] {
  const stem = stemOf(path);
  const now = candidate?.tree === undefined || stem === '' ? [] : [...modules(candidate.tree)].filter(([name]) => stemOf(name) === stem);
  if (now.length === 0 || base?.tree === undefined) return [];
  const before = modules(base.tree);
  return now.filter(([name]) => !before.has(name)).map(([name, line]) => ({ rule: 'mocked-subject' as const, path, line, words: `the module that this file tests (${name}) is replaced by a stand-in`, after: name }));
}

function modules(tree: SyntaxTree): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const node of tree.root.children) {
    const call = node.type === 'expression_statement' ? node.children[0] : undefined;
    if (call === undefined || !isCall(call)) continue;
    const links = linksOf(tree, call);
    const last = links.at(-1);
    const arg = last?.args?.[0];
    if (/^(?:mock|doMock|unstable_mockModule)$/.test(last?.name ?? '') && arg !== undefined && isString(arg)) found.set(stringValue(textOf(tree, arg)), node.line);
  }
  return found;
}

export function stemOf(path: string): string {
  const name = (path.split('/').at(-1) ?? '').replace(/\.(?:\w+\.)?snap$/, '').replace(/(?:\.\w{1,6}){1,3}$/, '');
  return name.replace(/^test[_-]|[._-](?:test|spec|e2e|tests)$|(?:Tests?|Spec|IT|TestCase)$/gi, '').replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}
