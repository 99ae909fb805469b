import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fault } from '../../../../domain/fault.js';
import type { Digest } from '../../../../domain/ids.js';
import { err, ok } from '../../../../kit/result.js';
import type { Result } from '../../../../kit/result.js';
import type { Pin } from './choose-pin.js';
import { fetchPackage } from './fetch-package.js';
import type { Registry } from './fetch-package.js';
import { makeOpenFolder } from './open-folder.js';
import { hashingSink, writingSink } from './package-sinks.js';
import { BadPackage, PACKAGE_BOUNDS, readPackage } from './read-package.js';
import { supplyFault } from './supply-fault.js';
import { factsBelow, treeDigestOf } from './tree-digest.js';
import type { FileFact } from './tree-digest.js';

/** A package in the tool cache whose files were just compared with its pin. */
export interface Installed { readonly folder: string; readonly digest: Digest }

const ARCHIVE = 'package.tgz';
const FILES = 'package';
const STALE_MS = 24 * 60 * 60 * 1000;

/**
 * The package in the cache, or undefined when it is not there. Every byte is compared with the pin, each time: whoever may
 * write the cache (another job of a runner that is kept) would otherwise choose what runs with the next ticket. For a known
 * release the digest of its files stands in the table; for a pin of the user's own the archive is kept beside the files,
 * and is itself compared with the integrity.
 */
export async function installedIn(cache: string, pin: Pin): Promise<Result<Installed | undefined, Fault>> {
  const place = join(cache, folderOf(pin));
  if (await stat(place).then(() => false, () => true)) return ok(undefined);
  const folder = join(place, FILES);
  const found = await factsBelow(folder).catch((error: unknown) => ({ files: [], odd: codeOf(error) }));
  const wanted = pin.known === undefined ? await archiveDigest(join(place, ARCHIVE), pin) : pin.known.tree;
  const digest = treeDigestOf(found.files);
  if (found.odd === undefined && wanted === digest) return ok({ folder, digest });
  const seen = found.odd === undefined ? `its files have the digest ${digest}, not ${wanted ?? 'that of a package with the pinned integrity'}` : `it holds ${JSON.stringify(found.odd.slice(0, 200))}, which no package does`;
  return err(supplyFault('conflict', `${pin.agent} ${pin.version} in the tool cache is not what was installed there: ${seen}. Somebody or something has changed ${place}. Find out who may write there, then delete the folder; the next run installs it again.`));
}

/** Downloads, checks and unpacks the package, and puts it into the cache in one step: nobody ever sees a half one. */
export async function install(cache: string, pin: Pin, registry: Registry): Promise<Result<Installed, Fault>> {
  try {
    // What is above it may be the person's own, and is made as this machine makes folders.
    await mkdir(dirname(cache), { recursive: true });
    await makeOpenFolder(cache);
    await removeStale(cache);
  } catch (error) {
    return err(supplyFault('io', `The tool cache ${cache} cannot be written (${codeOf(error)}). Set RUNNER_TOOL_CACHE or HOME to a folder that this user may write, or install the agent beforehand and set agent.path.`));
  }
  const draft = join(cache, `.draft-${randomBytes(8).toString('hex')}`);
  try {
    await makeOpenFolder(join(draft, FILES));
    const made = await fill(draft, pin, registry);
    if (!made.ok) return made;
    return await moveIn(cache, draft, pin);
  } catch (error) {
    if (codeOf(error) === 'unknown error') throw error;
    return err(supplyFault('io', `${pin.agent} ${pin.version} could not be written into the tool cache ${cache} (${codeOf(error)}).`, { side: 'ours' }));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fill(draft: string, pin: Pin, registry: Registry): Promise<Result<void, Fault>> {
  const archive = join(draft, ARCHIVE);
  const { name, version } = pin.package;
  const bytesMax = pin.known?.packedBytes ?? PACKAGE_BOUNDS.bytesMax;
  const fetched = await fetchPackage({ name, version, integrity: pin.integrity, bytesMax }, registry, archive);
  if (!fetched.ok) return fetched;
  const facts: FileFact[] = [];
  try {
    await readPackage(archive, writingSink(join(draft, FILES), facts));
  } catch (error) {
    if (error instanceof BadPackage) return err(supplyFault('rejected', `${name}@${version} has the pinned integrity, but Heddle does not unpack it: ${error.message}.`));
    throw error;
  }
  if (!facts.some((file) => file.path === pin.package.entry)) return err(supplyFault('rejected', `${name}@${version} does not hold ${pin.package.entry}, the program of ${pin.agent}. This version is built another way; use ${pin.agent} by agent.path.`));
  // Of a known release the table says what its files are; the archive would only take room.
  if (pin.known !== undefined) await rm(archive);
  return ok(undefined);
}

/** Another run may have put the same package there meanwhile. Then theirs is taken, after the same comparison. */
async function moveIn(cache: string, draft: string, pin: Pin): Promise<Result<Installed, Fault>> {
  await syncFolder(draft);
  try {
    await rename(draft, join(cache, folderOf(pin)));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
  const installed = await installedIn(cache, pin);
  if (!installed.ok) return installed;
  return installed.value === undefined ? err(supplyFault('io', `${pin.agent} ${pin.version} vanished from the tool cache ${cache} while it was installed.`, { side: 'ours', retryable: true })) : ok(installed.value);
}

/** Named by the agent for people and by the integrity for us: another content is another folder. */
export function folderOf(pin: Pick<Pin, 'agent' | 'version' | 'platform' | 'integrity'>): string {
  const key = Buffer.from(pin.integrity.slice('sha512-'.length), 'base64').toString('hex').slice(0, 40);
  return `${pin.agent}-${pin.version}-${pin.platform}-${key}`;
}

/** The digest that the files of an archive must have, if the archive itself has the pinned integrity. */
async function archiveDigest(archive: string, pin: Pin): Promise<Digest | undefined> {
  const hash = createHash('sha512');
  const facts: FileFact[] = [];
  try {
    for await (const chunk of createReadStream(archive, { highWaterMark: 4 * 1024 * 1024 })) hash.update(chunk as Buffer);
    if (`sha512-${hash.digest('base64')}` !== pin.integrity) return undefined;
    await readPackage(archive, hashingSink(facts));
  } catch (error) {
    if (error instanceof BadPackage || codeOf(error) !== 'unknown error') return undefined;
    throw error;
  }
  return treeDigestOf(facts);
}

/** What crashed runs left. A download takes minutes, never a day. */
async function removeStale(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.draft-')) continue;
    const facts = await stat(join(cache, name)).catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > STALE_MS) await rm(join(cache, name), { recursive: true, force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}
