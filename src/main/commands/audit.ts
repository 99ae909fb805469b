import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Digest } from '../../domain/ids.js';
import { verifyChain } from '../../ledger/chain.js';
import type { Arguments } from '../arguments.js';
import { EXIT } from '../exit-code.js';

/** `heddle audit verify [RUN-FOLDER]`: walks a trail offline and names the first bad line. */
export async function auditCommand(given: Arguments): Promise<number> {
  const [verb, folder = 'heddle-run'] = given.positionals;
  if (verb !== 'verify') return complain(`\`heddle audit\` needs a word: verify. Example: heddle audit verify ${folder}`);
  const head = given.values.get('head');
  const expected = head === undefined ? undefined : Digest.safeParse(head);
  if (expected?.success === false) return complain('Option --head must be a digest: sha256: and 64 hexadecimal digits, as the packet shows it.');
  const file = folder.endsWith('.jsonl') ? folder : path.join(folder, 'events.jsonl');
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return complain(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Give the run folder, or the trail itself.`);
  }
  const result = verifyChain(bytes, expected?.data);
  if (given.values.get('json') === 'true') process.stdout.write(`${JSON.stringify({ file, ...result })}\n`);
  if (result.ok) {
    process.stderr.write(`${file}: ${result.value.events} events of run ${result.value.run}, unbroken, head ${result.value.head}\n`);
    return EXIT.done;
  }
  process.stderr.write(`${file}:${result.error.line}: ${result.error.code}: ${result.error.message}\n`);
  return EXIT.ours;
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return EXIT.usage;
}
