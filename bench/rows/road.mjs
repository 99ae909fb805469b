// The whole road as a runner walks it: the packaged action, an issues.labeled event, the stateful fake GitHub on loopback, real
// git, the sandbox of this machine, one check that is `true`, and an agent that is a shell script which stamps the time.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import '../lib/typescript.mjs';
import { interleaved, mustRun, now } from '../lib/measure.mjs';
import { makeRepository } from '../lib/repository.mjs';
import { DIST, NODE, ROOT, TEMP } from '../lib/places.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SLUG = 'acme/shop';
/** `EPOCHREALTIME` of bash costs no process of its own, so the stamps are of this very moment. */
const AGENT = ['bash', '-c', 'echo "$EPOCHREALTIME" > stamps.txt; echo "export const total = 2;" > src/changed.ts; echo "$EPOCHREALTIME" >> stamps.txt'];
const CONFIG = JSON.stringify({
  version: 1, agent: { id: 'command', command: AGENT, uses_model: false }, checks: { unit: { run: 'true' } }, limits: { attempts: 1 },
  delivery: { start_ci: false }, sandbox: { min_rung: 'none' },
});
/** Clear enough for admission to begin at once. */
const TICKET = `## What happens

Reading \`total\` from \`src/changed.ts\` gives nothing: the file is not there.

## Steps to reproduce

1. Import \`total\` from \`src/changed.ts\`.

## Expected

\`total\` is 2. Only \`src/changed.ts\` has to change; nothing else is in scope.

## Acceptance criteria

- [ ] \`src/changed.ts\` exports \`total\`
- [ ] \`total\` is 2
`;

export async function rows() {
  const small = await walk(5_000);
  const large = await walk(10_000);
  return [
    { what: 'start of the packaged action -> agent spawned, 5,000 files, checks excluded (baseline: `git clone --local` of it)', ours: small.toAgent, baseline: small.clone, unit: 'ms', goal: 1000, of: 'ours' },
    { what: 'the same with the check on the base', ours: small.toAgentAll, baseline: small.clone, unit: 'ms', goal: null },
    { what: 'agent ended -> pull request requested, 10,000 files, checks excluded (baseline: `git clone --local` of it)', ours: large.toChange, baseline: large.clone, unit: 'ms', goal: 1000, of: 'ours' },
    { what: 'the same with the check on the candidate', ours: large.toChangeAll, baseline: large.clone, unit: 'ms', goal: null },
  ];
}

async function walk(files) {
  const { serveFakes } = await import('../../test/fakes/github/serve.ts');
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-road-'));
  const repository = await makeRepository(path.join(folder, 'repository'), files, { '.heddle.yml': CONFIG });
  const services = await serveFakes({ slug: SLUG, gitDir: path.join(repository.folder, '.git'), commit: repository.head, roles: { amy: 'write' } });
  const arrivals = listen(services.github);
  try {
    const { ours, clone } = await interleaved(ROUNDS, {
      ours: (round) => once({ services, arrivals, repository, folder: path.join(folder, `job-${round}`) }),
      clone: async (round) => (await mustRun('git', ['clone', '-q', '--local', repository.folder, path.join(folder, `clone-${round}`)])).ms,
    });
    return { ...ours, clone };
  } finally {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** When each request arrived, as the fake's socket saw it. */
function listen(github) {
  const arrivals = [];
  github.server.prependListener('request', (request, response) => {
    const arrival = { at: now(), method: request.method, path: request.url, answered: Infinity };
    arrivals.push(arrival);
    response.once('finish', () => { arrival.answered = now(); });
  });
  return arrivals;
}

async function once({ services, arrivals, repository, folder }) {
  const { github, repository: hosted } = services;
  const amy = github.world.account('amy');
  const issue = github.world.addIssue(hosted, { title: 'Totals are one short', body: TICKET, labels: ['heddle'], author: amy });
  github.world.addEvent(issue, { event: 'labeled', actor: amy, at: github.world.now(), label: 'heddle' });
  mkdirSync(folder);
  const job = await services.job({
    folder, slug: SLUG, eventName: 'issues', payload: payloadFor(issue.number, amy), workspace: repository.folder, inputs: { 'github-token': github.actionsToken, out: 'heddle-run' },
  });
  arrivals.length = 0;
  const ended = await mustRun(NODE, [...(process.env.BENCH_NODE_ARGS ?? '').split(' ').filter(Boolean), path.join(DIST, 'action.js')], { env: { ...job.env, TMPDIR: folder }, cwd: repository.folder });
  const pull = arrivals.find(({ method, path: route }) => method === 'POST' && route === `/repos/${SLUG}/pulls`);
  if (pull === undefined) throw new Error(`no pull request was asked for:\n${ended.stdout}\n${ended.stderr}`);
  const out = path.join(folder, 'temp', 'heddle-run');
  const [spawned, done] = stampsOf(hosted);
  const checks = checkTimes(path.join(out, 'events.jsonl'));
  for (const { number } of hosted.issues.values()) hosted.issues.delete(number);
  if (process.env.BENCH_TRACE) trace({ ended, out, arrivals, spawned, done, pull });
  const toAgentAll = spawned - ended.startedAt;
  const toChangeAll = pull.at - done;
  return { toAgentAll, toAgent: toAgentAll - checks.base, toChangeAll, toChange: toChangeAll - checks.candidate };
}

function payloadFor(number, account) {
  const payload = JSON.parse(readFileSync(path.join(ROOT, 'test/fixtures/github-webhooks/issues.labeled.json'), 'utf8'));
  return {
    ...payload, issue: { ...payload.issue, number }, label: { ...payload.label, name: 'heddle' }, repository: { ...payload.repository, full_name: SLUG },
    sender: { ...payload.sender, login: account.login, id: account.id },
  };
}

/** The stamps travel in the change itself: the one file of the sandbox that is sure to come out. Milliseconds since 1970. */
function stampsOf(hosted) {
  const [branch] = [...hosted.refs.keys()].filter((ref) => ref.startsWith('refs/heads/heddle/'));
  const tree = hosted.git.commit(hosted.refs.get(branch)).tree;
  const { sha } = hosted.git.tree(tree).find((item) => item.name === 'stamps.txt');
  for (const ref of [...hosted.refs.keys()].filter((name) => name !== 'refs/heads/main')) hosted.refs.delete(ref);
  return hosted.git.get('blob', sha).toString('utf8').trim().split('\n').map((text) => Number(text.replace(',', '.')) * 1000);
}

/** What the repository's own checks took, in milliseconds, by the trail. */
function checkTimes(file) {
  const facts = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line).event.fact).filter((fact) => fact.type === 'check-finished');
  const sum = (wanted) => facts.filter(wanted).reduce((total, fact) => total + fact.result.durationMs, 0);
  return { base: sum((fact) => fact.attempt === 0), candidate: sum((fact) => fact.attempt > 0) };
}

/** For the one who looks for the time: every event and every request on one line of time. */
function trace({ ended, out, arrivals, spawned, done, pull }) {
  const events = readFileSync(path.join(out, 'events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line).event);
  const marks = [
    ...events.map((event) => [Date.parse(event.at), event.fact.type]), ...arrivals.map(({ at, answered, method, path: route }) => [at, `  ${method} ${route} (${(answered - at).toFixed(1)})`]),
    [spawned, '* agent spawned'], [done, '* agent done'], [pull.at, '* POST pulls'], [ended.startedAt + ended.ms, '* end'],
  ].sort((a, b) => a[0] - b[0]);
  for (const [at, what] of marks) process.stderr.write(`${(at - ended.startedAt).toFixed(0).padStart(6)} ${what}\n`);
  process.stderr.write('\n');
}
