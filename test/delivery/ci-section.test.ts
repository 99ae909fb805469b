import { describe, expect, it } from '@jest/globals';
import { CI_SECTION_CHARS_MAX, ciSection } from '../../src/delivery/ci-section.js';

describe('ciSection', () => {
  it('says why nothing was started', () => {
    expect(ciSection({ kind: 'none', why: 'No workflow run exists for the commit.' })).toBe('\n\n### The repository\'s own CI on this branch\n\nNot started: No workflow run exists for the commit.\n');
  });

  it('shows ten runs and counts the others', () => {
    const runs = Array.from({ length: 12 }, (_, index) => ({ name: `job ${index}`, url: `https://github.example/runs/${index}` }));
    const text = ciSection({ kind: 'started', runs });
    expect(text.match(/^- \[/gm)).toHaveLength(10);
    expect(text).toContain('- and 2 more');
  });

  it('never takes more room than the packet leaves', () => {
    const long = 'x'.repeat(5_000);
    const runs = Array.from({ length: 50 }, (_, index) => ({ name: `${long}${index}`, url: `https://github.example/${'y'.repeat(900)}${index}` }));
    expect(ciSection({ kind: 'started', runs }, [long, long, long, long]).length).toBeLessThanOrEqual(CI_SECTION_CHARS_MAX);
    expect(ciSection({ kind: 'none', why: long }, [long]).length).toBeLessThanOrEqual(CI_SECTION_CHARS_MAX);
  });
});
