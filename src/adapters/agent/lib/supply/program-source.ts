import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../../../domain/fault.js';
import { err, ok } from '../../../../kit/result.js';
import type { Result } from '../../../../kit/result.js';
import type { AgentProgram, CodingAgent } from '../../../../ports/coding-agent.js';
import type { Mount } from '../../../../ports/sandbox.js';
import { choosePin, platformOf, wantedVersion } from './choose-pin.js';
import type { AskedPin, Pin } from './choose-pin.js';
import type { Registry } from './fetch-package.js';
import { checkFound, findOnRunner } from './found-program.js';
import { PINNED_AGENTS } from './pinned-agents.js';
import type { PinnedAgent, PinnedAgentId, Platform } from './pinned-agents.js';
import { supplyFault } from './supply-fault.js';
import { install, installedIn } from './tool-cache.js';
import type { Installed } from './tool-cache.js';

/** An agent's program that is here and was checked. */
export interface FoundProgram {
  /** Absolute path of what is executed. */
  readonly command: string;
  /** Arguments before the agent's own: the script, where the program runs in Node. */
  readonly args: readonly string[];
  /** What the sandbox must show, read-only, so that it can run. */
  readonly mounts: readonly Mount[];
  readonly identity: AgentProgram;
}

/** What is here now. `to-install`: the pinned package would be downloaded by the first session. */
export type Looked =
  | { readonly kind: 'here'; readonly program: FoundProgram }
  | { readonly kind: 'to-install'; readonly version: string; readonly package: string; readonly bytes: number | undefined }
  | { readonly kind: 'unfit'; readonly fault: Fault };

/** Where an adapter gets its program from. Adapters never look for it themselves: what is pinned and how it is checked is decided here. */
export interface ProgramSource {
  /** What is here, checked. Downloads nothing, changes nothing. */
  look(): Promise<Looked>;
  /** The program, installed when it must be, and checked. Done once; later calls get the same answer. */
  ready(): Promise<Result<FoundProgram, Fault>>;
  /** The port's members that follow from these: what `look` saw in words, and who `ready` is. */
  readonly probe: CodingAgent['probe'];
  readonly identify: () => Promise<Result<AgentProgram, Fault>>;
}

/** `agent.path`, `agent.version`, `agent.integrity`, `agent.install`. */
export interface SupplyOptions extends AskedPin {
  readonly path: string | undefined;
  readonly install: 'auto' | 'never';
}

export interface SupplyDeps {
  /** PATH of the orchestrator. */
  readonly searchPath: string;
  /** Folder of the tool cache: outside of every work tree. */
  readonly cache: string;
  readonly registry: Registry;
  /** For tests: another table, another machine. */
  readonly agents?: Readonly<Record<string, PinnedAgent>>;
  readonly platform?: Platform | undefined;
}

/**
 * The program of one of the pinned agents. In this order: `agent.path`; the pinned package in the tool cache; a program of
 * that version on the PATH; the pinned package, downloaded, unless `agent.install` is `never`. With `agent.version: any`
 * the PATH comes before the cache.
 */
export function programSource(id: PinnedAgentId, options: SupplyOptions, deps: SupplyDeps): ProgramSource {
  const table: Readonly<Record<string, PinnedAgent>> = deps.agents ?? PINNED_AGENTS;
  const agent = { id, ...(table[id] ?? PINNED_AGENTS[id]) };
  const supply: Supply = { agent, options, deps, platform: deps.platform ?? platformOf(process) };
  let ready: Promise<Result<FoundProgram, Fault>> | undefined;
  const source = { look: () => look(supply), ready: () => (ready ??= makeReady(supply)) };
  return {
    ...source,
    probe: async () => wordsOf(await source.look()),
    identify: async () => {
      const found = await source.ready();
      return found.ok ? ok(found.value.identity) : found;
    },
  };
}

/** For `heddle doctor`: pinned, installed, found or not fit. */
function wordsOf(looked: Looked): Awaited<ReturnType<CodingAgent['probe']>> {
  switch (looked.kind) {
    case 'here': {
      const { version, origin, digest } = looked.program.identity;
      const where = looked.program.args[0] ?? looked.program.command;
      return { ok: true, version: origin === 'installed' ? `${version}, installed by Heddle and unchanged (${digest})` : `${version}, found at ${where} (${digest})` };
    }
    case 'to-install': {
      const size = looked.bytes === undefined ? '' : `, ${Math.round(looked.bytes / 1e6)} MB`;
      return { ok: true, version: `${looked.version}, pinned and not here yet: the first run downloads ${looked.package}${size}. To have it now: heddle doctor --install` };
    }
    case 'unfit': return { ok: false, message: looked.fault.message };
  }
}

interface Supply {
  readonly agent: PinnedAgent & { readonly id: string };
  readonly options: SupplyOptions;
  readonly deps: SupplyDeps;
  readonly platform: Platform | undefined;
}

async function makeReady(supply: Supply): Promise<Result<FoundProgram, Fault>> {
  const looked = await look(supply);
  if (looked.kind === 'here') return ok(looked.program);
  if (looked.kind === 'unfit') return err(looked.fault);
  const pin = pinOf(supply);
  if (!pin.ok) return pin;
  const installed = await install(supply.deps.cache, pin.value, supply.deps.registry);
  return installed.ok ? ok(installedProgram(pin.value, installed.value)) : installed;
}

async function look(supply: Supply): Promise<Looked> {
  const { agent, options, deps } = supply;
  if (options.path !== undefined) return onRunner(supply, options.path);
  const pin = pinOf(supply);
  const any = wantedVersion(agent, options) === undefined;
  if (!any && pin.ok) {
    const installed = await installedIn(deps.cache, pin.value);
    if (!installed.ok) return { kind: 'unfit', fault: installed.error };
    if (installed.value !== undefined) return { kind: 'here', program: installedProgram(pin.value, installed.value) };
  }
  const found = await onRunner(supply, agent.program);
  // Never fall back from a program that is there and was asked for with any version.
  if (found.kind === 'here' || (any && found.fault.code !== 'not-installed')) return found;
  if (options.install === 'never') return found;
  if (!pin.ok) return { kind: 'unfit', fault: pin.error };
  const installed = any ? await installedIn(deps.cache, pin.value) : ok(undefined);
  if (!installed.ok) return { kind: 'unfit', fault: installed.error };
  if (installed.value !== undefined) return { kind: 'here', program: installedProgram(pin.value, installed.value) };
  return { kind: 'to-install', version: pin.value.version, package: `${pin.value.package.name}@${pin.value.package.version}`, bytes: pin.value.known?.packedBytes };
}

/** On musl the programs that need glibc would be downloaded in vain. */
function pinOf({ agent, options, platform }: Supply): Result<Pin, Fault> {
  const pin = choosePin(agent, options, platform);
  if (!pin.ok || !pin.value.package.glibc || hasGlibc()) return pin;
  return err(supplyFault('unsupported', `${pin.value.package.name} needs glibc, which this runner (Alpine or another musl system) does not have. Use an image with glibc, or install ${agent.id} yourself and set agent.path.`));
}

/** The loader that the programs name. Where it is missing the system would say that the program itself is not there. */
function hasGlibc(): boolean {
  return ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'].some((loader) => existsSync(loader));
}

async function onRunner({ agent, options, deps, platform }: Supply, name: string): Promise<Extract<Looked, { kind: 'here' | 'unfit' }>> {
  const found = await findOnRunner(agent, { name, searchPath: deps.searchPath, platform });
  if (found === undefined) {
    const install = `Install it with: npm install --global ${agent.wrapper}@${wantedVersion(agent, options) ?? agent.version}`;
    return { kind: 'unfit', fault: supplyFault('not-installed', options.path === undefined
      ? `The program ${agent.program} was not found on the PATH, and agent.install is never. ${install}, or set agent.path, or set agent.install to auto.`
      : `agent.path is ${JSON.stringify(options.path.slice(0, 300))}: there is no program that may be executed. Give an absolute path, or leave it out and Heddle installs the pinned one. ${install}`) };
  }
  const checked = await checkFound(found, { agent, version: wantedVersion(agent, options), searchPath: deps.searchPath });
  return checked.ok ? { kind: 'here', program: checked.value } : { kind: 'unfit', fault: checked.error };
}

function installedProgram(pin: Pin, { folder, digest }: Installed): FoundProgram {
  const entry = join(folder, pin.package.entry);
  const identity = { version: pin.version, digest, origin: 'installed' } as const;
  const shown = { from: folder, to: folder, writable: false };
  return pin.runtime === 'native'
    ? { command: entry, args: [], mounts: [shown], identity }
    : { command: process.execPath, args: [entry], mounts: [shown, { from: process.execPath, to: process.execPath, writable: false }], identity };
}
