import type { Arguments } from '../arguments.js';
import { documentSchemas } from '../document-schemas.js';
import { EXIT } from '../exit-code.js';

/** `heddle schema [NAME]`: one JSON Schema, or the list of names. */
export async function schemaCommand(given: Arguments): Promise<number> {
  const schemas = await documentSchemas();
  const [name, extra] = given.positionals;
  if (name === undefined) {
    const width = Math.max(...Object.keys(schemas).map((one) => one.length));
    for (const [one, { words, file }] of Object.entries(schemas)) process.stdout.write(`${one.padEnd(width)}  ${words}${file === undefined ? '' : ` (${file})`}\n`);
    return EXIT.done;
  }
  const found = Object.hasOwn(schemas, name) && extra === undefined ? schemas[name] : undefined;
  if (found === undefined) {
    process.stderr.write(`There is no document called ${name}. Documents: ${Object.keys(schemas).join(', ')}.\n`);
    return EXIT.usage;
  }
  process.stdout.write(`${JSON.stringify(found.schema, null, 2)}\n`);
  return EXIT.done;
}
