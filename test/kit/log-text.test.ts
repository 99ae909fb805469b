import { describe, expect, it } from '@jest/globals';
import { logText } from '../../src/kit/log-text.js';

describe('text for a log', () => {
  it.each([
    ['::set-env name=A::b', ': :set-env name=A: :b'], ['a:\u200b:warning::x', 'a: :warning: :x'], ['##[group]x', '# #[group]x'], ['##vso[task.setvariable]', '# #vso[task.setvariable]'],
    // A tool on the way may drop what is not ASCII: with it gone these would be markers.
    [':\u00e9:set-output name=a:\u00e9:b', ': \u00e9:set-output name=a: \u00e9:b'], ['#\u00b7#\u00b7v\u00b7s\u00b7o[x', '# \u00b7#\u00b7v\u00b7s\u00b7o[x'],
    ['section\u00b7_start:1:x', 'section\u00b7_start :1:x'], ['plain: text\nof two: lines', 'plain: text\nof two: lines'], ['a:\n:b', 'a:\n:b'],
  ])('%j becomes %j', (text, expected) => {
    expect(logText(text)).toBe(expected);
  });
});
