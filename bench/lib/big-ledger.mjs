// A ledger branch of many ended runs over a year, made in one stream, in the very form that the adapter writes.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { placesOf, linesFile, FORMAT_FILE, FORMAT_TEXT, LIVING_FILE } from '../../build/adapters/ledger-store/lib/layout.js';
import { rowLine } from '../../build/adapters/ledger-store/lib/row-lines.js';

const LINES = `{"event":{"at":"2026-01-01T00:00:00.000Z","fact":{"type":"check-finished","padding":"${'x'.repeat(300)}"}}}\n`.repeat(8);

/** @param now the newest run ends then; `days`: how far back the oldest ended */
export function bigLedger(gitDir, { runs, now, days, branch = 'heddle/ledger' }) {
  mkdirSync(gitDir, { recursive: true });
  const git = (args, input) => {
    const ended = spawnSync('git', ['-C', gitDir, ...args], { input, maxBuffer: 2 ** 28 });
    if (ended.status !== 0) throw new Error(String(ended.stderr));
  };
  git(['init', '--quiet', '--bare', '.']);
  // As forges do it: parts can be fetched alone.
  git(['config', 'uploadpack.allowFilter', 'true']);
  // What a forge computes for a fetch is its own time, and comes from its caches: searching for deltas would be counted as ours here.
  git(['config', 'pack.window', '0']);
  const files = new Map([[FORMAT_FILE, [FORMAT_TEXT]], [LIVING_FILE, ['']]]);
  for (let index = 0; index < runs; index += 1) {
    const at = new Date(Date.parse(now) - ((runs - index) / runs) * days * 86_400_000).toISOString();
    const row = rowOf(index, at);
    const { text } = rowLine(row);
    for (const place of placesOf(row, now)) files.set(place, [...files.get(place) ?? [], `${text}\n`]);
    files.set(linesFile(row.run, at), [`{"run":"${row.run}"}\n${LINES}`]);
  }
  const parts = [`commit refs/heads/${branch}\ncommitter Heddle <heddle@users.noreply.invalid> 1700000000 +0000\ndata 4\nfill\n`];
  for (const [path, texts] of files) {
    const text = texts.join('');
    parts.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
  }
  git(['fast-import', '--quiet'], parts.join(''));
  git(['repack', '-adq']);
}

export function rowOf(index, at, more = {}) {
  return {
    version: 1, run: index.toString(36).padStart(16, '0'), ticket: { tracker: 'github', key: `acme/shop#${index % 7000}` }, repository: 'acme/shop', target: '', at, changedAt: at,
    requestedBy: { login: `person${index % 40}`, id: String(index % 40), kind: 'human' }, labels: ['heddle', 'bug'], owners: ['@acme/pay'], holder: 'ci/1', agent: 'builtin', state: 'ended', outcome: index % 9 === 0 ? 'exhausted' : 'delivered',
    reserved: { cost: 0, tokens: 0, minutes: 0 }, spent: { cost: 420_000, tokens: 90_000, minutes: 9 }, expiresAt: at, scope: ['src/cart/total.ts', 'src/cart/tax.ts'], likeness: Array.from({ length: 64 }, (_, n) => (index * 31 + n * 17) % 5000), ...more,
  };
}
