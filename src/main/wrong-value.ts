import type { OptionSpec } from '../config/options.js';
import { distance } from '../kit/distance.js';

/** What is wrong with a value of an option, from whatever place it came; `undefined` when nothing is. */
export function wrongValue(option: OptionSpec, value: string): string | undefined {
  if (value.startsWith('--')) return `needs a value: --${option.name} ${option.value ?? 'VALUE'}`;
  if (option.choices !== undefined && !option.choices.includes(value)) return `must be one of ${option.choices.join(', ')}, not ${value}.${suggestion(value, option.choices)}`.replace(/\.$/, '');
  if (option.kind === 'number' && !(Number.isFinite(Number(value)) && value.trim() !== '')) return `must be a number, not ${value}`;
  if (option.kind === 'flag' && value !== 'true' && value !== 'false') return `must be true or false, not ${value}`;
  return undefined;
}

/** " Did you mean x?", or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const close = known.filter((candidate) => distance(word.toLowerCase(), candidate) <= 2);
  return close.length > 0 ? ` Did you mean ${close.join(' or ')}?` : '';
}
