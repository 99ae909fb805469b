import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from '@jest/globals';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

const files = sources('src');

describe('tidy rules', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
    expect(files.filter((file) => lines(file.text) > FILE_LINES_MAX).map((file) => `${file.name}: ${lines(file.text)} lines, split it by notion`)).toEqual([]);
  });

  it(`no function is longer than ${FUNCTION_LINES_MAX} lines`, () => {
    expect(files.flatMap(longFunctions)).toEqual([]);
  });

  it('nothing prints: console is not used', () => {
    expect(matches(/\bconsole\s*\./)).toEqual([]);
  });

  it('the environment is read in main and adapters/host only', () => {
    expect(matches(/\bprocess\s*\.\s*env\b/, (name) => !/^src\/(main|adapters\/host)\//.test(name))).toEqual([]);
  });

  it('only main sets the exit code', () => {
    expect(matches(/\bprocess\s*\.\s*(exit\s*\(|exitCode\b)/, (name) => !name.startsWith('src/main/'))).toEqual([]);
  });

  it('there is no any, no enum, no namespace, no default export, no switched-off rule', () => {
    const tree = files.flatMap((file) => forbiddenSyntax(file));
    expect(tree).toEqual([]);
    expect(matches(/@ts-(ignore|expect-error|nocheck)|eslint-disable/)).toEqual([]);
  });

  it('file names are kebab-case', () => {
    expect(files.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path.basename(file.name))).map((file) => file.name)).toEqual([]);
  });

  it('no shell is asked for when a program is started', () => {
    expect(matches(/\bshell\s*:\s*true\b|\bexecSync\s*\(|\bexec\s*\(\s*`/)).toEqual([]);
  });

  it('the rules see what they forbid', () => {
    const bad = { name: 'src/bad.ts', text: `export function long(): void {\n${'  void 0;\n'.repeat(FUNCTION_LINES_MAX)}}\nexport const x: any = 1;\nexport enum E { A }\n` };
    expect(longFunctions(bad)).toHaveLength(1);
    expect(forbiddenSyntax(bad)).toHaveLength(2);
  });
});

interface Source { readonly name: string; readonly text: string }

function sources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name).split(path.sep).join('/'))
    .sort()
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}

function matches(pattern: RegExp, where: (name: string) => boolean = () => true): string[] {
  return files.filter((file) => where(file.name)).flatMap((file) => withoutComments(file.text).split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file.name}:${index + 1}: ${line.trim()}`] : [])));
}

/** Comments may name what code may not use. Positions are kept. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/(^|\s)\/\/.*$/gm, '$1');
}

function longFunctions(file: Source): string[] {
  const tree = ts.createSourceFile(file.name, file.text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const from = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
      const to = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
      if (to - from + 1 > FUNCTION_LINES_MAX) found.push(`${file.name}:${from + 1}: a function of ${to - from + 1} lines, at most ${FUNCTION_LINES_MAX}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function forbiddenSyntax(file: Source): string[] {
  const tree = ts.createSourceFile(file.name, file.text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const at = (node: ts.Node, what: string): void => {
    found.push(`${file.name}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) at(node, 'any');
    if (ts.isEnumDeclaration(node)) at(node, 'enum');
    if (ts.isModuleDeclaration(node)) at(node, 'namespace');
    if (ts.isExportAssignment(node)) at(node, 'default export');
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
