import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const SCHEMAS = fileURLToPath(new URL('../../schema', import.meta.url));

/** Which published schema a file of the run folder follows; `lines` has one document in each line. */
const FILES: readonly { readonly path: RegExp; readonly schema: string; readonly lines?: true }[] = [
  { path: /^events\.jsonl$/, schema: 'trail-line', lines: true },
  { path: /^agent\/\d+\/events\.jsonl$/, schema: 'agent-event', lines: true },
  { path: /^agent\/\d+\/model-calls\.jsonl$/, schema: 'model-call', lines: true },
  { path: /^checks\/\d+\/[^/]+\/result\.json$/, schema: 'check-result' },
  { path: /^checks\/\d+\/reports\.json$/, schema: 'check-reports' },
  { path: /^bundle\/manifest\.json$/, schema: 'manifest' },
  { path: /^provenance\.intoto\.json$/, schema: 'provenance' },
  ...['run', 'order', 'ticket', 'brief', 'verification', 'delivery', 'cost', 'packet', 'agent-trace', 'otlp', 'configuration'].map((schema) => ({ path: new RegExp(`^${schema}\\.json$`), schema })),
];
/** Working notes inside the folder that no other program reads, and files that are no JSON. */
const WITHOUT = /^(attempts\/\d+\.json|checks\/\d+\/findings\.json|agent\/\d+\/usage\.json|.*\.(md|html|txt|patch|bundle))$/;

/** What does not fit its schema, or has none that is known here. */
export function schemaProblems(files: ReadonlyMap<string, Buffer>): readonly string[] {
  return [...files].flatMap(([name, bytes]) => {
    const known = FILES.find((one) => one.path.test(name));
    if (known === undefined) return WITHOUT.test(name) ? [] : [`${name}: no schema is known`];
    const validate = schemas().get(known.schema);
    if (validate === undefined) return [`${name}: the schema ${known.schema} is not published`];
    const texts = known.lines === true ? bytes.toString('utf8').trimEnd().split('\n') : [bytes.toString('utf8')];
    return texts.flatMap((text, at) => (validate(JSON.parse(text)) ? [] : [`${name}${known.lines === true ? `:${String(at + 1)}` : ''}: ${JSON.stringify(validate.errors?.slice(0, 3))}`]));
  });
}

let compiled: ReadonlyMap<string, ValidateFunction> | undefined;

function schemas(): ReadonlyMap<string, ValidateFunction> {
  if (compiled !== undefined) return compiled;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  compiled = new Map(readdirSync(SCHEMAS).map((file) => [file.replace('.schema.json', ''), ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as object)]));
  return compiled;
}

/** A JSON document among files. */
export function parsed(files: ReadonlyMap<string, Buffer>, name: string): Readonly<Record<string, unknown>> {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`${name} is missing; there are ${[...files.keys()].join(', ')}`);
  return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
}
