import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { CheckoutFacts } from '../adapters/workspace/git/describe-checkout.js';
import type { CommitSha } from '../domain/ids.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Workspace } from '../ports/workspace.js';
import { faultProblem, type Problem } from './problem.js';

export interface Checkout { readonly facts: CheckoutFacts; readonly workspace: Workspace }

/** Looks at the user's checkout and makes our own copy of its objects, in `scratch`. Nothing the checkout configures is run. */
export async function openCheckout(folder: string, scratch: string, bundles: readonly string[] = []): Promise<Result<Checkout, Problem>> {
  const git = await import('../adapters/workspace/git/index.js');
  const facts = await git.describeCheckout(folder);
  if (!facts.ok) return err(faultProblem(facts.error));
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  // Root without a sandbox could set the clock, and with it the times that tell an unchanged file: then every file is read.
  const workspace = await git.create({ trustStatTimes: process.getuid?.() !== 0 }).open(folder, path.join(scratch, 'git'), bundles);
  if (!workspace.ok) return err(faultProblem(workspace.error));
  return ok({ facts: facts.value, workspace: workspace.value });
}

/** The branch that changes go to, and its commit now. `wanted` is the setting; otherwise the forge's default, or the checkout's. */
export async function pinBase(checkout: Checkout, wanted: string | undefined, forgeDefault: string | undefined): Promise<Result<{ branch: string; commit: CommitSha }, Problem>> {
  const { facts, workspace } = checkout;
  const branch = wanted ?? forgeDefault ?? facts.branch ?? facts.defaultBranch ?? 'HEAD';
  const commit = await workspace.resolve(branch);
  if (!commit.ok) return err(faultProblem(commit.error));
  return ok({ branch: branch === 'HEAD' ? 'main' : branch, commit: commit.value });
}
