import { parseArgs } from 'node:util';
import { COMMANDS, OPTIONS, type CommandName, type OptionSpec } from '../config/options.js';
import { err, ok, type Result } from '../kit/result.js';
import { suggestion, wrongValue } from './wrong-value.js';

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
    if (wrong !== undefined) return err({ message: `Option --${option.name} ${wrong}${wrong.endsWith('?') ? '' : '.'}` });
    values.set(option.name, value ?? '');
  }
  return ok({ command, positionals, values });
}
