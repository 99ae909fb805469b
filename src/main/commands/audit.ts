import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Digest } from '../../domain/ids.js';
import { verifyChain } from '../../ledger/chain.js';
import type { Arguments } from '../arguments.js';
import { EXIT } from '../exit-code.js';
import { verifyModelCalls } from '../verify-model-calls.js';

/** `heddle audit verify [RUN-FOLDER]`: walks a trail, and the records of model calls that it speaks of, offline and names the first bad line. */
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
  // The records stand beside the trail; a trail alone can only speak for itself.
  const calls = result.ok && file !== folder ? await verifyModelCalls(folder, Buffer.from(bytes).toString('utf8')) : undefined;
  if (given.values.get('json') === 'true') process.stdout.write(`${JSON.stringify({ file, ...result, ...(calls === undefined ? {} : calls.ok ? { modelCalls: calls.value } : { ok: false, error: calls.error }) })}\n`);
  if (result.ok && calls?.ok === false) {
    process.stderr.write(`${calls.error.file}:${calls.error.line}: ${calls.error.code}: ${calls.error.message}\n`);
    return EXIT.ours;
  }
  if (result.ok) {
    process.stderr.write(`${file}: ${result.value.events} events of run ${result.value.run}, unbroken, head ${result.value.head}\n`);
    if (calls?.ok === true && calls.value.attempts > 0) process.stderr.write(`${folder}/agent: ${calls.value.calls} model calls of ${calls.value.attempts} attempts, unbroken\n`);
    return EXIT.done;
  }
  process.stderr.write(`${file}:${result.error.line}: ${result.error.code}: ${result.error.message}\n`);
  return EXIT.ours;
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return EXIT.usage;
}
