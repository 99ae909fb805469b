// `npm run bench`: every figure in one table, as ratios within one run on one machine. --strict makes a missed reach exit code 1,
// --only NAME[,NAME] takes some of the rows, --json prints them as JSON, --dist DIR measures another packaged file set.
import { cpus, loadavg, totalmem } from 'node:os';
import { needsDist } from './lib/places.mjs';
import { render, verdictOf } from './lib/table.mjs';

const SOURCES = {
  'cold-start': () => import('./rows/cold-start.mjs'), road: () => import('./rows/road.mjs'), capture: () => import('./capture.mjs'),
  chain: () => import('./rows/chain.mjs'), demo: () => import('./rows/demo.mjs'), gateway: () => import('./rows/gateway.mjs'), text: () => import('./rows/text.mjs'),
  policy: () => import('./rows/policy.mjs'), quality: () => import('./rows/quality.mjs'),
  overlap: () => import('./rows/overlap.mjs'), 'sandbox-start': () => import('./rows/sandbox-start.mjs'), kill: () => import('./rows/kill.mjs'), redteam: () => import('./rows/redteam.mjs'),
  ledger: () => import('./rows/ledger.mjs'), admission: () => import('./rows/admission.mjs'),
  tampering: () => import('./rows/tampering.mjs'), gates: () => import('./rows/gates.mjs'),
};

const argv = process.argv.slice(2);
const at = argv.indexOf('--only');
const wanted = at < 0 ? Object.keys(SOURCES) : (argv[at + 1] ?? '').split(',');
const unknown = wanted.filter((name) => !(name in SOURCES));
if (unknown.length > 0) {
  process.stderr.write(`--only knows ${Object.keys(SOURCES).join(', ')}; not ${unknown.join(', ')}\n`);
  process.exit(2);
}
needsDist();
const [before = 0] = loadavg();
const rows = [];
for (const name of wanted) {
  process.stderr.write(`measuring ${name} …\n`);
  const { rows: measure } = await SOURCES[name]();
  rows.push(...await measure());
}
const [{ model }] = cpus();
process.stdout.write(argv.includes('--json') ? `${JSON.stringify(rows, null, 2)}\n`
  : `Node ${process.version}, ${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}; load ${before.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after (more than the cores before: the machine was busy, believe the ratios only)\n\n${render(rows)}`);
process.exitCode = argv.includes('--strict') && rows.some((row) => verdictOf(row) === 'MISSED') ? 1 : 0;
