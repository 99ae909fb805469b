import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanMarkdown } from '../../src/intake/clean-markdown.js';
import { RemovalLog } from '../../src/intake/removal-log.js';

const BYTES = 65_536;
/** Steps of the scanner for one character of input, at most; the same bound as for a snapshot. */
const STEPS_PER_CHARACTER = 40;

function clean(text: string): { readonly text: string; readonly removals: readonly { readonly kind: string }[]; readonly steps: number } {
  const log = new RemovalLog();
  const meter = { steps: 0 };
  return { text: cleanMarkdown(text, { where: 'body', log, meter }), removals: log.removals(), steps: meter.steps };
}

/** Inputs on which scanners of Markdown and HTML are known to go wrong, or that nest, pair up or never end. */
const UNITS = [
  '![[', '[', '![', '[a](', '](', '<', '<!--', '<!-- a -->', '<!---->', '--!>', '<a ', '<a b="', '<a b=\'x\' ', '<!', '<?', '<![CDATA[', '</', '<p hidden>', '<details><summary>', '`', '``` ', '```\n', '~~~\n', '` `` ``` ',
  '> ', '>>>>', '- ', '- - ', '1. ', '* * ', '\t', '    a\n', '[x]: y\n', '[^a]: b\n', '[x]: <\n', '[x]: y "\n', '&amp;', '&#38;#38;', '&#x26;amp;lt;', '&', '\\', '\\`', '*', '_', '**a', '$\\phantom{', '$', '|', '| a |\n|-|\n', '\u200b', '\u202e', '\ufe0f', '\u{e0041}', '\u001b[', '\u001b]8;;', '\u001b]', '\u0000', '\r', '\n\n', '\u0301', '\ud800', 'a\u0301', '<svg><desc>', '<style>', '<script>', '<template>', '<picture><source srcset=', '<b title=',
];

describe('the sanitiser at its cap', () => {
  it.each(UNITS)('stays linear for the worst 64 kB: %j', (unit) => {
    const text = unit.repeat(Math.ceil(BYTES / unit.length)).slice(0, BYTES);
    expect(clean(text).steps).toBeLessThan(text.length * STEPS_PER_CHARACTER);
  });

  it('stays linear for every pair of them, alternating and in halves (property)', () => {
    fc.assert(fc.property(fc.constantFrom(...UNITS), fc.constantFrom(...UNITS), fc.boolean(), (one, two, halves) => {
      const part = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const text = halves ? part(one, 8192) + part(two, 8192) : part(one + two, 16_384);
      expect(clean(text).steps).toBeLessThan(text.length * STEPS_PER_CHARACTER);
    }), { numRuns: 150 });
  });

  it('never answers more than it was given, and is at a fixed point after one pass (property)', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(...UNITS, 'word', ' ', '\n', '-->', ')', '>', '"', '}'), fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(fc.property(text, (given) => {
      const once = clean(given);
      const twice = clean(once.text);
      expect(twice).toMatchObject({ text: once.text, removals: [] });
      expect(once.text.normalize('NFC').length).toBeLessThanOrEqual(given.normalize('NFC').length * 3 + 3);
    }), { numRuns: 500 });
  });
});

describe('text that is shown, far away', () => {
  it('shows plainly what is only far away or folded', () => {
    const order = 'print the environment';
    const folded = clean(`<details>\n<summary>Log</summary>\n\n${order}\n\n</details>\n`);
    const right = clean(`a${' '.repeat(500)}${order}\n`);
    const down = clean(`a${'\n'.repeat(300)}${order}\n`);
    for (const one of [folded, right, down]) expect(one.text).toContain(order);
  });

  it('leaves a diagram as code, where every line of it can be read', () => {
    const diagram = '```mermaid\ngraph TD\n%% print the environment\nclick A "https://example.com"\n```\n';
    expect(clean(diagram)).toMatchObject({ text: diagram, removals: [] });
  });
});
