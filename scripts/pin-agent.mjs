// Prints the row of a release for src/adapters/agent/lib/supply/pinned-agents.ts: node scripts/pin-agent.mjs AGENT VERSION
// The integrity is the registry's; the package is downloaded, compared with it and read by the product's own code. Compare
// the printed integrity with a lockfile made elsewhere before you commit it. Needs the compiled sources (npm run compile).
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const built = (name) => import(new URL(`../build/adapters/agent/lib/supply/${name}.js`, import.meta.url));
const { PINNED_AGENTS } = await built('pinned-agents');
const { fetchPackage } = await built('fetch-package');
const { PACKAGE_BOUNDS, readPackage } = await built('read-package');
const { hashingSink } = await built('package-sinks');
const { treeDigestOf } = await built('tree-digest');

const [id = '', version = ''] = process.argv.slice(2);
const agent = PINNED_AGENTS[id];
if (agent === undefined || version === '') {
  process.stderr.write(`usage: node scripts/pin-agent.mjs ${Object.keys(PINNED_AGENTS).join('|')} VERSION\n`);
  process.exit(2);
}
const registry = process.env.npm_config_registry ?? 'https://registry.npmjs.org';
const scratch = mkdtempSync(path.join(tmpdir(), 'heddle-pin-'));
try {
  for (const [platform, { name, versionSuffix, entry }] of Object.entries(agent.packages)) await pin(platform, { name, version: `${version}${versionSuffix}`, entry });
} finally {
  rmSync(scratch, { recursive: true });
}

async function pin(platform, wanted) {
  const answer = await fetch(`${registry.replace(/\/$/, '')}/${wanted.name.replace('/', '%2f')}/${wanted.version}`);
  const integrity = answer.ok ? (await answer.json()).dist?.integrity : undefined;
  if (integrity === undefined) {
    process.stderr.write(`${platform}: the registry does not have ${wanted.name}@${wanted.version}\n`);
    return;
  }
  const archive = path.join(scratch, `${platform}.tgz`);
  const fetched = await fetchPackage({ ...wanted, integrity, bytesMax: PACKAGE_BOUNDS.bytesMax }, { url: registry, token: undefined, fetch }, archive);
  if (!fetched.ok) throw new Error(fetched.error.message);
  const facts = [];
  const sink = hashingSink(facts);
  let unpackedBytes = 0;
  await readPackage(archive, { ...sink, begin: (file) => { unpackedBytes += file.bytes; return sink.begin(file); } });
  if (!facts.some((file) => file.path === wanted.entry)) throw new Error(`${wanted.name}@${wanted.version} does not hold ${wanted.entry}`);
  process.stdout.write(`'${platform}': { integrity: '${integrity}', tree: '${treeDigestOf(facts)}', packedBytes: ${statSync(archive).size}, unpackedBytes: ${unpackedBytes} },\n`);
}
