import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readComment, type CommentReading } from '../../src/intake/comment-command.js';
import { changeTicket } from '../../src/intake/change-ticket.js';

const digest = 'a1b2c3d4e5f60718';
const misread = (problem: string, word: string): CommentReading => ({ kind: 'misread', problem, word }) as CommentReading;

describe('commands', () => {
  it.each<[string, object]>([
    ['/heddle run', { name: 'run' }],
    ['/heddle retry', { name: 'retry' }],
    ['/heddle continue', { name: 'continue' }],
    ['/heddle explain', { name: 'explain' }],
    ['/heddle stop', { name: 'stop' }],
    ['/heddle stop it goes the wrong way', { name: 'stop', reason: 'it goes the wrong way' }],
    ['/heddle deny not before the release', { name: 'deny', reason: 'not before the release' }],
    [`/heddle approve ${digest}`, { name: 'approve', digest }],
    [`/heddle approve sha256:${'ab'.repeat(32)}`, { name: 'approve', digest: 'ab'.repeat(32) }],
    ['/heddle override budget-day hotfix for the outage', { name: 'override', rule: 'budget-day', reason: 'hotfix for the outage' }],
    [`Looks right to me.\n\n/heddle approve ${digest}\n\nThanks!`, { name: 'approve', digest }],
  ])('%j', (body, command) => {
    expect(readComment(body)).toEqual({ kind: 'command', command });
  });

  it.each<[string, CommentReading]>([
    ['/heddle', misread('unknown-command', '')],
    ['/heddle  run', misread('unknown-command', '')],
    ['/heddle running', misread('unknown-command', 'running')],
    ['/heddle Run', misread('unknown-command', 'Run')],
    ['/heddle r\u03c5n', misread('unknown-command', 'r?n')],
    ['/heddle run now', misread('too-many-words', 'run')],
    ['/heddle explain please', misread('too-many-words', 'explain')],
    ['/heddle approve', misread('missing-argument', 'approve')],
    ['/heddle approve yes', misread('wrong-argument', 'approve')],
    ['/heddle approve a1b2c3d4e5f', misread('wrong-argument', 'approve')],
    [`/heddle approve ${digest.toUpperCase()}`, misread('wrong-argument', 'approve')],
    [`/heddle approve ${'a'.repeat(65)}`, misread('wrong-argument', 'approve')],
    [`/heddle approve ${digest} and more`, misread('too-many-words', 'approve')],
    ['/heddle override', misread('missing-argument', 'override')],
    ['/heddle override budget-day', misread('missing-argument', 'override')],
    ['/heddle override Budget! because', misread('wrong-argument', 'override')],
    [`/heddle stop ${'x'.repeat(1001)}`, misread('too-many-words', 'stop')],
    ['/heddle run\n/heddle stop', misread('several-commands', 'run')],
    ['/heddle run\n\n/heddle run', misread('several-commands', 'run')],
    ['/heddle run\n/heddle', misread('several-commands', 'run')],
  ])('says what is wrong with %j', (body, reading) => {
    expect(readComment(body)).toEqual(reading);
  });
});

/** A08: what somebody else said, what stands in code or lists, what nobody sees. */
const UNHEARD: readonly [string, (line: string) => string][] = [
  ['a quote', (line) => `> ${line}`], ['a quote in a quote', (line) => `>> ${line}`], ['a lazy line of a quote', (line) => `> she said\n${line}`],
  ['a quoted mail', (line) => `On Monday, Amy <amy@example.com> wrote:\n> Hi,\n>\n> ${line}\n>\n> Amy`],
  ['a fence', (line) => `\`\`\`\n${line}\n\`\`\``], ['a fence of tildes', (line) => `~~~\n${line}\n~~~`], ['a fence that is never closed', (line) => `\`\`\`sh\n${line}`],
  ['indented code', (line) => `    ${line}`], ['code over lines', (line) => `\`a\n${line}\nb\``], ['inline code', (line) => `\`${line}\``],
  ['a list', (line) => `- ${line}`], ['a numbered list', (line) => `1. ${line}`], ['a task list', (line) => `- [x] ${line}`], ['a lazy line of a list', (line) => `- a\n${line}`],
  ['an HTML comment', (line) => `<!--\n${line}\n-->`], ['raw HTML', (line) => `<pre>\n${line}\n</pre>`], ['details', (line) => `<details>\n${line}\n</details>`],
  ['the middle of a line', (line) => `please ${line}`], ['an escaped slash', (line) => `\\${line}`], ['the alternative text of a picture', (line) => `![\n${line}\n](x)`],
  ['a letter that only looks like a slash', (line) => `\u2215${line.slice(1)}`], ['capitals', (line) => line.toUpperCase()],
];

describe('words that are no command', () => {
  it.each(UNHEARD)('in %s', (_place, put) => {
    for (const line of ['/heddle run', `/heddle approve ${digest}`, '/heddle override claim because']) expect(readComment(put(line))).toEqual({ kind: 'none' });
  });

  it('hidden characters make no command of another text, and hide none', () => {
    expect(readComment('/hed\u200bdle run')).toEqual({ kind: 'none' });
    expect(readComment('\u202e/heddle run')).toEqual({ kind: 'command', command: { name: 'run' } });
    expect(readComment('nur elddeh/\u202e')).toEqual({ kind: 'none' });
  });

  it('ends for any text, and never answers a command that is not closed (property)', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('/heddle', ' ', '\n', 'run', 'approve', digest, '> ', '```', '- ', '<', '`', 'override', '\u200b', 'x'), { maxLength: 30 }), (parts) => {
      const body = parts.join('');
      const reading = readComment(body);
      if (reading.kind === 'command') expect(body.split('/heddle').length).toBeGreaterThan(1);
      expect(readComment(body)).toEqual(reading);
    }));
  });
});

describe('the ticket that a commit of ours names', () => {
  it('is read from the last paragraph alone', () => {
    expect(changeTicket('Round half up\n\nMade for the ticket.\n\nHeddle-Run: abc\nTicket: acme/shop#12\n', 'acme/shop')).toEqual({ tracker: 'github', key: 'acme/shop#12' });
    expect(changeTicket('Round\n\nTicket: acme/shop#12\n\nHeddle-Run: abc', 'acme/shop')).toBeUndefined();
    expect(changeTicket('Round\n\nTicket: acme/shop#12\nTicket: acme/shop#13', 'acme/shop')).toBeUndefined();
    expect(changeTicket('Round\n\nTicket: ../../etc', 'acme/shop')).toBeUndefined();
    expect(changeTicket('', 'acme/shop')).toBeUndefined();
  });
});
