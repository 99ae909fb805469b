import type { Language, Parser, TreeCursor } from 'web-tree-sitter';
import { grammarBytes, type Grammar } from './grammars.js';
import { isStringType, type SyntaxNode, type SyntaxTree } from './syntax-node.js';

/** Bounds of one file. What is larger is said to be unread, never let through in silence. */
export const PARSE_CHARS_MAX = 1_500_000;
const NODES_MAX = 1_000_000;
const DEPTH_MAX = 900;
/** Only against a grammar that does not come to an end; an ordinary file of the largest size takes under a second. */
const PARSE_MS_MAX = 8_000;

/** Brackets that are open at a time. Beyond it the parser's own stack could be overrun, and with it what it says of later files. */
const OPEN_MAX = 1000;

export type Unparsed = 'too-large' | 'too-deep' | 'too-slow' | 'parser-failed';

/** Set when the parser broke on some text: its memory cannot be trusted any more, so nothing is parsed after that. */
let broken = false;

/** Parses foreign text as data. The parser and the grammar are loaded at the first use and kept. */
export async function parse(grammar: Grammar, text: string): Promise<SyntaxTree | Unparsed> {
  return refused(text) ?? (await parsing(grammar))(text);
}

/** What is not parsed at all, told without a parser. */
export function refused(text: string): Unparsed | undefined {
  if (text.length > PARSE_CHARS_MAX) return 'too-large';
  return opensTooMany(text) ? 'too-deep' : undefined;
}

/** A parser with its grammar loaded, so that a text which was not refused can be parsed when its tree is asked for. */
export async function parsing(grammar: Grammar): Promise<(text: string) => SyntaxTree | Unparsed> {
  const ready = await parserOf(grammar);
  return (text) => parseNow(grammar, ready, text);
}

function parseNow(grammar: Grammar, { parser, kinds, fields }: Ready, text: string): SyntaxTree | Unparsed {
  if (broken) return 'parser-failed';
  const source = grammar === 'rust' ? text.replace(MACRO_CALL, '$1_$2') : text;
  try {
    return read(source, { parser, kinds, fields }, text);
  } catch (error) {
    // A fault inside WebAssembly; its class is not the same one in every realm.
    if (typeof error !== 'object' || error === null || !('name' in error) || error.name !== 'RuntimeError') throw error;
    broken = true;
    return 'parser-failed';
  }
}

function read(source: string, { parser, kinds, fields }: Ready, text: string): SyntaxTree | Unparsed {
  const until = performance.now() + PARSE_MS_MAX;
  const tree = parser.parse(source, null, { progressCallback: () => performance.now() > until });
  if (tree === null) {
    parser.reset();
    return 'too-slow';
  }
  try {
    const builder = new Builder(tree.walk(), text, kinds, fields);
    const root = builder.build();
    return root === undefined ? 'too-deep' : { root, text, broken: builder.broken };
  } finally {
    tree.delete();
  }
}

function opensTooMany(text: string): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 40 || code === 91 || code === 123) open += 1;
    else if ((code === 41 || code === 93 || code === 125) && open > 0) open -= 1;
    if (open > OPEN_MAX) return true;
  }
  return false;
}

/** The grammar leaves the arguments of a macro unparsed. A macro in parentheses reads like a call, so it is parsed as one; places stay. */
const MACRO_CALL = /\b(?!matches|assert_matches)([a-z][a-z0-9_]{1,60})!(\s{0,20}\()/g;

let runtime: Promise<typeof import('web-tree-sitter')> | undefined;
const parsers = new Map<Grammar, Promise<Ready>>();

async function load(): Promise<typeof import('web-tree-sitter')> {
  const library = await import('web-tree-sitter');
  await library.Parser.init({ wasmBinary: grammarBytes('runtime') });
  return library;
}

interface Ready { readonly parser: Parser; readonly kinds: readonly Kind[]; readonly fields: readonly (string | null)[] }

function parserOf(grammar: Grammar): Promise<Ready> {
  const known = parsers.get(grammar);
  if (known !== undefined) return known;
  runtime ??= load();
  const made = runtime.then(async (library) => {
    const language: Language = await library.Language.load(grammarBytes(grammar));
    const parser = new library.Parser();
    parser.setLanguage(language);
    return { parser, kinds: kindsOf(grammar, language), fields: language.fields };
  });
  parsers.set(grammar, made);
  return made;
}

/** A mutable twin of `SyntaxNode` while it is being built. */
interface Growing { type: string; field: string | undefined; start: number; end: number; line: number; parent: Growing | undefined; children: Growing[] }

/** Shared by all nodes that have no children; never added to. */
const NONE: Growing[] = [];

/** Token nodes without a field that change the meaning of what they stand in. */
const SIGNED = /unary|prefix|not_|negat|range/;

interface Kind { readonly type: string; readonly named: boolean; readonly signed: boolean; readonly opaque: boolean }

/** Nodes below which there is nothing to see, by every grammar. Asking the parser costs more than everything else about them. */
const LEAF = /^(?:(?:\w+_)?identifier|number|integer|float|true|false|null|none|nil|undefined|this|self|super|constant|comment|line_comment|block_comment|\w+_(?:fragment|content|start|end)|escape_sequence|(?:decimal_)?(?:integer|floating_point|float|int|boolean|null)_literal|primitive_type|predefined_type|simple_symbol|name)$/;
const BRANCHING = /^(?:scoped|qualified|nested|generic|dotted)_/;
/** Grammars whose plain strings hold nothing but text. */
const SIMPLE_STRINGS: ReadonlySet<Grammar> = new Set(['javascript', 'typescript', 'tsx']);

/** What is asked about a node type, once for each type of a grammar. */
function kindsOf(grammar: Grammar, language: Language): readonly Kind[] {
  return language.types.map((type, id) => ({
    type, named: language.nodeTypeIsNamed(id), signed: SIGNED.test(type),
    opaque: (isStringType(type) && type !== 'template_string' && (type !== 'string' || SIMPLE_STRINGS.has(grammar))) || (LEAF.test(type) && !BRANCHING.test(type)),
  }));
}

/** Every call into the parser's memory costs; so as few as can be are made for each node. */
class Builder {
  broken = 0;
  private count = 0;
  private line = 1;
  private lineAt = 0;
  private readonly cursor: TreeCursor;
  private readonly text: string;
  private readonly kinds: readonly Kind[];
  private readonly fields: readonly (string | null)[];

  constructor(cursor: TreeCursor, text: string, kinds: readonly Kind[], fields: readonly (string | null)[]) {
    this.cursor = cursor;
    this.text = text;
    this.kinds = kinds;
    this.fields = fields;
  }

  build(): SyntaxNode | undefined {
    try {
      const kind = this.kind();
      const root = this.node(kind, 0, undefined);
      return this.below(root, kind, 0) ? root : undefined;
    } finally {
      this.cursor.delete();
    }
  }

  private kind(): Kind {
    return this.kinds[this.cursor.nodeTypeId] ?? ERROR_KIND;
  }

  private node(kind: Kind, field: number, parent: Growing | undefined): Growing {
    const { startIndex: start, endIndex: end } = this.cursor;
    if (kind === ERROR_KIND) this.broken += Math.max(1, end - start);
    else if (start === end && this.cursor.nodeIsMissing) this.broken += 1;
    return { type: kind.type, field: field === 0 ? undefined : this.fields[field] ?? undefined, start, end, line: this.lineOf(start), parent, children: kind.opaque || !kind.named ? NONE : [] };
  }

  /** Nodes come in the order of the text, so the line is counted on from the one before. */
  private lineOf(start: number): number {
    for (let next = this.text.indexOf('\n', this.lineAt); next >= 0 && next < start; next = this.text.indexOf('\n', this.lineAt)) {
      this.line += 1;
      this.lineAt = next + 1;
    }
    return this.line;
  }

  private below(parent: Growing, of: Kind, depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    const { cursor } = this;
    if (of.opaque || !cursor.gotoFirstChild()) return true;
    let whole = true;
    do {
      const kind = this.kind();
      const field = cursor.currentFieldId;
      if (!kind.named && !of.signed && field === 0) continue;
      this.count += 1;
      if (this.count > NODES_MAX) whole = false;
      else {
        const node = this.node(kind, field, parent);
        parent.children.push(node);
        if (kind.named) whole = this.below(node, kind, depth + 1);
      }
    } while (whole && cursor.gotoNextSibling());
    cursor.gotoParent();
    return whole;
  }
}

const ERROR_KIND: Kind = { type: 'ERROR', named: true, signed: false, opaque: false };
