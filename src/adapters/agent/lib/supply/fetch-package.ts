import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Fault } from '../../../../domain/fault.js';
import { err, ok } from '../../../../kit/result.js';
import type { Result } from '../../../../kit/result.js';
import { supplyFault } from './supply-fault.js';

export interface WantedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  /** Exact when the package is known, otherwise a bound. */
  readonly bytesMax: number;
}

export interface Registry {
  /** `https://registry.example.com/npm`, with or without a slash behind it. */
  readonly url: string;
  /** A token of the registry's own, sent to its origin alone. Never the forge's. */
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  /** Wait before a second try; tests set 0. */
  readonly backoffMs?: number;
}

const TRIES_MAX = 3;
const REDIRECTS_MAX = 5;
const SILENCE_MS_MAX = 60_000;
const MANIFEST_BYTES_MAX = 1024 * 1024;

/** Of a version's document only where its archive is; npm's own clients read the same member. */
const Manifest = z.object({ dist: z.object({ tarball: z.url({ protocol: /^https?$/ }).max(2000) }) });

/**
 * Downloads one package into a new file and compares its sha512 before anybody looks into it. What does not have it is
 * refused and not tried again: another answer of the same registry would be no better. Network faults are tried three times.
 */
export async function fetchPackage(wanted: WantedPackage, registry: Registry, into: string): Promise<Result<void, Fault>> {
  const root = registryRoot(registry.url);
  if (!root.ok) return root;
  const guess = new URL(`${wanted.name}/-/${wanted.name.split('/').at(-1) ?? ''}-${wanted.version}.tgz`, root.value);
  for (let tried = 1; ; tried += 1) {
    const fetched = await download(wanted, { registry, root: root.value, from: guess, into });
    if (fetched.ok || !fetched.error.retryable || tried === TRIES_MAX) return fetched;
    await sleep((registry.backoffMs ?? 2000) * tried);
  }
}

function registryRoot(url: string): Result<URL, Fault> {
  const parsed = URL.canParse(url) ? new URL(url.endsWith('/') ? url : `${url}/`) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) return err(supplyFault('rejected', 'The npm registry (agent.registry or npm_config_registry) is no http or https address.'));
  if (parsed.username !== '' || parsed.password !== '') return err(supplyFault('rejected', 'The npm registry\'s address (agent.registry or npm_config_registry) holds a user name or password. Leave them out and give a token in HEDDLE_REGISTRY_TOKEN.'));
  return ok(parsed);
}

interface Download { readonly registry: Registry; readonly root: URL; readonly from: URL; readonly into: string }

async function download(wanted: WantedPackage, at: Download): Promise<Result<void, Fault>> {
  const watch = new Watch();
  try {
    let answer = await follow(at.from, at, watch);
    // Some registries keep their archives elsewhere and say so in the version's document.
    if (answer.status === 404) {
      const named = await archiveNamed(wanted, at, watch);
      if (named !== undefined) answer = await follow(named, at, watch);
    }
    if (answer.status !== 200 || answer.body === null) return err(statusFault(answer.status, wanted, at));
    return await keep(answer.body, { wanted, into: at.into, watch });
  } catch (cause) {
    if (cause instanceof BadRedirect) return err(supplyFault('rejected', `The npm registry ${at.root.host} ${cause.message}.`));
    return err(supplyFault('unreachable', `${wanted.name}@${wanted.version} could not be downloaded from ${at.root.host}: ${networkWords(cause)}. Try again, set agent.registry to a registry that this runner reaches, or install the agent beforehand and set agent.path.`, { side: 'theirs', retryable: true }));
  } finally {
    watch.end();
  }
}

class BadRedirect extends Error {
  override readonly name = 'BadRedirect';
}

/** Follows redirects by hand: the token must not leave the registry's origin, and https must not become http. */
async function follow(from: URL, { registry, root }: Download, watch: Watch): Promise<Response> {
  let url = from;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const authorised = registry.token !== undefined && url.origin === root.origin;
    const answer = await registry.fetch(url, {
      redirect: 'manual', signal: watch.signal,
      headers: { 'user-agent': 'heddle', ...(authorised ? { authorization: `Bearer ${registry.token ?? ''}` } : {}) },
    });
    watch.sign();
    const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
    if (location === null) return answer;
    await answer.body?.cancel();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next === undefined || !/^https?:$/.test(next.protocol)) throw new BadRedirect('leads to an address that is none');
    if (url.protocol === 'https:' && next.protocol === 'http:') throw new BadRedirect('leads from https to http');
    url = next;
  }
  throw new BadRedirect(`leads on more than ${REDIRECTS_MAX} times`);
}

async function archiveNamed({ name, version }: WantedPackage, at: Download, watch: Watch): Promise<URL | undefined> {
  const answer = await follow(new URL(`${name.replace('/', '%2f')}/${version}`, at.root), at, watch);
  if (answer.status !== 200 || answer.body === null) return undefined;
  const text: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > MANIFEST_BYTES_MAX) return undefined;
    text.push(chunk);
  }
  const parsed = Manifest.safeParse(jsonOf(Buffer.concat(text).toString('utf8')));
  return parsed.success ? new URL(parsed.data.dist.tarball) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes the bytes as they come and compares their sha512 when they are all there. */
async function keep(body: ReadableStream<Uint8Array>, { wanted, into, watch }: { readonly wanted: WantedPackage; readonly into: string; readonly watch: Watch }): Promise<Result<void, Fault>> {
  const hash = createHash('sha512');
  const file = await open(into, 'w', 0o644);
  let bytes = 0;
  try {
    for await (const chunk of body) {
      watch.sign();
      bytes += chunk.length;
      if (bytes > wanted.bytesMax) return err(changed(wanted, `it is larger than ${wanted.bytesMax} bytes`));
      hash.update(chunk);
      for (let rest = chunk; rest.length > 0;) rest = rest.subarray((await file.write(rest)).bytesWritten);
    }
  } finally {
    await file.close();
  }
  const integrity = `sha512-${hash.digest('base64')}`;
  return integrity === wanted.integrity ? ok(undefined) : err(changed(wanted, `its integrity is ${integrity}`));
}

function changed({ name, version, integrity }: WantedPackage, seen: string): Fault {
  return supplyFault('rejected', `${name}@${version} from the npm registry is not the package that is pinned: ${seen}, the pin is ${integrity}. Nothing of it was unpacked. If the registry is right, the pin is wrong: compare it with \`npm view ${name}@${version} dist.integrity\` elsewhere before you change it.`);
}

function statusFault(status: number, { name, version }: WantedPackage, { root }: Download): Fault {
  const what = `${name}@${version}`;
  if (status === 401 || status === 403) return supplyFault('unauthorized', `The npm registry ${root.host} refused ${what} with status ${status}. If it wants a token, give one that may read in HEDDLE_REGISTRY_TOKEN.`);
  if (status === 404) return supplyFault('not-found', `The npm registry ${root.host} does not have ${what}. Set agent.registry to one that has it, or agent.version to a version it has (with agent.integrity).`);
  return supplyFault(status === 429 ? 'rate-limited' : 'service-error', `The npm registry ${root.host} answered ${what} with status ${status}.`, { side: 'theirs', retryable: status === 429 || status >= 500 });
}

/** undici wraps what happened to the socket into its cause. Only the code is shown: the rest may be the server's words. */
function networkWords(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  if (typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'string') return inner.code.slice(0, 60);
  return cause instanceof Error && cause.name === 'AbortError' ? `nothing came for ${SILENCE_MS_MAX / 1000} seconds` : 'the connection broke';
}

/** Ends a download in which nothing comes any more. A slow one that goes on is left alone: its size is bounded. */
class Watch {
  private readonly stop = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    this.sign();
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  sign(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.stop.abort(); }, SILENCE_MS_MAX);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
