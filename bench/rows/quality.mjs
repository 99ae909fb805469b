// The quality gate: a report of 50 MB in a process of its own, and the rules over a small and a large change.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuTimed, interleaved, run } from '../lib/measure.mjs';
import { CHILD_ENV, NODE, TEMP } from '../lib/places.mjs';

const MEGABYTES = 50;
const ROUNDS = 3;
const READER = fileURLToPath(new URL('../lib/read-sarif.mjs', import.meta.url));

export async function rows() {
  return [...await reportRows(), ...await gateRows()];
}

async function reportRows() {
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-'));
  try {
    const file = path.join(folder, 'large.sarif');
    writeFileSync(file, sarif(MEGABYTES * 1e6));
    const read = async (way) => {
      const { ms, megabytes } = JSON.parse((await run(NODE, [READER, way, file], { env: CHILD_ENV })).stdout);
      return { ms, megabytes };
    };
    const seen = await interleaved(ROUNDS, { ours: () => read('ours'), whole: () => read('whole') });
    const what = `SARIF of ${MEGABYTES} MB (baseline: JSON.parse of the whole text, nothing more)`;
    return [
      { what: `${what}, time`, ours: seen.ours.ms, baseline: seen.whole.ms, unit: 'ms', goal: 3000, of: 'ours' },
      { what: `${what}, memory of the process`, ours: seen.ours.megabytes, baseline: seen.whole.megabytes, unit: 'MB', goal: 300, of: 'ours' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sarif(bytes) {
  const rules = Array.from({ length: 200 }, (_, at) => ({ id: `R${at}`, shortDescription: { text: `rule ${at}` }, properties: { tags: ['security'], 'security-severity': '7.5' } }));
  const results = [];
  for (let size = 0, at = 0; size < bytes; at += 1) {
    const text = JSON.stringify({
      ruleId: `R${at % 200}`, ruleIndex: at % 200, level: 'error', message: { text: `Something is wrong in this place, namely number ${at}` }, partialFingerprints: { primaryLocationLineHash: `${(at * 7919).toString(16).padStart(16, 'a')}:1` },
      locations: [{ physicalLocation: { artifactLocation: { uri: `src/dir${at % 50}/file${at % 900}.ts`, uriBaseId: '%SRCROOT%' }, region: { startLine: 1 + (at % 3000), startColumn: 3, snippet: { text: `   const x = run(input); // ${'pad '.repeat(90)}` } } } }],
      codeFlows: [{ threadFlows: [{ locations: [{ location: { physicalLocation: { artifactLocation: { uri: 'src/a.ts' }, region: { startLine: at } } } }] }] }],
    });
    results.push(text);
    size += text.length + 1;
  }
  return `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"bench","rules":${JSON.stringify(rules)}}},"results":[${results.join(',')}]}]}`;
}

async function gateRows() {
  const [{ quality }, { Configuration }] = await Promise.all([import('../../build/gates/quality/judge-quality.js'), import('../../build/config/configuration.js')]);
  const rowOf = async ({ what, changed, lines, tree, goal }) => {
    const input = changeOf({ changed, lines, tree, config: Configuration.parse({}) });
    const { ours } = await interleaved(5, { ours: () => cpuTimed(() => quality(input())) });
    return { what, ours, baseline: undefined, unit: 'ms', goal, of: 'ours' };
  };
  return [
    await rowOf({ what: 'quality of a change of 10 files and 500 lines in a tree of 500 files: issues, coverage, copies, complexity (CPU time)', changed: 10, lines: 50, tree: 500, goal: 150 }),
    await rowOf({ what: 'quality of a change of 1,000 files and 50,000 lines in a tree of 2,000 files (CPU time)', changed: 1000, lines: 50, tree: 2000, goal: 3000 }),
  ];
}

function changeOf({ changed, lines, tree, config }) {
  const body = (name, count) => Array.from({ length: count }, (_, at) => `export function ${name}${at}(value) { return value > ${at} ? compute${at % 7}(value, ${at}) : other${at % 5}[value]; }`).join('\n');
  const before = new Map(Array.from({ length: tree }, (_, at) => [`src/part${at % 20}/file${at}.js`, `${body(`old${at}x`, 100)}\n`]));
  const paths = [...before.keys()].slice(0, changed);
  const added = new Map(paths.map((file, at) => [file, Array.from({ length: lines }, (_, line) => ({ line: line + 1, text: body(`new${at}x${line}y`, 1) }))]));
  const after = new Map([...before].map(([file, text]) => [file, added.has(file) ? `${added.get(file).map((line) => line.text).join('\n')}\n${text}` : text]));
  const issues = (shift) => paths.map((file, at) => ({ tool: 'bench', rule: `R${at % 20}`, concern: 'security', severity: 'high', level: 'error', file, line: 20 + shift, message: 'm', prints: [] }));
  const reports = (shift) => [{
    check: 'all', states: [{ format: 'sarif', path: 'a', state: 'read' }, { format: 'lcov', path: 'b', state: 'read' }], issues: issues(shift), issuesLeftOut: 0, coverageFiles: tree, coverageKinds: ['js'], advisories: [], tasks: [],
    coverage: paths.map((file) => ({ file, lines: Array.from({ length: lines + 100 }, (_, at) => [at + 1, 1]).flat(), branches: [] })),
  }];
  const files = paths.map((file) => ({ path: file, status: 'modified', oldMode: '100644', newMode: '100644', additions: lines, deletions: 0, binary: false }));
  const sizes = [...after].map(([file, text]) => ({ path: file, size: text.length }));
  return () => ({
    candidate: { attempt: 1, base: '0'.repeat(40), tree: '1'.repeat(40), files, stats: { files: changed, additions: changed * lines, deletions: 0, bytes: 1 }, patchDigest: '' }, config, workdir: '', limits: {},
    textOf: async (side, file) => (side === 'base' ? before : after).get(file),
    quality: { patch: paths.map((file) => ({ path: file, added: added.get(file), removed: [] })), external: [], holdsAreDenials: false, reports: { base: reports(0), candidate: reports(lines), idle: [] }, list: async () => sizes },
  });
}
