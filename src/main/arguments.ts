import { parseArgs } from 'node:util';
import { COMMANDS, OPTIONS, type CommandName, type OptionSpec } from '../config/options.js';
import { distance } from '../kit/distance.js';
import { err, ok, type Result } from '../kit/result.js';

export interface Arguments {
  readonly command: CommandName;
  readonly positionals: readonly string[];
  /** By option name; flags are `'true'`. */
  readonly values: ReadonlyMap<string, string>;
}

/** A mistake on the command line, in words with the next step. */
export interface UsageError { readonly message: string }

/** Reads `heddle COMMAND [WORDS] [--options]`. Unknown commands, options and values are errors that name what is known. */
export function parseArguments(argv: readonly string[]): Result<Arguments | { readonly help: CommandName | undefined } | { readonly version: true }, UsageError> {
  const [first, ...rest] = argv;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') return ok({ help: COMMANDS.find((name) => name === rest[0]) });
  if (first === '--version' || first === '-V' || first === 'version') return ok({ version: true });
  const command = COMMANDS.find((name) => name === first);
  if (command === undefined) {
    return err({ message: `Unknown command: ${first}. Commands: ${COMMANDS.join(', ')}.${suggestion(first, COMMANDS)} Run \`heddle help\` to see what each does.` });
  }
  if (rest.includes('--help') || rest.includes('-h')) return ok({ help: command });
  return readOptions(command, rest);
}

export function optionsOf(command: CommandName): readonly OptionSpec[] {
  return OPTIONS.filter((option) => option.kind !== 'secret' && option.commands.includes(command));
}

function readOptions(command: CommandName, argv: readonly string[]): Result<Arguments, UsageError> {
  const known = optionsOf(command);
  const { tokens } = parseArgs({
    args: [...argv], strict: false, tokens: true, allowPositionals: true,
    options: Object.fromEntries(known.map((option) => [option.name, { type: option.kind === 'flag' ? 'boolean' as const : 'string' as const }])),
  });
  const values = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = known.find((one) => one.name === token.name);
    if (option === undefined) {
      const names = known.map((one) => `--${one.name}`);
      return err({ message: `Unknown option of \`heddle ${command}\`: ${token.rawName}. Options: ${names.join(', ')}.${suggestion(token.rawName, names)}` });
    }
    const value = option.kind === 'flag' ? (token.value ?? 'true') : token.value;
    const wrong = value === undefined ? `needs a value: --${option.name} ${option.value ?? 'VALUE'}` : wrongValue(option, value);
    if (wrong !== undefined) return err({ message: `Option --${option.name} ${wrong}.` });
    values.set(option.name, value ?? '');
  }
  return ok({ command, positionals, values });
}

/** What is wrong with a value of an option, from whatever place it came; `undefined` when nothing is. */
export function wrongValue(option: OptionSpec, value: string): string | undefined {
  if (value.startsWith('--')) return `needs a value: --${option.name} ${option.value ?? 'VALUE'}`;
  if (option.choices !== undefined && !option.choices.includes(value)) return `must be one of ${option.choices.join(', ')}, not ${value}.${suggestion(value, option.choices)}`.replace(/\.$/, '');
  if (option.kind === 'number' && !(Number.isFinite(Number(value)) && value.trim() !== '')) return `must be a number, not ${value}`;
  if (option.kind === 'flag' && value !== 'true' && value !== 'false') return `must be true or false, not ${value}`;
  return undefined;
}

function suggestion(word: string, known: readonly string[]): string {
  const close = known.filter((candidate) => distance(word.toLowerCase(), candidate) <= 2);
  return close.length > 0 ? ` Did you mean ${close.join(' or ')}?` : '';
}
