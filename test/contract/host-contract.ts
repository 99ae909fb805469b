import { describe, expect, it } from '@jest/globals';
import { Digest } from '../../src/domain/ids.js';
import { CheckId } from '../../src/domain/ids.js';
import { untrusted } from '../../src/domain/text.js';
import type { Host, JobReports } from '../../src/ports/host.js';
import { commandsAfterStripping } from '../containment/runner-commands.js';
import { value } from './forge-contract.js';

/** A host over a memory: what it printed so far, and the files that it wrote, by what they are for. */
export interface OpenedHost {
  readonly host: Host;
  printed(): string;
  /** Everything that the host wrote into files so far. */
  written(): Promise<string>;
}

export interface HostCase {
  readonly name: string;
  /** `again`: the same CI run once more, as a retried or re-run job sees it. */
  open(again?: boolean): Promise<OpenedHost>;
}

const SECRET = 'canary-host-5f0c1a9b';
const HOSTILE = ['plain', '::add-mask::a', '##[group]a', 'section_start:1:a\r\u001b[0Kb', '\u001b[31mred\u001b[0m', 'a\r::set-env name=A::b', 'ok\u2028::error::b'];

/** What main and the sinks count on, whatever stands around the run. */
export function hostContract({ name, open }: HostCase): void {
  describe(`host ${name}`, () => {
    it('is the same holder in a retry, and another word than its attempt', async () => {
      const [first, again] = [(await open()).host, (await open(true)).host];
      expect(again.facts.runKey).toBe(first.facts.runKey);
      expect(first.facts.runKey.length).toBeLessThanOrEqual(1000);
      expect(first.facts.runKey).toMatch(/^[a-z]+\/\S+$/);
      expect(first.facts.attempt).toBeGreaterThanOrEqual(1);
      for (const url of [first.facts.url, first.facts.evidenceUrl]) if (url !== undefined) expect(url).toMatch(/^https?:\/\//);
    });

    it('prints a line as a line, which commands nothing', async () => {
      const { host, printed } = await open();
      for (const line of HOSTILE) host.line(line);
      expect(commandsAfterStripping(printed())).toEqual([]);
      expect(printed()).not.toMatch(/[\u001b\r\u2028]/);
      expect(printed().split('\n').length).toBeGreaterThanOrEqual(HOSTILE.length);
    });

    it('closes what it opened, and takes an end too many', async () => {
      const { host, printed } = await open();
      host.group('outside');
      host.group('inside');
      host.line('in');
      host.endGroup();
      host.endGroup();
      host.endGroup();
      expect(printed()).toContain('in\n');
      const opened = printed().match(/section_start:|::group::/g) ?? [];
      const closed = printed().match(/section_end:|::endgroup::/g) ?? [];
      expect(closed.length).toBeGreaterThanOrEqual(opened.length);
    });

    it('a title, an annotation and an output cannot begin a line of their own', async () => {
      const { host, printed } = await open();
      host.group('a\n::error::b');
      host.endGroup();
      host.annotate('warning', 'bad\r\n::error::c', { file: 'a.ts', line: 2 });
      await host.output('outcome', 'x\n::error::d');
      expect(printed().split(/[\r\n]/).filter((line) => /^::error::/.test(line))).toEqual([]);
    });

    it('keeps a summary and outputs, and says so as a value', async () => {
      const { host, written } = await open();
      value(await host.summary('# All is well\n'));
      await host.output('outcome', 'delivered');
      expect(await written()).toContain('# All is well');
      expect(await written()).toContain('delivered');
    });

    it('shows a masked value in no line that it prints itself', async () => {
      const { host, printed } = await open();
      host.mask(SECRET);
      const before = printed().length;
      host.line(`the ${SECRET} is out`);
      host.annotate('error', `again ${SECRET}`);
      const after = printed().slice(before);
      // GitHub's runner hides what `add-mask` named; the others hide it themselves.
      if (printed().includes('::add-mask::')) expect(printed()).toContain(`::add-mask::${SECRET}`);
      else expect(after).not.toContain(SECRET);
    });

    it('writes report files of whatever was found, where it has such', async () => {
      const { host, written } = await open();
      if (host.reports === undefined) return;
      value(await host.reports(REPORTS));
      expect(await written()).toContain('total.js');
    });
  });
}

const digest = (char: string): Digest => Digest.parse(`sha256:${char.repeat(64)}`);
const unit = CheckId.parse('unit');

/** One failing test, one finding with a place, one that was there before, hostile text in all of them. */
export const REPORTS: JobReports = {
  checks: [
    { check: unit, outcome: { kind: 'failed', exitCode: 1 }, durationMs: 1234, outputBytes: 10, findings: 3 },
    { check: CheckId.parse('lint'), outcome: { kind: 'passed' }, durationMs: 5, outputBytes: 0, findings: 0 },
    { check: CheckId.parse('types'), outcome: { kind: 'skipped', reason: 'need-failed' }, durationMs: 0, outputBytes: 0, findings: 0 },
  ],
  findings: [
    { fingerprint: digest('a'), source: unit, from: 'junit', severity: 'error', standing: 'new', file: 'src/total.js', line: 3, test: 'total "rounds" <half> up', message: untrusted('expected ]]> 2\n::error::no & <b>\u0000\u001b[31m') },
    { fingerprint: digest('b'), source: unit, from: 'junit', severity: 'error', standing: 'pre-existing', test: 'old one', message: untrusted('was red') },
    { fingerprint: digest('c'), source: unit, from: 'log', severity: 'warning', standing: 'new', file: 'src/total.js', message: untrusted('unused') },
    { fingerprint: digest('c'), source: unit, from: 'log', severity: 'warning', standing: 'new', file: 'src/total.js', line: 9, message: untrusted('unused') },
  ],
  coverage: [{ file: 'src/total.js', lines: [1, 4, 2, 0], branches: [] }],
  links: [{ label: 'The change', url: 'https://gitlab.example/a/b/-/merge_requests/1' }, { label: 'bad', url: 'javascript:alert(1)' }],
};
