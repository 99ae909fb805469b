import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LogFilter, harmlessLines } from '../../src/containment/log-filter.js';
import { logText } from '../../src/kit/log-text.js';
import { commandsAfterStripping, commandsIn, gitlabSections, KNOWN_COMMANDS, overwrites } from './runner-commands.js';

const OPTIONS = { prefix: '|', lineCharsMax: 500, linesMax: 200 };
const ESC = '\u001b';

const ATTACKS: readonly string[] = [
  '::set-env name=PATH::/evil', '  ::add-path::/evil', '\t::add-mask::a', '::stop-commands::x', '::error file=a,line=1::b', '::group::x',
  '::save-state name=a::b', '::add-matcher::x.json', '##[add-mask]a', 'text ##[command]a', '###[group]a', '##vso[task.setvariable variable=a]b',
  'ok\r::set-env name=A::b', 'ok\v::set-env name=A::b', 'ok\f::set-env name=A::b', 'ok\u0085::set-env name=A::b', 'ok\u2028::set-env name=A::b',
  'ok\u2029::set-env name=A::b', 'ok\u001c::set-env name=A::b', '\ufeff::set-env name=A::b', '\u200b::set-env name=A::b',
  `${ESC}[31m::set-env name=A::b`, `:${ESC}[0m:set-env name=A::b`, `#${ESC}[0m#${ESC}[1m[add-mask]a`, `:${ESC}]8;;x\u0007:set-env name=A::b`,
  `:\u009b0m:set-env name=A::b`, ':\u200b:set-env name=A::b', '#\u00ad#[command]a', ':::set-env name=A::b', '::::::a::b',
  'section_start:1560896352:name\r\u001b[0K', 'section_end:1560896352:name', `section_st${ESC}[0mart:1:x`,
  `:${ESC}Pq#0;2${ESC}\\:set-env name=A::b`, `:${ESC}(B:set-env name=A::b`,
];

describe('foreign lines', () => {
  it.each(ATTACKS)('attack %j is a command raw (or when naively stripped), and none when filtered', (attack) => {
    const lines = harmlessLines(attack, OPTIONS);
    expect(commandsAfterStripping(lines.join('\n'))).toEqual([]);
    expect(commandsAfterStripping(harmlessLines(attack, { ...OPTIONS, prefix: '' }).join('\n'))).toEqual([]);
    expect(lines.every((line) => line.startsWith('| '))).toBe(true);
  });

  it('the oracle sees commands where there are some', () => {
    const seen = ATTACKS.filter((attack) => commandsAfterStripping(attack).length > 0);
    expect(seen.length).toBeGreaterThan(25);
  });

  it('are never taken for a command, whatever they are made of', () => {
    const piece = fc.oneof(
      fc.constantFrom(':', '::', '#', '##', '[', ']', 'set-env name=A', 'section_start', ':1:', '\r', '\n', '\v', '\u2028', '\u0085', ESC, `${ESC}[`, `${ESC}]`, '0m', '\u0007', '\u009b', '\u200b', '\ufeff', ' ', 'vso['),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom('', '|', ':', '#'), (pieces, prefix) => {
      const lines = harmlessLines(pieces.join(''), { ...OPTIONS, prefix });
      expect(commandsAfterStripping(lines.join('\n'))).toEqual([]);
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }), { numRuns: 2000 });
  });

  it('are the same in pieces as in one', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', ':', '\r', '\n', ESC, '[', 'm', '#') }), { maxLength: 20 }), (pieces) => {
      const filter = new LogFilter(OPTIONS);
      const lines = [...pieces.flatMap((piece) => filter.push(piece)), ...filter.end()];
      expect(lines).toEqual(harmlessLines(pieces.join(''), OPTIONS));
    }));
  });

  it('stay readable', () => {
    expect(harmlessLines('a::b\r\nc\td\n\nüß 你好\n', OPTIONS)).toEqual(['| a: :b', '| c d', '| ', '| üß 你好']);
  });

  it('are cut in length and number, and it is said', () => {
    const lines = harmlessLines(`${'x'.repeat(10_000)}\n${'y\n'.repeat(10)}`, { prefix: '|', lineCharsMax: 10, linesMax: 3 });
    expect(lines).toEqual(['| xxxxxxxxxx … (9990 characters more)', '| y', '| y', '| … 8 more lines are not shown']);
  });

  it('without an end are never held whole', () => {
    const filter = new LogFilter({ prefix: '|', lineCharsMax: 10, linesMax: 3 });
    for (let index = 0; index < 1000; index += 1) expect(filter.push('x'.repeat(1000))).toEqual([]);
    expect(filter.end()).toEqual(['| xxxxxxxxxx … (999990 characters more)']);
  });

  it.each(KNOWN_COMMANDS)('the command %s is one raw in each form and place, and none when filtered (L01, L02, L05, L06)', (name) => {
    for (const [open, close] of [['::', '::'], ['##[', ']']] as const) {
      for (const before of ['', '  ', '\t', '\u00a0', 'ok\r', 'ok\u2028']) {
        const line = `${before}${open}${name} file=a,line=1${close}data%0A::set-env name=A::b`;
        expect(commandsIn(line)).toContainEqual({ form: open === '::' ? 'double-colon' : 'hashes', name });
        for (const prefix of ['', '|']) expect(commandsAfterStripping(harmlessLines(line, { ...OPTIONS, prefix }).join('\n'))).toEqual([]);
      }
    }
  });

  it('filtering twice makes no command out of what filtering once left', () => {
    const piece = fc.constantFrom(':', '::', '#', '##', '[', ']', 'add-mask', ' ', ESC, `${ESC}[0m`, '\u200b', '\u00ad', '\r', 'section_', 'start', 'end', ':1:', '\u0300');
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const once = harmlessLines(pieces.join(''), { ...OPTIONS, prefix: '' }).join('\n');
      const twice = harmlessLines(once, { ...OPTIONS, prefix: '' }).join('\n');
      expect(commandsAfterStripping(once)).toEqual([]);
      expect(commandsAfterStripping(twice)).toEqual([]);
    }), { numRuns: 1500 });
  });

  it('no foreign line can look like one of ours: each has the prefix, also empty and cut ones (L07)', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('checks: passed', '\n', '\r', '\u0085', ESC, `${ESC}[2K`, `${ESC}[1A`, '\b', 'x'.repeat(600)), { maxLength: 40 }), (pieces) => {
      for (const line of harmlessLines(pieces.join(''), OPTIONS)) expect(line).toMatch(/^\| [^\u0000-\u001f\u007f]*$/);
    }));
  });

  it.each(['::', '##[', `${ESC}[`, `${ESC}]8;;`, `${ESC}P`, '\u009b', ':\u200b', '\r\r\n', 'section_start:1:', `:${ESC}[0m`, '\u0300', '\ud800'])('a million characters of %j are read in one pass and cut', (unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const lines = harmlessLines(text, OPTIONS);
    expect(lines.length).toBeLessThanOrEqual(OPTIONS.linesMax + 1);
    expect(lines.reduce((sum, line) => sum + line.length, 0)).toBeLessThan(300_000);
    expect(commandsIn(lines.join('\n'))).toEqual([]);
  });
});

/** GitLab's own form of a section, with every trick that could put one together or hide what stands there (L05). */
const MARK = (kind: string, name = 'heddle_1'): string => `section_${kind}:1795255200:${name}\r${ESC}[0K`;
const GITLAB_ATTACKS: readonly string[] = [
  MARK('start'), MARK('end'), `${ESC}[0K${MARK('start', 'a[collapsed=true]')}Title`, MARK('end', 'step_script'), MARK('end', 'upload_artifacts_on_success'), `text before ${MARK('end')}`,
  `section_start:1:x[collapsed=true,hide_duration=true]\r${ESC}[0K`, `sec${ESC}[0mtion_start:1:x\r${ESC}[0K`, `section_\u200bstart:1:x\r${ESC}[0K`, `section_start\u0000:1:x\r${ESC}[0K`, `section_start:\u00ad1:x\r${ESC}[0K`,
  `section_start:1:x\u0008\r${ESC}[0K`, `${'section_start:1:'.repeat(50)}x\r${ESC}[0K`, `section_start:1:x\r\u009b0K`, `SECTION_END:1:x\r${ESC}[0K`, `section_end:1:x\r\n`, `a${MARK('end')}${MARK('end')}${MARK('start')}b`,
  `checks: failed\rchecks: passed`, `checks: failed\u001b[2K\u001b[Gchecks: passed`, `checks: failed\u0008\u0008\u0008\u0008\u0008\u0008passed`, `${ESC}[1A${ESC}[2Khidden`, `${ESC}]8;;https://evil.example${ESC}\\link${ESC}]8;;${ESC}\\`,
  '2026-11-21T10:00:00.000000Z 00O checks: passed', `${ESC}[0Ksection_start:1:heddle_9\r${ESC}[0K`,
];

describe('a log of GitLab', () => {
  it.each(GITLAB_ATTACKS)('%j opens and closes no section, and writes over nothing', (attack) => {
    for (const prefix of ['', '|']) {
      const text = harmlessLines(attack, { ...OPTIONS, prefix }).join('\n');
      expect([gitlabSections(text), overwrites(text), commandsAfterStripping(text)]).toEqual([[], false, []]);
    }
    expect([gitlabSections(logText(attack)), overwrites(logText(attack)), commandsAfterStripping(logText(attack))]).toEqual([[], false, []]);
  });

  it('the oracle sees sections where there are some', () => {
    expect(GITLAB_ATTACKS.filter((attack) => gitlabSections(attack).length > 0).length).toBeGreaterThanOrEqual(11);
    expect(GITLAB_ATTACKS.filter(overwrites).length).toBeGreaterThan(18);
  });

  it('text in pieces puts no marker together, wherever it is cut', () => {
    const text = `a ${MARK('end')}${ESC}[31m${MARK('start')}z\n`;
    for (let at = 0; at <= text.length; at += 1) {
      const filter = new LogFilter({ ...OPTIONS, prefix: '' });
      const shown = [...filter.push(text.slice(0, at)), ...filter.push(text.slice(at)), ...filter.end()].join('\n');
      expect([gitlabSections(shown), overwrites(shown)]).toEqual([[], false]);
    }
  });

  it('what is read again by a section of our own stays text', () => {
    // The summary's lines pass both filters, one after the other.
    fc.assert(fc.property(fc.array(fc.constantFrom('section_', 'start', 'end', ':', '1', ':x', '\r', ESC, '[0K', '\u200b', '\n', '::', '#'), { maxLength: 30 }), (pieces) => {
      const text = logText(harmlessLines(pieces.join(''), { ...OPTIONS, prefix: '' }).join('\n'));
      expect([gitlabSections(text), overwrites(text), commandsAfterStripping(text)]).toEqual([[], false, []]);
    }), { numRuns: 1000 });
  });
});
