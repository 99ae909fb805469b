import type { RawFinding } from '../fingerprint.js';
import { relativePath } from '../repository-path.js';
import type { LogReader, ReaderTask } from './log-reader.js';

/** A path as compilers print it: no colon, no bracket, not after a space. Bounded, so that no line is read twice. */
const PATH = String.raw`([^\s:(\[][^:(\[]{0,300})`;
const AT = String.raw`${PATH}:(\d{1,7}):(\d{1,7})`;

interface Form {
  readonly pattern: RegExp;
  readonly read: (groups: readonly (string | undefined)[]) => { readonly file: string | undefined; readonly line: string | undefined; readonly column: string | undefined; readonly level: string | undefined; readonly rule: string | undefined; readonly message: string | undefined };
}

/** One line = one finding. Sources: the documented default and `unix`/`compact` formats of each tool. */
const FORMS: readonly Form[] = [
  // tsc, csc: src/a.ts(3,5): error TS2322: message
  { pattern: /^([^\s(][^(]{0,300})\((\d{1,7}),(\d{1,7})\): (error|warning) ([A-Z]{2,6}\d{2,6}): (.*)$/, read: ([, file, line, column, level, rule, message]) => ({ file, line, column, level, rule, message }) },
  // tsc --pretty: src/a.ts:3:5 - error TS2322: message
  { pattern: new RegExp(`^${AT} - (error|warning) (TS\\d{2,6}): (.*)$`), read: ([, file, line, column, level, rule, message]) => ({ file, line, column, level, rule, message }) },
  // eslint --format unix: a.js:1:2: message [Error/rule]
  { pattern: new RegExp(`^${AT}: (.*) \\[(Error|Warning)(?:/([^\\]]{1,120}))?\\]$`), read: ([, file, line, column, message, level, rule]) => ({ file, line, column, level, rule, message }) },
  // eslint --format compact: a.js: line 1, col 2, Error - message (rule)
  { pattern: new RegExp(`^${PATH}: line (\\d{1,7}), col (\\d{1,7}), (Error|Warning) - (.*)$`), read: ([, file, line, column, level, message]) => ({ file, line, column, level, rule: /\(([\w@/.-]{1,120})\)$/.exec(message ?? '')?.[1], message }) },
  // rubocop: a.rb:1:2: C: Style/Rule: message
  { pattern: new RegExp(`^${AT}: ([CWEFRI]): (?:\\[Correctable\\] )?([A-Z]\\w{1,60}/\\w{1,60}): (.*)$`), read: ([, file, line, column, , rule, message]) => ({ file, line, column, level: 'error', rule, message }) },
  // gcc, clang: a.c:3:5: error: message [-Wrule]; javac: A.java:3: error: message; mypy: a.py:3: error: message  [code]
  { pattern: new RegExp(`^${PATH}:(\\d{1,7}):(?:(\\d{1,7}):)? (fatal error|error|warning): (.*)$`), read: ([, file, line, column, level, message]) => ({ file, line, column, level, rule: /\[(-W[\w=+-]{1,80}|[a-z][\w-]{1,60})\]$/.exec(message ?? '')?.[1], message }) },
  // maven: [ERROR] /path/A.java:[3,5] message
  { pattern: /^\[(ERROR|WARNING)\] ([^\s:[][^:[]{0,300}):\[(\d{1,7}),(\d{1,7})\] (.*)$/, read: ([, level, file, line, column, message]) => ({ file, line, column, level, rule: undefined, message }) },
  // flake8, ruff, pylint: a.py:1:2: E501 message
  { pattern: new RegExp(`^${AT}: ([A-Z]{1,4}\\d{2,5})(?::|(?= )) ?(.*)$`), read: ([, file, line, column, rule, message]) => ({ file, line, column, level: 'error', rule, message }) },
  // go build, go vet, golangci-lint: a.go:3:5: message (rule)
  { pattern: /^(?:vet: )?([^\s:(][^:(]{0,300}\.go):(\d{1,7}):(\d{1,7}): (.*)$/, read: ([, file, line, column, message]) => ({ file, line, column, level: 'error', rule: undefined, message }) },
];

/** Compilers and linters that write one line for each finding. */
export function compilerLines(task: ReaderTask): LogReader {
  return {
    line: (line) => {
      // Every form has a digit before a colon or bracket; most lines have none and cost only this look.
      if (!/\d[):\],]/.test(line)) return;
      for (const form of FORMS) {
        const groups = form.pattern.exec(line);
        if (groups === null) continue;
        const { file, line: row, column, level, rule, message } = form.read(groups);
        const finding = located({ task, file, line: row, column, rule, message, severity: level?.toLowerCase() === 'warning' ? 'warning' : 'error' });
        if (finding !== undefined) task.emit(finding);
        return;
      }
    },
    end: () => undefined,
  };
}

/** Any `file:line:col: message`, for tools nobody here knows. Used only when nothing else was recognised. */
export function anyLocation(task: ReaderTask): LogReader {
  const form = /^\s{0,8}(?:error:? )?([^\s:("'[][^:("'[]{0,300}\.\w{1,8}):(\d{1,7})(?::(\d{1,7}))?:? (?:- )?(\S.*)$/i;
  return {
    line: (line) => {
      const groups = form.exec(line);
      if (groups === null || /^\s{0,8}at /.test(line)) return;
      const [, file, row, column, message] = groups;
      const finding = located({ task, file, line: row, column, rule: undefined, message, severity: /^warn/i.test(message ?? '') ? 'warning' : 'error' });
      if (finding?.file !== undefined) task.emit(finding);
    },
    end: () => undefined,
  };
}

/** eslint's default (stylish): a line with the file, then indented lines with place, level, message and rule. */
export function eslintStylish(task: ReaderTask): LogReader {
  let file: string | undefined;
  return {
    line: (line) => {
      const problem = file === undefined ? null : /^ {2,6}(\d{1,7}):(\d{1,7})\s{1,8}(error|warning)\s{1,8}(\S.*)$/.exec(line);
      if (problem !== null) {
        const [, row, column, level, rest = ''] = problem;
        const cut = rest.lastIndexOf('  ');
        const finding = located({ task, file, line: row, column, rule: cut < 0 ? undefined : rest.slice(cut).trim(), message: cut < 0 ? rest : rest.slice(0, cut).trim(), severity: level === 'warning' ? 'warning' : 'error' });
        if (finding !== undefined) task.emit(finding);
      } else if (/^[^\s].{0,400}\.\w{1,8}$/.test(line) && !line.includes(': ')) file = line;
      else if (line.trim() !== '') file = undefined;
    },
    end: () => undefined,
  };
}

/** rustc: `error[E0308]: message`, then ` --> src/main.rs:3:5`. */
export function rustc(task: ReaderTask): LogReader {
  let open: { rule: string | undefined; message: string; severity: RawFinding['severity'] } | undefined;
  return {
    line: (line) => {
      const head = /^(error|warning)(?:\[([A-Za-z]\d{1,6})\])?: (.{1,900})$/.exec(line);
      if (head !== null) {
        open = { severity: head[1] === 'warning' ? 'warning' : 'error', rule: head[2], message: head[3] ?? '' };
        return;
      }
      const place = open === undefined ? null : /^\s{1,8}--> ([^:]{1,300}):(\d{1,7}):(\d{1,7})$/.exec(line);
      if (place === null || open === undefined) return;
      const finding = located({ task, file: place[1], line: place[2], column: place[3], rule: open.rule, message: open.message, severity: open.severity });
      if (finding !== undefined) task.emit(finding);
      open = undefined;
    },
    end: () => undefined,
  };
}

function located(input: { readonly task: ReaderTask; readonly file: string | undefined; readonly line: string | undefined; readonly column: string | undefined; readonly rule: string | undefined; readonly message: string | undefined; readonly severity: RawFinding['severity'] }): RawFinding | undefined {
  const message = (input.message ?? '').trim();
  if (message === '') return undefined;
  return {
    from: 'log', severity: input.severity, file: relativePath(input.file ?? '', input.task.frame), rule: input.rule, message,
    line: input.line === undefined ? undefined : Number(input.line), column: input.column === undefined ? undefined : Number(input.column),
  };
}
