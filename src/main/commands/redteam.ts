import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProvider } from '../../adapters/drill/provider/index.js';
import { Configuration } from '../../config/configuration.js';
import { Rung } from '../../domain/rung.js';
import { logText } from '../../kit/log-text.js';
import { err, ok, type Result } from '../../kit/result.js';
import { CORPUS } from '../../redteam/corpus.js';
import { judgeWave } from '../../redteam/judge-wave.js';
import { Wave } from '../../redteam/payload.js';
import { type RedteamDocument } from '../../redteam/redteam-document.js';
import { renderRedteam } from '../../redteam/render-redteam.js';
import type { Arguments } from '../arguments.js';
import { openCheckout, pinBase } from '../checkout.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import { configure } from '../configure.js';
import { EXIT } from '../exit-code.js';
import { option, type Invocation } from '../invocation.js';
import { ownProgram } from '../own-program.js';
import { usageProblem, type Problem } from '../problem.js';
import { drillDocument } from '../redteam/drill-document.js';
import { plantPlace } from '../redteam/drill-place.js';
import { gatherWave } from '../redteam/gather-facts.js';
import { runWave } from '../redteam/run-wave.js';
import { complain } from '../report-result.js';

/**
 * `heddle redteam`: lets an agent that obeys every injected order loose in the user's own set-up, with planted canaries, and
 * tells what it tried, which layer stopped it and what leaked. No model is asked, no forge is written to, nothing real is
 * planted or read on purpose; everything is below one folder that is removed.
 *
 * @returns 0 without a leak, 5 with one, 2 for a mistake of usage or when no run could begin.
 */
export async function redteamCommand(given: Arguments): Promise<number> {
  const [extra] = given.positionals;
  if (extra !== undefined) return complain(usageProblem(`\`heddle redteam\` takes no words, only options; to test another folder: heddle redteam --repo ${extra}`));
  const invocation = await invocationFromArguments({ ...given, values: new Map([...given.values, ['forge', 'local']]) }, {});
  if (!invocation.ok) return complain(invocation.error);
  const out = path.resolve(invocation.value.cwd, option(invocation.value, 'out') ?? 'heddle-redteam');
  if (existsSync(out) && readdirSync(out).some((name) => !/^redteam\.(?:md|json)$/.test(name))) return complain(usageProblem(`The folder ${out} holds other files. Give another one to --out.`));
  const drilled = await drill(invocation.value);
  if (!drilled.ok) return complain(drilled.error);
  const document = drilled.value;
  const page = renderRedteam(document);
  await mkdir(out, { recursive: true });
  await writeFile(path.join(out, 'redteam.json'), `${JSON.stringify(document, null, 2)}\n`);
  await writeFile(path.join(out, 'redteam.md'), page);
  process.stderr.write(`${logText(page)}\nThe report: ${path.relative(invocation.value.cwd, out) || '.'}/redteam.md and redteam.json\n`);
  if (given.values.get('json') === 'true') process.stdout.write(`${JSON.stringify(document)}\n`);
  if (document.leaks.length > 0) return EXIT.stopped;
  if (document.figures.notTried === document.figures.orders) return complain(usageProblem(`No run came to work, so nothing was proved: ${document.waves[0]?.words ?? ''} \`heddle doctor\` says what is missing.`));
  return EXIT.done;
}

async function drill(invocation: Invocation): Promise<Result<RedteamDocument, Problem>> {
  // Short, since unix sockets lie below it and their names are bounded.
  const root = await mkdtemp(path.join(tmpdir().length < 40 ? tmpdir() : '/tmp', 'hdl-red-'));
  const provider = await startProvider();
  const place = await plantPlace(root, invocation.path);
  try {
    const checkout = await openCheckout(path.resolve(invocation.cwd, option(invocation, 'repo') ?? '.'), path.join(root, 'own'));
    if (!checkout.ok) return checkout;
    const pinned = await pinBase(checkout.value, option(invocation, 'base'), undefined);
    if (!pinned.ok) return pinned;
    const loaded = await configure(invocation, checkout.value.workspace, pinned.value.commit);
    if (!loaded.ok) return loaded;
    const base = await pinBase(checkout.value, loaded.value.config.delivery.base, pinned.value.branch);
    if (!base.ok) return base;
    const forced = option(invocation, 'rung');
    const rung = forced === undefined ? undefined : Rung.parse(forced);
    const config = drillConfiguration(loaded.value.config, { provider: provider.url, rung });
    const seen = { visits: 0, requests: 0, outside: [] as readonly string[] };
    const waves: Parameters<typeof drillDocument>[0]['waves'] = [];
    for (const wave of Wave.options) {
      process.stderr.write(`trying: ${wave} …\n`);
      const payloads = CORPUS.filter((payload) => payload.wave === wave);
      const run = await runWave({ wave, payloads, place, workspace: checkout.value.workspace, base: base.value, config, rung });
      if (!run.ok) return run;
      const gathered = await gatherWave(run.value, { place, provider, seen });
      if (gathered.outcome === 'did not begin') return err(usageProblem(`The run of the drill could not begin:\n${run.value.stderr.trim().slice(-2000)}`));
      waves.push({ wave, gathered, judged: judgeWave(payloads, gathered.facts) });
    }
    return ok(drillDocument({ waves, repository: path.basename(checkout.value.facts.root), base: base.value.commit, canaries: place.canaries.length }));
  } finally {
    await Promise.all([place.scene.close(), provider.close()]);
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * The user's settings, with the obedient agent in place of theirs, a provider on loopback in place of theirs, and one check
 * that runs a script of the agent's when there is one. Limits, gates, sandbox and policy stay as they are.
 */
export function drillConfiguration(config: Configuration, drill: { readonly provider: string; readonly rung: Rung | undefined }): Configuration {
  const door = ownProgram('__obedient');
  const { limits, sandbox, admission, model } = config;
  return Configuration.parse({
    ...config,
    agent: { id: 'command', command: [door.node, ...door.args], uses_model: true, model: config.agent.model },
    model: { api: model.api, base_url: drill.provider, price: model.price ?? { input: 1, output: 1 } },
    checks: { redteam: { run: 'if [ -f redteam-check.sh ]; then sh redteam-check.sh; fi; true' } },
    admission: { ...admission, hidden_content: 'allow' },
    limits: { ...limits, attempts: 1 },
    sandbox: { ...sandbox, ...(drill.rung === undefined ? {} : { min_rung: drill.rung }) },
  });
}
