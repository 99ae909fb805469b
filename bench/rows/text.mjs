// What every log line, document and ticket passes through.
import { interleaved, timed } from '../lib/measure.mjs';

const ROUNDS = 5;

export async function rows() {
  const [{ createRedactor }, { cleanMarkdown }, { RemovalLog }] = await Promise.all([
    import('../../build/containment/redactor.js'), import('../../build/intake/clean-markdown.js'), import('../../build/intake/removal-log.js'),
  ]);
  const redactor = createRedactor();
  for (const [name, secret] of [['github-token', 'ghs_0123456789abcdefghijABCDEFGHIJ012345'], ['model-key', 'sk-bench-0123456789-abcdefghij-KEY/+=']]) redactor.add(name, secret);
  const log = 'PASS test/total.test.ts  ✓ rounds half up (3 ms) at Object.<anonymous> (src/total.ts:12:7)\n'.repeat(44_000);
  const ticket = '## Steps\n\nThe total of `src/total.ts` is **one** short, see [the report](https://example.com/a?b=c). <!-- note -->\n\n- [ ] it is 2\n\n'.repeat(2_000);
  const megabytes = (text) => Buffer.byteLength(text) / 1e6;
  // The baseline touches every byte once, as cheaply as there is.
  const touch = (text) => timed(() => Buffer.from(text, 'utf8').toString('utf8'));
  const seen = await interleaved(ROUNDS, {
    redact: () => timed(() => redactor.text(log)), logCopied: () => touch(log),
    clean: () => timed(() => cleanMarkdown(ticket, { where: 'body', log: new RemovalLog(), meter: { steps: 0 } })), ticketCopied: () => touch(ticket),
  });
  const row = (what, text, ours, baseline) => ({ what: `${what} (baseline: encode and decode)`, ours: megabytes(text) / (ours / 1000), baseline: megabytes(text) / (baseline / 1000), unit: 'MB/s', goal: null });
  return [row(`redactor, 2 secrets in all spellings, log of ${megabytes(log).toFixed(1)} MB`, log, seen.redact, seen.logCopied),
    row(`ticket cleaner, ${megabytes(ticket).toFixed(2)} MB of Markdown`, ticket, seen.clean, seen.ticketCopied)];
}
