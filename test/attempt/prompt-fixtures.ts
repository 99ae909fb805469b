import { Brief } from '../../src/domain/brief.js';
import { digestOf } from '../../src/domain/digest.js';
import { JudgedFinding } from '../../src/domain/finding.js';

export const MARK = '0123456789abcdef';

const nobody = { login: 'amy', id: '1', kind: 'human' };

/** A brief with everything in it; a test names what it is about. */
export function brief(over: { readonly title?: string; readonly body?: string; readonly criterion?: string; readonly label?: string; readonly instruction?: string; readonly path?: string; readonly run?: string } = {}): Brief {
  const criteria = [{ id: 'c1', text: over.criterion ?? 'rounds half up', check: 'test' }, { id: 'c2', text: 'keeps cents' }];
  return Brief.parse({
    version: 1, mark: MARK, base: 'a'.repeat(40),
    ticket: {
      ref: { tracker: 'github', key: 'acme/shop#12' }, title: over.title ?? 'Totals are rounded down', body: over.body ?? 'It should be rounded half up.\nSee total.ts.',
      criteria, labels: [over.label ?? 'bug'], author: nobody, rawDigest: digestOf('raw'), removals: [], takenAt: '2026-03-01T09:00:00.000Z', digest: digestOf('x'),
    },
    criteria,
    instructions: [{ path: 'AGENTS.md', digest: digestOf('i'), text: over.instruction ?? 'Use two spaces.' }],
    likelyFiles: [{ path: over.path ?? 'src/total.ts', score: 3, reasons: ['path', 'content 2 terms'] }],
    owners: [], checks: [{ id: 'test', run: over.run ?? 'npm test', origin: 'package.json' }],
    constraints: ['Keep the public interface as it is.'], outOfScope: ['.github/**'], workdir: 'packages/shop',
  });
}

export function finding(over: Partial<JudgedFinding> = {}): JudgedFinding {
  return JudgedFinding.parse({
    fingerprint: digestOf(JSON.stringify(over)), source: 'test', from: 'junit', severity: 'error', file: 'test/total.test.ts', line: 7,
    test: 'total rounds', message: 'expected 2, got 1', standing: 'new', ...over,
  });
}
