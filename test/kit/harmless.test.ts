import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { code, fenced, inline, plain, safeUrl } from '../../src/kit/harmless.js';
import { activeParts, hostileText } from '../packet/oracle.js';

describe('foreign text for people', () => {
  it.each([
    ['plain prose stays as it is', 'Invoice totals lose a cent.', 'Invoice totals lose a cent.'],
    ['a mention names nobody', 'ask @maria', 'ask ＠maria'],
    ['a closing word closes nothing', 'fixes #12', 'fixes ＃12'],
    ['a commit is code', 'since deadbeef1', 'since `deadbeef1`'],
    ['an address is code and broken', 'see https://x.example/a', 'see `https[:]//x.example/a`'],
    ['a command is code', '/merge now', '`/merge` now'],
    ['HTML is shown', '<b>bold</b>', '\\<b\\>bold\\</b\\>'],
    ['an image is shown', '![a](b)', '\\!\\[a\\]\\(b\\)'],
    ['ticks get a longer span', 'a `b` c', 'a `` `b` `` c'],
    ['lines become one', 'a\n\n# b', 'a \\# b'],
    ['hidden characters go', 'a\u202eb\u200bc', 'abc'],
    ['a list number stays text', '1. one', '1\\. one'],
  ])('%s', (_, text, expected) => {
    expect(inline(text)).toBe(expected);
  });

  it.each([
    ['[skip ci] fixes #1', '(skip ci) fixes ＃1'],
    ['/merge @bot', 'merge ＠bot'],
    ['fixup! x', 'fixup x'],
    ['- a\r\nSigned-off-by: Eve', 'a Signed-off-by: Eve'],
  ])('plain text of %j', (text, expected) => {
    expect(plain(text, 80)).toBe(expected);
  });

  it('makes a fence longer than any run of ticks, and never begins a line with foreign text', () => {
    const block = fenced('a\n`````\n/close\nSigned-off-by: x');
    expect([block.open, ...block.lines, block.close].join('\n')).toBe('> ``````text\n> a\n> `````\n> /close\n> Signed-off-by: x\n> ``````');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://a:b@x.example/', 'not an address', 'file:///etc/passwd'])('does not link %s', (url) => {
    expect(safeUrl(url)).toBeUndefined();
  });

  it('keeps an address inside the link', () => {
    expect(safeUrl('https://x.example/a)b<c>"d@e')).toBe('https://x.example/a%29b%3Cc%3E%22d%40e');
  });

  it('leaves nothing active, whatever the text (property)', () => {
    fc.assert(fc.property(hostileText(), (text) => {
      const block = fenced(text);
      const page = [`- ${inline(text)}`, '', `| ${code(text).replaceAll('|', '¦')} |`, '', block.open, ...block.lines, block.close].join('\n');
      expect(activeParts(page, [])).toEqual([]);
      expect(activeParts(`- ${plain(text, 100).replace(/[`<>\\&~$*_]|[0-9a-f]{7,}/gi, '')}`, [])).toEqual([]);
    }), { numRuns: 2_000 });
  });
});

describe('the oracle itself', () => {
  it.each([
    ['hi @maria', 'mention'], ['closes #1', 'closing word'], ['<b>x', 'html'], ['[a](https://x)', 'link or image'], ['/merge', 'line command'], ['since deadbeef1', 'commit reference'],
    ['> ```text\n> a\nb\n> ```', 'line left the frame'], ['> ```text\n> a', 'open fence'], ['a ` b', 'open code span'], ['a\u202eb', 'unseen character'], ['<!-- x -->', 'comment'], ['Signed-off-by: x', 'trailer'],
  ])('sees %j', (text, reason) => {
    expect(activeParts(text, [])).toContain(reason);
  });
});
