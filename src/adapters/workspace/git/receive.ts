import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleRefusal } from '../../../domain/bundle-refusal.js';
import type { Candidate } from '../../../domain/candidate.js';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ReceiveOrder } from '../../../ports/workspace.js';
import { candidateCommitText } from './bundle.js';
import { describeCandidate } from './capture.js';
import { createCore, type Core } from './core.js';
import { gitFault } from './fault.js';
import { rulesOf, wouldBeIgnored } from './ignored-paths.js';
import { linkEscapes, linkParts } from './links.js';
import { isGitName } from './names.js';
import { createObjectReader } from './object-reader.js';
import { makeGitFolder, objectFolders } from './own-clone.js';
import { guardTree, refusal } from './tree-guard.js';

type Received = Result<Candidate, { readonly refusal: BundleRefusal } | { readonly fault: Fault }>;

const LINK_BYTES_MAX = 4096;

/**
 * Takes the objects of another job's change into our clone, through a quarantine that goes away. See the port for what is
 * promised. The quarantine borrows our objects and has no reference, configuration or hook of anybody.
 */
export async function receive(core: Core, order: ReceiveOrder): Promise<Received> {
  for (const name of order.borrowed) {
    const base = await core.objects.read(name);
    if (base?.type !== 'tree' && base?.type !== 'blob') return no('pack-delta', 'a delta of the pack builds on an object that the base does not have');
  }
  const gitDir = mkdtempSync(join(tmpdir(), 'heddle-quarantine-'));
  try {
    makeGitFolder({ gitDir, format: core.format, borrowed: objectFolders(core.gitDir), references: [], head: 'ref: refs/heads/none', shallowFile: join(core.gitDir, 'shallow'), workTree: false });
    const stored = await core.git.run({ gitDir, args: ['index-pack', '--strict', '--stdin', '--fix-thin'], input: order.pack });
    if (stored.kind === 'not-started') return err({ fault: gitFault('look at the bundle', stored) });
    if (stored.kind !== 'ended' || stored.code !== 0) return no('objects-refused', 'git refuses the objects of the bundle');
    const quarantine = createCore({ git: core.git, gitDir, format: core.format, references: core.references, objects: createObjectReader(core.git, gitDir), trustStatTimes: false });
    const found = await inspect(quarantine, order);
    if (!found.ok) return found;
    const taken = await core.git.run({ gitDir: core.gitDir, args: ['index-pack', '--stdin', '--fix-thin'], input: order.pack });
    return taken.kind === 'ended' && taken.code === 0 ? found : err({ fault: gitFault('take in the objects of the bundle', taken) });
  } finally {
    rmSync(gitDir, { recursive: true, force: true });
  }
}

async function inspect(quarantine: Core, order: ReceiveOrder): Promise<Received> {
  const commit = await wrongCommit(quarantine, order);
  if (commit !== undefined) return err({ refusal: commit });
  const base = await quarantine.objects.read(order.base);
  const baseTree = base?.type === 'commit' ? /^tree ([0-9a-f]+)\n/.exec(base.bytes.toString('latin1', 0, 80))?.[1] : undefined;
  if (baseTree === undefined) throw new Error(`the base commit ${order.base} is not in our clone`);
  const guarded = await guardTree({ objects: quarantine.objects, nameBytes: order.base.length / 2, base: baseTree, tree: order.tree, filesMax: order.limits.filesMax });
  if ('code' in guarded) return err({ refusal: guarded });
  try {
    const links = guarded.links.length === 0 ? undefined : await wrongLink(quarantine, order);
    if (links !== undefined) return err({ refusal: links });
    return await describe(quarantine, order, baseTree);
  } catch {
    // git stops at what is not as it seems, e.g. a file's mode on a folder's object: that is the bundle's doing.
    return no('objects-refused', 'git cannot compare the change with its base');
  }
}

/** Author, dates, message and parents of the worker count for nothing: the commit must be the one that follows from the tree. */
async function wrongCommit(quarantine: Core, order: ReceiveOrder): Promise<BundleRefusal | undefined> {
  const commit = await quarantine.objects.read(order.commit);
  if (commit?.type !== 'commit') return refusal('commit-differs', 'the bundle\'s reference is not a commit');
  const head = commit.bytes.toString('latin1', 0, 1000);
  const parents = head.split('\n\n', 1)[0]?.split('\n').filter((line) => line.startsWith('parent ')) ?? [];
  if (parents.length !== 1 || parents[0] !== `parent ${order.base}`) return refusal('commit-differs', 'the commit of the bundle does not have the base as its only parent');
  if (!head.startsWith(`tree ${order.tree}\n`)) return refusal('tree-differs', 'the commit of the bundle has another tree than the manifest says');
  if (!commit.bytes.equals(Buffer.from(candidateCommitText(order)))) return refusal('commit-differs', 'the commit of the bundle says more than a candidate\'s commit');
  return undefined;
}

/** With a new link in the tree every link is judged again: old ones may pass through it. */
async function wrongLink(quarantine: Core, order: ReceiveOrder): Promise<BundleRefusal | undefined> {
  const index = await quarantine.index(order.tree);
  const links = new Map<string, string>();
  for (const [path, file] of index.files) {
    if (file.mode !== '120000') continue;
    if (file.size < 1 || file.size > LINK_BYTES_MAX) return refusal('link-refused', 'a link of the change has no target, or one that is too long');
    links.set(path, (await quarantine.readBlob(file.blob)).toString('utf8'));
  }
  for (const [path, target] of links) {
    if (linkEscapes(path, links) || target.includes('\0') || linkParts(target).some(isGitName)) return refusal('link-refused', 'a link of the change leads out of the repository or to .git');
  }
  return undefined;
}

async function describe(quarantine: Core, order: ReceiveOrder, baseTree: string): Promise<Received> {
  const described = await describeCandidate(quarantine, { base: order.base, baseTree, attempt: order.attempt, limits: order.limits }, order.tree);
  if (!described.ok) return 'fault' in described.error ? no('objects-refused', 'git cannot compare the change with its base') : no('diff-too-large', 'the change is larger than the order allows');
  if (described.value.kind === 'empty' || described.value.candidate.files.length === 0) return no('empty-change', 'the change is empty');
  const { candidate } = described.value;
  if (candidate.files.length > order.limits.filesMax) return no('too-many-files', 'the change touches more files than the order allows');
  const { files } = await quarantine.index(order.tree);
  for (const { path } of candidate.files) {
    const size = files.get(path)?.size ?? 0;
    if (size < 0) return no('objects-refused', 'a file of the change is not in the bundle');
    if (size > order.limits.fileBytesMax) return no('blob-too-large', 'a file of the change is larger than the order allows');
  }
  // Capture takes nothing that the base ignores. Forges fold such files away in a review, and tools load them unasked (node_modules).
  const rules = await rulesOf(quarantine, await quarantine.index(baseTree));
  if (candidate.files.some(({ path, status }) => status === 'added' && wouldBeIgnored(path, rules))) return no('ignored-path', 'the change adds a file that the base commit ignores, which no capture takes');
  return ok(candidate);
}

function no(code: BundleRefusal['code'], message: string): Received {
  return err({ refusal: refusal(code, message) });
}
