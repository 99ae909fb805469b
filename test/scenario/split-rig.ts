import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../adapters/workspace-git-fixture.js';
import { heddle, type Ending, type Scene } from './rig.js';

/**
 * The four jobs of the split on one machine: each is a process of its own with a checkout, a home, a temporary folder and an
 * environment of its own. What goes from one to the next is what a workflow hands on: outputs and the two files.
 */
export interface Job { readonly ending: Ending; readonly out: string; readonly json: Readonly<Record<string, unknown>> }

export interface SplitEnvironments { readonly admit?: Record<string, string>; readonly work?: Record<string, string>; readonly verify?: Record<string, string>; readonly deliver?: Record<string, string> }

export interface Admitted { readonly plan: string; readonly digest: string }
export interface Worked { readonly bundle: string; readonly digest: string }

export class Split {
  readonly scene: Scene;
  private readonly environments: SplitEnvironments;
  private readonly program: string | undefined;

  constructor(scene: Scene, options: { readonly environments?: SplitEnvironments; readonly program?: string } = {}) {
    this.scene = scene;
    this.environments = options.environments ?? {};
    this.program = options.program;
  }

  async admit(...more: readonly string[]): Promise<Job & Admitted> {
    const job = await this.job('admit', ['ticket.md', '--forge', 'local', '--forge-dir', this.scene.forge, ...more]);
    return { ...job, plan: String(job.json['plan']), digest: String(job.json['planDigest']) };
  }

  async work(plan: Admitted, ...more: readonly string[]): Promise<Job & Worked> {
    const job = await this.job('work', [...orders(plan), ...more]);
    return { ...job, bundle: String(job.json['bundle']), digest: String(job.json['bundleDigest']) };
  }

  async verify(plan: Admitted, bundle: Worked, ...more: readonly string[]): Promise<Job> {
    return this.job('verify', [...orders(plan), ...handed(bundle), ...more]);
  }

  async deliver(plan: Admitted, bundle: Worked, verified = 'success', ...more: readonly string[]): Promise<Job> {
    return this.job('deliver', [...orders(plan), ...handed(bundle), '--verified', verified, '--forge', 'local', '--forge-dir', this.scene.forge, ...more]);
  }

  private async job(phase: keyof SplitEnvironments, args: readonly string[]): Promise<Job> {
    const root = mkdtempSync(join(this.scene.root, `${phase}-`));
    for (const name of ['home', 'tmp']) mkdirSync(join(root, name));
    git(this.scene.root, 'clone', '-q', this.scene.repo, join(root, 'repo'));
    // Read by admit and deliver alone: the others get what the plan says of it.
    if (phase === 'admit' || phase === 'deliver') cpSync(join(this.scene.root, 'ticket.md'), join(root, 'ticket.md'));
    const env = { PATH: this.scene.env['PATH'] ?? '', LANG: 'C.UTF-8', HOME: join(root, 'home'), TMPDIR: join(root, 'tmp'), ...this.environments[phase] };
    const ending = await heddle({ ...this.scene, root, env }, [phase, ...args, '--repo', 'repo', '--out', 'out', '--json'], ...(this.program === undefined ? [] : [this.program]));
    const line = ending.stdout.trim().split('\n').at(-1) ?? '';
    return { ending, out: join(root, 'out'), json: line.startsWith('{') ? JSON.parse(line) as Record<string, unknown> : {} };
  }
}

/** A bundle of one's own making, as a folder of its own: start from the honest one and change it. */
export function copyOf(scene: Scene, bundle: Worked): string {
  const folder = join(mkdtempSync(join(scene.root, 'bundle-')), 'bundle');
  cpSync(bundle.bundle, folder, { recursive: true });
  return folder;
}

export function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

function orders(plan: Admitted): string[] {
  return ['--plan', plan.plan, '--plan-digest', plan.digest];
}

function handed(bundle: Worked): string[] {
  return ['--bundle', bundle.bundle, '--bundle-digest', bundle.digest];
}
