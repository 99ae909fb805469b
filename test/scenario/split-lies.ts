import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create as createEvidence } from '../../src/adapters/evidence/folder/index.js';
import { create as createForge } from '../../src/adapters/forge/local/index.js';
import { create as createTracker } from '../../src/adapters/tracker/file/index.js';
import { create as createWorkspace } from '../../src/adapters/workspace/git/index.js';
import { limitsFrom } from '../../src/admission/limits.js';
import { createRedactor } from '../../src/containment/redactor.js';
import { Instant } from '../../src/domain/ids.js';
import { ManifestDocument } from '../../src/domain/manifest.js';
import { drive, type Rest } from '../../src/flow/drive.js';
import { readPlan, type Plan } from '../../src/flow/plan-document.js';
import { reopenTrail, type Trail } from '../../src/flow/trail.js';
import { canonicalJson } from '../../src/kit/canonical-json.js';
import { chainLine } from '../../src/ledger/chain.js';
import { absentAgent, absentSandboxes } from '../../src/main/phases/absent-ports.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { commitOf, nameOf, packed, packOf, sha256, treeOf, writeBundle, type Packed, type TreeLine } from '../fakes/forged-bundle.js';
import type { Scene } from './rig.js';
import type { Admitted, Worked } from './split-rig.js';

/** The honest hand-over of a run, from which a lying work job starts. */
export interface Honest {
  readonly scene: Scene;
  readonly plan: Plan;
  readonly manifest: ManifestDocument;
  readonly manifestText: string;
  readonly bundle: Buffer;
  readonly pack: Buffer;
  readonly root: readonly TreeLine[];
  readonly base: string;
}

export function honestOf(scene: Scene, plan: Admitted, worked: Worked): Honest {
  const read = readPlan(readFileSync(plan.plan, 'utf8'), plan.digest);
  if (!read.ok) throw new Error(read.error);
  const manifestText = readFileSync(join(worked.bundle, 'manifest.json'), 'utf8');
  const bundle = readFileSync(join(worked.bundle, 'change.bundle'));
  const root = git(scene.repo, 'ls-tree', 'HEAD').trim().split('\n').map((line) => {
    const [mode = '', , rest = ''] = line.split(' ');
    const [object = '', name = ''] = rest.split('\t');
    return { mode: mode.replace(/^0/, ''), name, object };
  });
  return { scene, plan: read.value, manifestText, manifest: ManifestDocument.parse(JSON.parse(manifestText)), bundle, pack: bundle.subarray(bundle.indexOf('\n\nPACK') + 2), root, base: read.value.order.base.commit };
}

export interface Handed { readonly folder: string; readonly digest: string }

/** The honest files with a changed manifest: a work job that lies gives out the digest of its lie. */
export function withManifest(honest: Honest, change: (manifest: Record<string, unknown>) => unknown): Handed {
  return writeBundle(honest.scene.root, { manifest: `${canonicalJson(change(structuredClone(honest.manifest)))}\n`, bundle: honest.bundle });
}

export interface ForgedPack { readonly entries?: readonly Packed[]; readonly pack?: Buffer; readonly commit: string; readonly tree: string; readonly head?: string }

/** A bundle around a pack, with the manifest that fits it. */
export function withPack(honest: Honest, forged: ForgedPack): Handed {
  const head = forged.head ?? `# v2 git bundle\n-${honest.base} base\n${forged.commit} refs/heddle/candidate\n\n`;
  const bundle = Buffer.concat([Buffer.from(head), forged.pack ?? packOf(forged.entries ?? [])]);
  const manifest = { ...honest.manifest, commit: forged.commit, tree: forged.tree, bundle: digest(bundle) };
  return writeBundle(honest.scene.root, { manifest: `${canonicalJson(manifest)}\n`, bundle });
}

function digest(bytes: Buffer): string {
  return `sha256:${sha256(bytes)}`;
}

/** A tree of the base's root and what is added to it, as the one commit of a bundle. */
export function withTree(honest: Honest, tree: Buffer, objects: readonly Packed[] = []): Handed {
  const name = nameOf('tree', tree);
  const commit = commitOf({ tree: name, parents: [honest.base], at: honest.plan.order.admittedAt });
  return withPack(honest, { tree: name, commit: nameOf('commit', commit), entries: [packed('commit', commit), packed('tree', tree), ...objects] });
}

export const BLOB = Buffer.from('export const other = 1;\n');
export const BLOB_NAME = nameOf('blob', BLOB);

/** The base with one more entry, and the blob that it names. */
export function withEntry(honest: Honest, entry: Partial<TreeLine> & { readonly name: string | Buffer }, options: { readonly sorted?: boolean; readonly content?: Buffer } = {}): Handed {
  const content = options.content ?? BLOB;
  const line = { mode: '100644', object: nameOf('blob', content), ...entry };
  return withTree(honest, treeOf([...honest.root, line], options.sorted ?? true), [packed('blob', content)]);
}

/** The base with one file below folders: `a/b/c`. */
export function withFile(honest: Honest, path: string, content = BLOB): Handed {
  const parts = path.split('/').reverse();
  const trees: Packed[] = [];
  let line: TreeLine = { mode: '100644', name: parts[0] ?? '', object: nameOf('blob', content) };
  for (const part of parts.slice(1)) {
    const tree = treeOf([line]);
    trees.push(packed('tree', tree));
    line = { mode: '40000', name: part, object: nameOf('tree', tree) };
  }
  return withTree(honest, treeOf([...honest.root, line]), [...trees, packed('blob', content)]);
}

export interface Delivered { readonly rest: Rest; readonly trail: Trail; readonly forge: string }

/** Phase deliver in this process, on a forge of its own: real git, files, chain and gates. */
export async function deliverHere(honest: Honest, handed: Handed, options: { readonly verified?: string | undefined; readonly now?: string; readonly forge?: string; readonly tracker?: (tracker: Tracker) => Tracker } = {}): Promise<Delivered> {
  const { scene, plan } = honest;
  const root = mkdtempSync(join(scene.root, 'deliver-'));
  const forgeFolder = options.forge ?? join(root, 'forge');
  const redactor = createRedactor();
  const workspace = await createWorkspace().open(scene.repo, join(root, 'git'));
  if (!workspace.ok) throw new Error(workspace.error.message);
  mkdirSync(join(root, 'out'));
  const lines: string[] = [];
  const store = {
    read: async () => Promise.resolve(Buffer.from(lines.join(''))), append: async (line: string) => { lines.push(line); return Promise.resolve(); }, truncate: async () => Promise.resolve(),
  };
  for (const event of plan.document.events) await store.append(chainLine(event).line);
  const now = (): Instant => Instant.parse(options.now ?? new Date().toISOString());
  const clock = { now, monotonicMs: () => performance.now() };
  const trail = await reopenTrail({ store, clock, onEvent: () => undefined, redact: (text) => redactor.text(text) });
  if (!trail.ok) throw new Error(trail.error.message);
  const tracker = createTracker({ root: scene.root, commentsDir: join(root, 'comments') });
  const forge = createForge({ folder: forgeFolder, repositoryName: plan.order.repository, defaultBranch: plan.order.base.branch, user: 'mila', seedFrom: workspace.value.gitDir, baseCommit: plan.order.base.commit });
  const rest = await drive({
    ports: {
      ...forge, tracker: options.tracker?.(tracker) ?? tracker, agent: absentAgent('deliver'), sandboxes: absentSandboxes('deliver'), gateway: undefined, workspace: workspace.value,
      evidence: createEvidence({ folder: join(root, 'out') }, { redactor }), redactor, clock, ids: { hex: (bytes: number) => randomBytes(bytes).toString('hex') }, pause: async () => Promise.resolve(),
    },
    settings: {
      config: plan.document.configuration, policyDigest: plan.order.policy, limits: limitsFrom(plan.document.configuration), repository: plan.order.repository, base: plan.order.base,
      scratch: join(root, 'scratch'), holder: `local/test/${root}`, localUser: true, dryRun: false, evidenceUrl: undefined, parallelChecks: 1, phase: 'deliver',
      handover: { bundle: handed.folder, bundleDigest: handed.digest, verified: 'verified' in options ? options.verified : 'success' },
    },
    trail: trail.value, signal: new AbortController().signal,
  });
  return { rest, trail: trail.value, forge: forgeFolder };
}

/** The closed code of how a delivery ended without a change. */
export function codeOf({ trail }: Delivered): string {
  const last = trail.events.at(-1)?.fact;
  if (last?.type === 'exhausted') return last.refusal?.code ?? last.reason;
  return last?.type === 'faulted' ? `faulted: ${last.fault.code} ${last.fault.message}` : last?.type ?? 'nothing';
}

/** The same bundle with a manifest that describes it truly, as a careful liar writes it. */
export async function truthful(honest: Honest, handed: Handed): Promise<Handed> {
  const manifest = ManifestDocument.parse(JSON.parse(readFileSync(join(handed.folder, 'manifest.json'), 'utf8')));
  const bundle = readFileSync(join(handed.folder, 'change.bundle'));
  const workspace = await createWorkspace().open(honest.scene.repo, mkdtempSync(join(honest.scene.root, 'looking-')));
  if (!workspace.ok) throw new Error(workspace.error.message);
  const received = await workspace.value.receive({
    pack: bundle.subarray(bundle.indexOf('\n\nPACK') + 2), borrowed: [], commit: manifest.commit, base: manifest.base, tree: manifest.tree, at: new Date(honest.plan.order.admittedAt), attempt: manifest.attempt,
    limits: { filesMax: 100, diffBytesMax: 2 ** 20, fileBytesMax: 2 ** 24 },
  });
  if (!received.ok) throw new Error(JSON.stringify(received.error));
  const { patchDigest, stats } = received.value;
  return writeBundle(honest.scene.root, { manifest: `${canonicalJson({ ...manifest, patch: patchDigest, stats })}\n`, bundle });
}
