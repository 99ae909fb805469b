import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DoctorDocument, type Examined } from '../../src/main/doctor/doctor-document.js';
import type { Examination } from '../../src/main/doctor/examination.js';
import { EXAMINATIONS } from '../../src/main/doctor/examinations.js';
import { renderReport } from '../../src/main/doctor/render-report.js';
import { exitCodeOfAll, runExaminations } from '../../src/main/doctor/run-examinations.js';
import { githubFacts, goodFacts } from './doctor-fakes.js';

const PLAIN = { signs: false, colour: false, width: 80 };

describe('running examinations', () => {
  const good: Examination = { id: 'good-one', group: 'machine', title: 'Good', examine: async () => ({ standing: 'good', words: 'fine' }) };

  it('one that throws, at once or later, hides no other', async () => {
    const thrown: Examination = { ...good, id: 'thrown', examine: async () => { throw new TypeError('cannot read x of undefined'); } };
    const document = await runExaminations([thrown, good], goodFacts(), (text) => text);
    expect(document.examinations.map((one) => one.standing)).toEqual(['missing', 'good']);
    expect(document.examinations[0]).toMatchObject({ side: 'ours', words: expect.stringContaining('TypeError: cannot read x of undefined') });
    expect(document.exit).toBe(1);
  });

  it('a fact that throws is shown where it is used, and the rest is as it was', async () => {
    const facts = goodFacts({ sandbox: async () => { throw new Error('the probe fell over'); } });
    const document = await runExaminations(EXAMINATIONS, facts, (text) => text);
    expect(document.examinations.filter((one) => one.standing === 'missing').map((one) => one.id)).toEqual(['sandbox']);
  });

  it('what is said is redacted and has no invisible characters', async () => {
    const leaking: Examination = { ...good, examine: async () => ({ standing: 'missing', words: 'key s3cr3t\u001b[31m', details: ['s3cr3t\u202e'], next: 'use s3cr3t' }) };
    const document = await runExaminations([leaking], goodFacts(), (text) => text.replaceAll('s3cr3t', '***'));
    expect(document.examinations[0]).toMatchObject({ words: 'key ***[31m', details: ['***'], next: 'use ***' });
  });

  it.each([[goodFacts(), 'good'], [githubFacts(), 'warning']])('the good facts %# are %s, in a valid document with ids of their own', async (facts, standing) => {
    const document = await runExaminations(EXAMINATIONS, facts, (text) => text);
    expect(DoctorDocument.parse(document)).toEqual(document);
    expect(document).toMatchObject({ standing, exit: 0 });
    expect(new Set(document.examinations.map((one) => one.id)).size).toBe(EXAMINATIONS.length);
  });

  it.each<[readonly Pick<Examined, 'standing' | 'side'>[], number]>([
    [[], 0], [[{ standing: 'warning' }, { standing: 'not-asked' }], 0], [[{ standing: 'missing', side: 'theirs' }], 6], [[{ standing: 'missing', side: 'ours' }, { standing: 'missing', side: 'theirs' }], 1],
    [[{ standing: 'missing', side: 'theirs' }, { standing: 'missing', side: 'setup' }], 2], [[{ standing: 'missing' }], 2],
  ])('exit code of %j is %i', (all, exit) => {
    expect(exitCodeOfAll(all)).toBe(exit);
  });
});

describe('the report as text', () => {
  const one = (change: Partial<Examined>): Examined => ({ id: 'one', group: 'machine', title: 'One', standing: 'good', words: 'fine', details: [], ...change });
  const documentOf = (examinations: Examined[], standing: DoctorDocument['standing'] = 'good', exit = 0): DoctorDocument => ({ version: 1, heddle: '0.1.0', standing, exit, examinations });

  it('is aligned and grouped, with a mark for each standing', () => {
    const document = documentOf([
      one({}), one({ title: 'Second', standing: 'warning', words: 'two\nlines', next: 'Look.' }),
      one({ group: 'forge', standing: 'missing', words: 'gone', details: ['because'], next: 'Paste this:\n\n    a: 1' }), one({ group: 'forge', title: 'Last', standing: 'not-asked', words: 'no' }),
    ], 'missing', 2);
    expect(renderReport(document, PLAIN).split('\n')).toEqual([
      'Can a run work here? Nothing is written and no model is called.', '',
      'This machine',
      '  ok      One     fine',
      '  warning Second  two',
      '                  lines',
      '                  -> Look.', '',
      'The forge',
      '  MISSING One     gone',
      '                  - because',
      '                  -> Paste this:', '',
      '                         a: 1',
      '  -       Last    no', '',
      '1 good, 1 to look at, 1 missing, 1 not asked. A run cannot work here yet. Mend',
      'what is missing, then ask again: heddle doctor',
    ]);
  });

  it('has signs and colour on a terminal only', () => {
    const document = documentOf([one({})]);
    expect(renderReport(document, { signs: true, colour: true, width: 80 })).toContain('\u001b[32m✓\u001b[0m One  fine');
    expect(renderReport(document, PLAIN)).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('says that only an outside service is in the way', () => {
    expect(renderReport(documentOf([one({ standing: 'missing', side: 'theirs' })], 'missing', 6), PLAIN)).toContain('Ask again later');
  });

  it('loses no word of any text, and keeps to the width where words allow it', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), fc.integer({ min: 60, max: 120 }), (words, width) => {
      const lines = renderReport(documentOf([one({ words: words.join(' ') })]), { ...PLAIN, width }).split('\n');
      const from = lines.findIndex((line) => line.startsWith('  ok'));
      const shown = lines.slice(from, lines.indexOf('', from));
      expect(shown.join(' ').split(/\s+/).slice(3)).toEqual(words);
      for (const line of shown) expect(line.length).toBeLessThanOrEqual(width);
    }));
  });

  it('counts the details that it does not show', () => {
    const text = renderReport(documentOf([one({ details: Array.from({ length: 45 }, (_, index) => `detail ${index}`) })]), PLAIN);
    expect(text).toContain('15 more');
    expect(text).not.toContain('detail 30');
  });
});
