import type { TamperFinding } from '../findings.js';
import { isComment, textOf, walk } from '../syntax/syntax-node.js';
import type { FileSide, TamperFile } from '../tamper-file.js';

interface Family {
  readonly name: string;
  readonly kind: 'suppression' | 'coverage-exclude';
  /** In comments; the first group holds the rules that are switched off, if any are named. */
  readonly comment?: RegExp;
  /** In attributes and annotations. */
  readonly mark?: RegExp;
  /** The whole file, where it has no rules. */
  readonly wide?: RegExp;
}

/** Ways to silence a checker or to hide lines from coverage. Rows are data: a new tool is a new row. */
const FAMILIES: readonly Family[] = [
  { name: 'eslint', kind: 'suppression', comment: /(?:eslint|oxlint|jshint|tslint:|standard)-?disable(?:-next-line|-line)?\b:?([^\n*]*)/, wide: /disable(?!-next-line|-line)/ },
  { name: 'typescript', kind: 'suppression', comment: /@[t]s-(?:ignore|expect-error|nocheck)\b()/, wide: /@[t]s-nocheck/ },
  { name: 'biome', kind: 'suppression', comment: /biome-ignore(?:-all)?\s+([^:\n]*)/ },
  { name: 'flow', kind: 'suppression', comment: /\$Flow(?:FixMe|Ignore|ExpectedError|Issue)\b(?:\[([\w-]+)\])?/ },
  { name: 'sonar', kind: 'suppression', comment: /\bNOSONAR\b(?:\(([^)]*)\))?/ },
  { name: 'noqa', kind: 'suppression', comment: /#\s*(?:ruff:\s*|flake8[:=]\s*)?noqa\b:?\s?([A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?/i, wide: /(?:ruff|flake8)[:=]/ },
  { name: 'python-types', kind: 'suppression', comment: /#\s*(?:type|pyright|mypy|ty|pyre-ignore|pyre-fixme|pyrefly)\s?:?\s*(?:ignore(?:-errors|-all-errors)?|basic|strict\s?=\s?false)(?:\[([^\]]*)\])?/, wide: /mypy:\s*ignore-errors|pyright:\s*basic/ },
  { name: 'pylint', kind: 'suppression', comment: /pylint:\s*(?:disable(?:-next)?|skip-file)=?\s*([\w,\s-]*)/, wide: /skip-file/ },
  { name: 'bandit', kind: 'suppression', comment: /#\s*nosec\b:?\s?([\w,\s]*)/ },
  { name: 'semgrep', kind: 'suppression', comment: /\bnosem(?:grep)?\b:?\s?([\w.,-]*)/ },
  { name: 'golangci', kind: 'suppression', comment: /^\/\/\s?(?:nolint\b:?([\w,]*)|lint:ignore\s+(\S+)|#nosec\b)/ },
  { name: 'rubocop', kind: 'suppression', comment: /(?:rubocop|standard):(?:disable|todo)\s+([^\n#]*)/ },
  { name: 'sorbet', kind: 'suppression', comment: /#\s*typed:\s*(?:ignore|false)()/ },
  { name: 'brakeman', kind: 'suppression', comment: /reek:\S+|steep:ignore()/ },
  { name: 'checkstyle', kind: 'suppression', comment: /CHECKSTYLE[.:]\s?(?:OFF|SUPPRESS):?\s?(\w*)|NOPMD()|noinspection\s+([\w,]+)|ktlint-disable\s?([\w-]*)/ },
  { name: 'phpstan', kind: 'suppression', comment: /@phpstan-ignore(?:-line|-next-line)?\b\s?([\w.,\s]*)/ },
  { name: 'psalm', kind: 'suppression', comment: /@psalm-suppress\s+(\w+)|@SuppressWarnings\(([^)]*)\)/ },
  { name: 'phpcs', kind: 'suppression', comment: /(?:phpcs:(?:ignore|disable|ignoreFile)|@codingStandardsIgnore\w+)\s?([\w.,]*)/ },
  { name: 'annotation', kind: 'suppression', mark: /^@?(?:file:)?(?:java\.lang\.)?(?:SuppressWarnings|Suppress|SuppressLint|SuppressFBWarnings|SuppressMessage|UnconditionalSuppressMessage|suppress)\b\s?(.*)$/s },
  { name: 'rust-allow', kind: 'suppression', mark: /^#?!?\[?(?:allow|expect|cfg_attr\([^,]*,\s*allow)\s?\((.*)$/s, wide: /^#!/ },
  { name: 'pragma', kind: 'suppression', mark: /#\s?pragma warning disable\s?([\w,\s]*)|#\s?nullable disable/ },
  { name: 'resharper', kind: 'suppression', comment: /ReSharper disable(?: once)?\s+(\w+)/ },
  { name: 'js-coverage', kind: 'coverage-exclude', comment: /(?:istanbul|c8|v8)\s+ignore\s?(\w*)|node:coverage\s+(?:ignore|disable)|coverage:ignore|LCOV_EXCL_\w+|GCOVR_EXCL_\w+/ },
  { name: 'py-coverage', kind: 'coverage-exclude', comment: /pragma:\s*no\s?(?:cover|branch|mutate)|:nocov:|@codeCoverageIgnore\w*|coverage:ignore/ },
  { name: 'coverage-mark', kind: 'coverage-exclude', mark: /^@?(?:\w+\.)*(?:ExcludeFromCodeCoverage|ExcludeFromJacocoGeneratedReport|ExcludeFromCoverage|Generated|CoverageIgnore|CodeCoverageIgnore|IgnoreCoverage|NoCoverage|coverage\(off\)|no_coverage|coverage_nightly|cfg\(not\(tarpaulin|cfg_attr\(\w*coverage\w*)/ },
];

interface Entry { readonly family: Family; readonly code: string; readonly wide: boolean; readonly line: number; readonly shown: string; readonly path: string; readonly strict: boolean }

const HINT = /disable|ignore|noqa|nosec|nolint|nosem|NOSONAR|NOPMD|noinspection|suppress|FixMe|@ts-|pragma|nocov|EXCL|Exclude|Generated|#!?\[\s{0,20}(?:allow|expect|cfg_attr)|coverage|typed:|lint:|CHECKSTYLE|steep:|reek:|no_cover|NoCoverage/i;
/** A mark may go on for some lines after the word that makes it one. */
const MARK_LINES = 6;

/** Whether the places that may hold a suppression read otherwise than before; told without a tree. */
function touchesSuppressions({ base, candidate }: TamperFile): boolean {
  const hinted = (text: string): string => {
    if (!HINT.test(text)) return '';
    const lines = text.split('\n');
    return lines.flatMap((line, at) => (HINT.test(line) ? lines.slice(at, at + MARK_LINES) : [])).join('\n');
  };
  return hinted(base?.text ?? '') !== hinted(candidate?.text ?? '');
}

/** New suppressions over the whole change. One that moved, or that says less than one that went away, is not new. */
export function suppressions(all: readonly TamperFile[]): readonly TamperFinding[] {
  const files = all.filter(touchesSuppressions);
  const before = files.flatMap((file) => entriesIn(file.base, file.path));
  const fresh = files.flatMap((file) => entriesIn(file.candidate, file.path)).filter((entry) => {
    const at = before.findIndex((other) => other.family === entry.family && other.code === entry.code && (other.wide || !entry.wide) && (other.strict === entry.strict || entry.strict));
    if (at >= 0) before.splice(at, 1);
    return at < 0;
  });
  return fresh.filter((entry) => {
    const at = before.findIndex((other) => other.family === entry.family && (other.code === '*' || tail(other.code) === tail(entry.code)) && (other.wide || !entry.wide) && (other.strict === entry.strict || entry.strict));
    // One wide suppression may become several narrow ones; a narrow one stands for one only.
    if (at >= 0 && before[at]?.code !== '*') before.splice(at, 1);
    return at < 0;
  }).map((entry) => ({
    rule: entry.family.kind, path: entry.path, line: entry.line, after: entry.shown,
    words: entry.family.kind === 'suppression' ? `a checker is silenced (${entry.family.name}${entry.code === '*' ? '' : ` ${entry.code}`})` : 'code is hidden from coverage',
  }));
}

const tail = (code: string): string => code.split('/').at(-1) ?? code;

function entriesIn(side: FileSide | undefined, path: string): readonly Entry[] {
  // The tree is asked for last: it may have to be made.
  const tree = side === undefined || !HINT.test(side.text) ? undefined : side.tree;
  if (tree === undefined) return [];
  const entries: Entry[] = [];
  for (const node of walk(tree.root)) {
    const comment = isComment(node);
    if (!comment && !/^(?:annotation|marker_annotation|file_annotation|attribute|attribute_item|inner_attribute_item|preproc_pragma|preproc_nullable|nullable_directive|decorator)$/.test(node.type)) continue;
    const text = textOf(tree, node);
    for (const family of FAMILIES) {
      const match = (comment ? family.comment : family.mark)?.exec(text);
      if (match === null || match === undefined) continue;
      if (node.type === 'attribute' && node.parent?.type === 'attribute_item') break;
      const said = match.slice(1).find((one) => one !== undefined && one.trim() !== '') ?? '';
      const codes = codesIn(said);
      const base = { family, wide: family.wide?.test(text) === true, line: node.line, shown: text.replace(/\s+/g, ' ').slice(0, 160), path, strict: !/@[t]s-(?:ignore|nocheck)/.test(text) };
      for (const code of codes.length === 0 || family.kind === 'coverage-exclude' ? ['*'] : codes) entries.push({ ...base, code });
      break;
    }
  }
  return entries;
}

/** The names of rules, without a reason that follows. */
function codesIn(said: string): readonly string[] {
  const list = said.split(/\s--|\s#|\breason\b|\/\//)[0] ?? '';
  return (list.match(/[@A-Za-z][\w@/.-]*/g) ?? []).filter((one) => !/^(?:value|names|Justification|because|all)$/.test(one)).slice(0, 20);
}
