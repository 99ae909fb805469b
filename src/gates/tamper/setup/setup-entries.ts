import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { stringValue } from '../syntax/expression.js';
import { child, isComment, isString, textOf, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';

/** One setting of a configuration file, whatever its format: the path of names in small letters, and its value. */
export interface SetupEntry { readonly key: string; readonly value: string; readonly line: number }

const TEXT_MAX = 400_000;
const ENTRIES_MAX = 20_000;

/** Reads a file of settings into entries. Lists give one entry for each member under the same key. */
export function entriesOf(path: string, text: string, tree: SyntaxTree | undefined): readonly SetupEntry[] {
  if (text.length > TEXT_MAX) return [];
  if (/\.(?:[cm]?[jt]s)$/.test(path) && tree !== undefined) return fromCode(tree);
  if (/\.(?:ya?ml|json[c5]?|neon)$|(?:^|\/)\.(?:nycrc|c8rc|mocharc|eslintrc|babelrc|swcrc|jshintrc|stylelintrc|prettierrc)$/.test(path)) return fromYaml(/json|rc$/.test(path) ? withoutComments(text) : text);
  if (/\.(?:xml|csproj|props|targets|runsettings|dist|xml\.dist)$/.test(path) || text.trimStart().startsWith('<?xml')) return fromXml(text);
  if (/\.(?:toml|ini|cfg|properties|editorconfig|coveragerc|pylintrc|flake8)$|(?:^|\/)\.(?:coveragerc|pylintrc|flake8|editorconfig)$/.test(path)) return fromSections(text);
  return fromLines(text);
}

const withoutComments = (text: string): string => text.replace(/^\s*\/\/.*$/gm, '').replace(/\/\*(?:[^*]|\*(?!\/)){0,5000}\*\//g, '');

function fromYaml(text: string): readonly SetupEntry[] {
  const lines = new LineCounter();
  const found: SetupEntry[] = [];
  const visit = (node: unknown, path: readonly string[], depth: number): void => {
    if (depth > 40 || found.length > ENTRIES_MAX) return;
    if (isMap(node)) for (const pair of node.items) visit(pair.value, [...path, String(isScalar(pair.key) ? pair.key.value : '')], depth + 1);
    else if (isSeq(node)) for (const item of node.items) visit(item, path, depth + 1);
    else if (isScalar(node)) {
      const line = lines.linePos(node.range?.[0] ?? 0).line;
      for (const [at, one] of String(node.value).split('\n').entries()) if (one.trim() !== '') found.push({ key: path.join('.').toLowerCase(), value: one.trim(), line: line + at });
    }
  };
  try {
    for (const document of parseAllDocuments(text, { lineCounter: lines, strict: false, uniqueKeys: false, logLevel: 'silent' })) if ('contents' in document) visit(document.contents, [], 0);
  } catch {
    // A file that is no YAML is still lines.
    return fromLines(text);
  }
  return found;
}

/** A reader of tags that knows no entities, definitions or includes: the file is foreign. */
function fromXml(text: string): readonly SetupEntry[] {
  const found: SetupEntry[] = [];
  const path: string[] = [];
  let line = 1;
  let at = 0;
  for (const match of text.matchAll(/<!--[^]{0,20000}?-->|<(\/?)([\w:.-]+)([^<>]{0,4000}?)(\/?)>|([^<]+)/g)) {
    for (let next = text.indexOf('\n', at); next >= 0 && next < match.index; next = text.indexOf('\n', at)) {
      line += 1;
      at = next + 1;
    }
    const [, closing, tag, attributes, alone, content] = match;
    if (content !== undefined) {
      if (content.trim() !== '' && path.length > 0) found.push({ key: path.join('.').toLowerCase(), value: content.trim().replace(/\s+/g, ' '), line });
    } else if (tag !== undefined && closing === '/') path.splice(Math.max(0, path.lastIndexOf(tag)));
    else if (tag !== undefined) {
      for (const [, name, value] of (attributes ?? '').matchAll(/([\w:.-]+)\s*=\s*"([^"]*)"/g)) found.push({ key: [...path, tag, name].join('.').toLowerCase(), value: value ?? '', line });
      if (alone !== '/') path.push(tag);
    }
    if (found.length > ENTRIES_MAX) break;
  }
  return found;
}

/** TOML, INI and their kin: `[section]`, `key = value`, lists over several lines, and INI's indented lines that go on. */
function fromSections(text: string): readonly SetupEntry[] {
  const found: SetupEntry[] = [];
  let section = '';
  let key = '';
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.replace(/(?:^|\s)[#;].*$/, '');
    const head = /^\s*\[{1,2}([^\]]+)\]{1,2}\s*$/.exec(line);
    if (head !== null) {
      section = (head[1] ?? '').trim().replace(/["']/g, '').replace(/:/g, '.');
      key = '';
      continue;
    }
    const pair = /^([\w"'.*/-]+(?:\s?[\w-]+)?)\s*[=:]\s*(.*)$/.exec(line);
    if (pair !== null && !/^\s/.test(raw)) key = `${section === '' ? '' : `${section}.`}${(pair[1] ?? '').replace(/["']/g, '')}`.toLowerCase();
    const value = pair !== null && !/^\s/.test(raw) ? pair[2] ?? '' : line;
    if (key === '') continue;
    const quoted = [...value.matchAll(/"([^"]*)"|'([^']*)'/g)].map((one) => one[1] ?? one[2] ?? '');
    const parts = quoted.length > 0 ? [...quoted, ...(pair !== null && (/[{=]/.test(value) || !/^\s*[["'{(]/.test(value)) ? [value.trim()] : [])] : value.replace(/[[\]]/g, '').split(/,\s*/).map((one) => one.trim());
    for (const part of parts) if (part !== '') found.push({ key, value: part, line: at + 1 });
  }
  return found;
}

/** Scripts and build files in a language of their own: what a line starts with is its key. */
function fromLines(text: string): readonly SetupEntry[] {
  return text.split('\n').flatMap((raw, at) => {
    const line = raw.trim();
    if (line === '' || /^(?:#(?!!)|\/\/|\*|\/\*)/.test(line)) return [];
    const key = /^[\w.\-@]+/.exec(line)?.[0] ?? 'line';
    return [{ key: `line.${key.toLowerCase()}`, value: line.replace(/\s+/g, ' '), line: at + 1 }];
  });
}

/** A configuration that is code: the literals of its objects and lists. */
function fromCode(tree: SyntaxTree): readonly SetupEntry[] {
  const found: SetupEntry[] = [];
  const visit = (node: SyntaxNode, path: readonly string[], depth: number): void => {
    if (isComment(node) || depth > 60 || found.length > ENTRIES_MAX) return;
    const key = node.type === 'pair' ? child(node, 'key') : node.type === 'variable_declarator' ? undefined : undefined;
    const value = node.type === 'pair' ? child(node, 'value') : undefined;
    if (key !== undefined && value !== undefined) return visit(value, [...path, stringValue(textOf(tree, key))], depth + 1);
    if (path.length > 0 && (isString(node) || /^(?:number|true|false|identifier|unary_expression|regex|member_expression|null|undefined|binary_expression|call_expression)$/.test(node.type))) {
      found.push({ key: path.join('.').toLowerCase(), value: isString(node) && node.type !== 'regex' ? stringValue(textOf(tree, node)) : textOf(tree, node).replace(/\s+/g, ' ').slice(0, 300), line: node.line });
      if (node.type !== 'call_expression') return;
    }
    for (const one of node.children) visit(one, path, depth + 1);
  };
  visit(tree.root, [], 0);
  return found;
}
