/** The commands that GitHub's runner knows, by the names it registers them under. */
const COMMANDS = new Set(['internal-set-repo-path', 'set-env', 'set-output', 'save-state', 'add-path', 'add-mask', 'add-matcher', 'remove-matcher',
  'error', 'warning', 'notice', 'debug', 'group', 'endgroup', 'echo', 'stop-commands']);

export interface RunnerCommand { readonly name: string; readonly properties: Readonly<Record<string, string>>; readonly message: string }
export interface RunnerLog {
  readonly commands: readonly RunnerCommand[];
  /** What is left for people: lines that were no commands, and the messages of annotations, masks applied. */
  readonly shown: string;
}

/**
 * What a runner makes of a step's output, after `ActionCommand.TryParseV2` and `TryParse` of github.com/actions/runner: a line
 * that begins with `::` after white space, or one that has `##[` ANYWHERE, and names a known command. .NET ends lines at
 * LF, CR and CR LF.
 */
export function readLog(output: string): RunnerLog {
  const commands: RunnerCommand[] = [];
  const masks: string[] = [];
  const lines: string[] = [];
  for (const line of output.split(/\r\n|\r|\n/)) {
    const command = newForm(line) ?? oldForm(line);
    if (command !== undefined) commands.push(command);
    if (command?.name === 'add-mask') masks.push(command.message);
    else lines.push(command === undefined ? line : command.message);
  }
  const shown = masks.reduce((text, mask) => (mask === '' ? text : text.replaceAll(mask, '***')), lines.join('\n'));
  return { commands, shown };
}

function newForm(line: string): RunnerCommand | undefined {
  const text = line.trimStart();
  const end = text.startsWith('::') ? text.indexOf('::', 2) : -1;
  return end < 0 ? undefined : commandOf(text.slice(2, end), text.slice(end + 2), ',');
}

function oldForm(line: string): RunnerCommand | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  return end < 0 ? undefined : commandOf(line.slice(start + 3, end), line.slice(end + 1), ';');
}

function commandOf(head: string, message: string, separator: string): RunnerCommand | undefined {
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!COMMANDS.has(name)) return undefined;
  const pairs = space < 0 ? [] : head.slice(space + 1).trim().split(separator).map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), unescape(pair.slice(pair.indexOf('=') + 1))] as const);
  return { name, properties: Object.fromEntries(pairs), message: unescape(message) };
}

function unescape(text: string): string {
  return text.replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%25/g, '%');
}

/** GITHUB_OUTPUT: `name=value`, or `name<<MARK`, lines, `MARK`. */
export function readEnvironmentFile(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [, name = '', mark] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
    if (mark === undefined) {
      values[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
      continue;
    }
    const end = lines.indexOf(mark, at + 1);
    if (end < 0) throw new Error(`the value of ${name} has no end`);
    values[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return values;
}
