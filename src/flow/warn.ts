import type { Context } from './context.js';

/** Notes something that did not stop the run, in `warnings.txt` of the evidence; one line each. */
export async function warn(context: Context, words: string): Promise<void> {
  const { evidence } = context.ports;
  const before = await evidence.readText('warnings.txt') ?? '';
  await evidence.writeText('warnings.txt', `${before}${words.replace(/\s+/g, ' ').trim()}\n`);
}
