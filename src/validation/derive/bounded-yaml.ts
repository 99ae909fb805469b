import { parseDocument } from 'yaml';
import { err, ok, type Result } from '../../kit/result.js';
import { SOURCE_CHARS_MAX } from './derived-plan.js';

const NESTING_MAX = 64;
const ALIASES_MAX = 50;

/**
 * Reads a YAML file that somebody with write access to the repository (or a fork of it) wrote. Size, nesting and
 * aliases are bounded BEFORE values are built, so that an anchor bomb costs nothing. Custom tags become plain values.
 */
export function boundedYaml(text: string): Result<unknown, string> {
  if (text.length > SOURCE_CHARS_MAX) return err(`it is longer than ${SOURCE_CHARS_MAX / 1024} KiB`);
  if (nesting(text) > NESTING_MAX) return err(`it is nested deeper than ${NESTING_MAX} levels`);
  try {
    const document = parseDocument(text, { strict: false, logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
    if (document.errors.length > 0) return err('it is not valid YAML');
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return ok(value);
  } catch {
    // The library throws for aliases beyond the bound (and a deep document may exhaust the stack): bad input both.
    return err('it uses more aliases or nesting than is read');
  }
}

/** An upper bound of the nesting: open flow brackets (strings counted too: too careful is fine) and indentation steps. */
function nesting(text: string): number {
  let open = 0;
  let deepest = 0;
  for (const line of text.split('\n')) {
    let sequence = 0;
    for (const character of line) {
      if (character === '[' || character === '{') open += 1;
      else if (character === ']' || character === '}') open = Math.max(0, open - 1);
      else if (character === '-') sequence += 1;
      else if (character !== ' ') sequence = 0;
      deepest = Math.max(deepest, open, sequence);
    }
    deepest = Math.max(deepest, Math.floor((line.length - line.trimStart().length) / 4));
  }
  return deepest;
}

export type YamlMap = Readonly<Record<string, unknown>>;

export function asMap(value: unknown): YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as YamlMap) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
