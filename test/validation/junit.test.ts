import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJunit } from '../../src/validation/junit.js';
import { scanXml } from '../../src/kit/xml-events.js';

const FRAME = { roots: ['/box/work'], workdir: '' };
const parse = (text: string): ReturnType<typeof parseJunit> => parseJunit(text, FRAME);

describe('parseJunit', () => {
  it('counts cases itself, whatever the report claims', () => {
    const report = parse('<?xml version="1.0"?><testsuites tests="900" failures="0"><testsuite name="cart" tests="1"><testcase name="adds" classname="Cart" file="/box/work/test/cart.js" line="7"><failure type="AssertionError" message="2 !== 3">at cart.js:7</failure></testcase><testcase name="empties"/><testcase name="later"><skipped/></testcase></testsuite></testsuites>');
    expect(report).toEqual({ ok: true, value: { totals: { total: 3, failed: 1, skipped: 1 }, truncated: 0, findings: [{ from: 'junit', severity: 'error', file: 'test/cart.js', line: 7, rule: 'AssertionError', test: 'Cart > adds', message: '2 !== 3' }] } });
  });

  it.each([
    ['a testsuite as the root', '<testsuite><testcase name="a"><error message="boom"/></testcase></testsuite>', { total: 1, failed: 1, skipped: 0 }],
    ['nested suites', '<testsuites><testsuite name="a"><testsuite name="b"><testcase name="c"><failure/></testcase></testsuite><testcase name="d"/></testsuite></testsuites>', { total: 2, failed: 1, skipped: 0 }],
    ['a flaky test that passed in its second run', '<testsuite><testcase name="a"><flakyFailure message="x"/></testcase></testsuite>', { total: 1, failed: 0, skipped: 0 }],
    ['a test that failed again and again', '<testsuite><testcase name="a"><failure message="x"/><rerunFailure message="x"/></testcase></testsuite>', { total: 1, failed: 1, skipped: 0 }],
    ['both a failure and an error', '<testsuite><testcase name="a"><failure message="x"/><error message="y"/></testcase></testsuite>', { total: 1, failed: 1, skipped: 0 }],
    ['a suite that could not run', '<testsuite name="a.js"><error message="cannot load"/></testsuite>', { total: 1, failed: 1, skipped: 0 }],
    ['times with commas, comments and CDATA', '<!-- x --><testsuite time="1,234.5"><testcase name="a" time="1,2"><failure><![CDATA[a < b & c]]></failure></testcase></testsuite>', { total: 1, failed: 1, skipped: 0 }],
    ['a byte order mark', '\ufeff<testsuite/>', { total: 0, failed: 0, skipped: 0 }],
  ])('reads %s', (_what, text, totals) => {
    expect(parse(text)).toMatchObject({ ok: true, value: { totals } });
  });

  it('takes the text when there is no message, with entities resolved once', () => {
    expect(parse('<testsuite name="s"><testcase name="a"><failure>1 &lt; 2 &amp;lt; &#65;&#x42; &unknown;</failure></testcase></testsuite>')).toMatchObject({ ok: true, value: { findings: [{ message: '1 < 2 &lt; AB &unknown;', test: 's > a' }] } });
  });

  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>'],
    ['an external entity', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>'],
    ['elements without end', '<testsuite>'.repeat(100)],
    ['deep nesting', `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`],
    ['wrong closing tags', '<testsuite><a></b></testsuite>'],
    ['too many attributes', `<testsuite ${Array.from({ length: 100 }, (_, index) => `a${index}="1"`).join(' ')}/>`],
    ['an open CDATA section', '<testsuite><![CDATA['],
    ['no XML', '{"tests": 1}'],
    ['other XML', '<html></html>'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parse(text)).toMatchObject({ ok: false });
  });

  it('bounds findings and still counts every failure', () => {
    const cases = Array.from({ length: 800 }, (_, index) => `<testcase name="t${index}"><failure message="m"/></testcase>`).join('');
    expect(parse(`<testsuite>${cases}</testsuite>`)).toMatchObject({ ok: true, value: { totals: { failed: 800 }, findings: { length: 500 }, truncated: 300 } });
  });

  it('answers for any text', () => {
    const piece = fc.constantFrom('<', '>', '/', '"', '=', '<!', '<!--', '-->', '<![CDATA[', ']]>', '&', '&lt;', 'testsuite', '<testcase ', ' name="x"', '<failure>', '</testcase>');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      expect(typeof parse(text).ok).toBe('boolean');
      let depth = 0;
      scanXml(text, (event) => {
        depth += event.type === 'open' ? 1 : event.type === 'close' ? -1 : 0;
        expect(depth).toBeGreaterThanOrEqual(0);
      });
    }));
  });
});
