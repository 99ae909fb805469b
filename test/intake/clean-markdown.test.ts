import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hiddenKind } from '../../src/intake/clean-characters.js';
import { cleanMarkdown } from '../../src/intake/clean-markdown.js';
import { RemovalLog } from '../../src/intake/removal-log.js';
import { HIDDEN_CHARACTERS, HIDDEN_FORMS, HONEST_TEXTS } from './hidden-forms.js';

function clean(text: string) {
  const log = new RemovalLog();
  const meter = { steps: 0 };
  const out = cleanMarkdown(text, { where: 'body', log, meter });
  return { out, kinds: log.removals().map((removal) => removal.kind), removals: log.removals(), steps: meter.steps };
}

describe('what is hidden', () => {
  it.each(HIDDEN_FORMS)('takes out: %s', (_name, body, kind) => {
    const { out, kinds } = clean(body);
    expect(out).not.toContain('SECRET');
    expect(kinds).toContain(kind);
    expect(clean(out)).toMatchObject({ out, kinds: [] });
  });

  it.each(HIDDEN_CHARACTERS)('takes out, in prose and in a fence: %s', (_name, text, expected, kind) => {
    const prose = clean(text);
    expect(prose.out).toBe(expected);
    expect(prose.kinds).toContain(kind);
    if (text.includes('&')) return;
    expect(clean(`\`\`\`\n${text}\n\`\`\``).out).toBe(`\`\`\`\n${expected}\n\`\`\``);
  });

  it('counts each kind and shows an escaped sample', () => {
    const { removals } = clean('a\u200b\u200bb <!-- one --> <!-- \u202etwo -->');
    expect(removals).toEqual([
      { kind: 'invisible-character', where: 'body', count: 2, sample: '\\u{200b}\\u{200b}b <!-- one --> <!-- \\u{202e}two --' + '>' },
      { kind: 'bidi-control', where: 'body', count: 1, sample: '\\u{202e}two -->' },
      { kind: 'html-comment', where: 'body', count: 2, sample: '<!-- one -->' },
    ]);
  });

  it('keeps the visible text around a hiding layer', () => {
    expect(clean('<b title="x">bold</b> and <Foo>bar</Foo>').out).toBe('<b>bold</b> and bar');
    expect(clean('<a href="https://example.com/a?b=c" onclick="x">go</a>').out).toBe('<a href="https://example.com/a?b=c">go</a>');
    expect(clean('[a](<u v> "t") b').out).toBe('[a](<u v>) b');
  });

  it('reads a fence that follows a comment of a ticket form', () => {
    expect(clean('<!-- Paste the log. ``` like this -->\n```\n<x>\n```\n').out).toBe('\n```\n<x>\n```\n');
  });

  it('brings text into one form', () => {
    expect(clean('a\r\nb\rc\u2028de\u0301')).toMatchObject({ out: 'a\nb\nc\nd\u00e9', kinds: ['normalised'] });
    expect(clean('a\r\nb')).toMatchObject({ out: 'a\nb', kinds: [] });
  });
});

describe('what is honest', () => {
  it.each(HONEST_TEXTS)('stays as it is: %s', (_name, text) => {
    expect(clean(text)).toMatchObject({ out: text, removals: [] });
  });
});

describe('the work', () => {
  const units = ['![[', '![', '[', '`', '``` ', '](', '](a "', '<a ', '<a b="', '<a b=\'<', '<a:', '<!--', '<!', '<p hidden></p>', '<p hidden>', '<script>', '<b\n',
    '&amp;', '&', '&#', '- ', '> ', '> - ', '[x]: y\n', '[^a]: b\n\n', '[a](<', '![a](', '\\phantom{', '(', '"', '\u0301\u0323', '\u200b', '\u001b]', '    ```\n',
    '- ```\n', 'a\n\n<a ', '<!<!---->', '&amp;amp;lt;', '![&#91;', '[[]]('];
  const stepsFor = (unit: string, length: number): number => clean(unit.repeat(Math.ceil(length / unit.length)).slice(0, length)).steps;

  it.each(units)('grows with the length alone for 64 kB of %j', (unit) => {
    const half = stepsFor(unit, 32_768);
    const full = stepsFor(unit, 65_536);
    expect(full / half).toBeLessThan(2.2);
    expect(full / 65_536).toBeLessThan(60);
  });

  it('stays linear for mixtures', () => {
    const piece = fc.constantFrom(...units, 'a', ' ', '\n', '\n\n', '-->', '>', ']', ')', '</p>', '\\');
    fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const unit = pieces.join('');
      expect(stepsFor(unit, 16_384) / 16_384).toBeLessThan(150);
    }), { numRuns: 60 });
  });
});

const hostile = fc.array(fc.oneof(
  fc.constantFrom('<!--', '-->', '--!>', '`', '```', '~~~', '\n', '\n\n', '    ', '> ', '- ', '1. ', '[', ']', '(', ')', '![', '](', '[x]: y', '"', '\'', '<', '>', '<b ', '<p hidden>',
    '</p>', '<pre>', '</pre>', '<script>', '</script>', '&amp;', 'lt;', '&#8203;', '&#60;', '\\', '|', '\t', 'title=', '<?', '<![CDATA[', ']]>', '\u200b', '\ufe0f', '\u{1f600}', '\u200d', '\u0301', 'e', '\u001b[', '\r\n', '\u202e'),
  fc.string({ unit: 'binary', maxLength: 3 }),
), { maxLength: 40 }).map((parts) => parts.join(''));

describe('properties', () => {
  it('cleaning what is clean removes nothing', () => {
    fc.assert(fc.property(hostile, (text) => {
      const first = clean(text);
      const second = clean(first.out);
      expect(second.out).toBe(first.out);
      expect(second.kinds).toEqual([]);
    }), { numRuns: 3000 });
  });

  it('no hidden code point survives but where it belongs to what is seen', () => {
    fc.assert(fc.property(hostile, (text) => {
      const left = Array.from(clean(text).out).filter((point) => hiddenKind(point) !== undefined);
      expect(left.filter((point) => !/^[\ufe0e\ufe0f\u200c\u200d\u{e0061}-\u{e007f}]$/u.test(point))).toEqual([]);
    }), { numRuns: 2000 });
  });

  it('no comment survives outside of code', () => {
    const prose = hostile.map((text) => text.replaceAll(/[`~]| {4}|\t|\\|&/g, ''));
    fc.assert(fc.property(prose, (text) => {
      // Indented and fenced code cannot come about in such a text, so that nothing may look like a comment.
      expect(clean(text).out.split('\n').filter((line) => !line.startsWith('    ') && line.includes('<!--'))).toEqual([]);
    }), { numRuns: 2000 });
  });

  it('a change is always reported', () => {
    fc.assert(fc.property(hostile, (text) => {
      const { out, kinds } = clean(text);
      if (out !== text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replace(/^\ufeff/, '')) expect(kinds.length).toBeGreaterThan(0);
    }), { numRuns: 2000 });
  });

  it('honest ASCII Markdown stays', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9.,:;?%+-]{1,12}$/).filter((text) => !/^[-+]$|^\d+\.$/.test(text));
    const words = fc.array(word, { minLength: 1, maxLength: 8 }).map((list) => list.join(' '));
    const block = fc.oneof(
      words, words.map((text) => `## ${text}`), words.map((text) => `- ${text}\n- [ ] ${text}`), words.map((text) => `> ${text}`),
      fc.tuple(words, words).map(([a, b]) => `${a} \`<${b}>\` *${a}* [${a}](https://example.com/x)`),
      fc.array(fc.string({ unit: 'grapheme-ascii' }).filter((line) => !line.includes('`')), { maxLength: 4 }).map((lines) => `\`\`\`js\n${lines.join('\n')}\n\`\`\``),
    );
    fc.assert(fc.property(fc.array(block, { maxLength: 8 }), (blocks) => {
      const text = blocks.join('\n\n');
      expect(clean(text)).toMatchObject({ out: text, kinds: [] });
    }), { numRuns: 1000 });
  });
});
