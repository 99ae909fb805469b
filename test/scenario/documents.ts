import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** The published schemas, as somebody without our code would use them. */
const SCHEMAS = fileURLToPath(new URL('../../schema', import.meta.url));

const DOCUMENTS: readonly (readonly [RegExp, string])[] = [
  [/^run\.json$/, 'run'], [/^order\.json$/, 'order'], [/^ticket\.json$/, 'ticket'], [/^brief\.json$/, 'brief'], [/^configuration\.json$/, 'configuration'],
  [/^checks\/\d+\/[^/]+\/result\.json$/, 'check-result'], [/^bundle\/manifest\.json$/, 'manifest'], [/^verification\.json$/, 'verification'],
  [/^delivery\.json$/, 'delivery'], [/^cost\.json$/, 'cost'], [/^packet\.json$/, 'packet'], [/^provenance\.intoto\.json$/, 'provenance'],
  [/^agent-trace\.json$/, 'agent-trace'], [/^otlp\.json$/, 'otlp'],
];

const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addFormat('uri', (text: string) => URL.canParse(text));
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with the documents of a run folder, one line for each; and the names of the schemas that were used. */
export function checkDocuments(folder: string): { readonly problems: readonly string[]; readonly seen: readonly string[] } {
  const problems: string[] = [];
  const seen = new Set<string>();
  const check = (schema: string, place: string, text: string): void => {
    seen.add(schema);
    const validate = schemaFor(schema);
    if (!validate(JSON.parse(text))) problems.push(`${place}: ${ajv.errorsText(validate.errors)}`);
  };
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const schema = DOCUMENTS.find(([pattern]) => pattern.test(name))?.[1];
    if (schema !== undefined) check(schema, name, readFileSync(join(folder, name), 'utf8'));
  }
  const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  for (const [index, line] of lines.entries()) check('trail-line', `events.jsonl:${index + 1}`, line);
  return { problems, seen: [...seen].sort() };
}

function schemaFor(name: string): ValidateFunction {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const made = ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, `${name}.schema.json`), 'utf8')) as object);
  compiled.set(name, made);
  return made;
}
