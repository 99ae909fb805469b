import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configProblemText, loadConfiguration, type LoadedConfiguration } from '../../config/load.js';
import { readDocument } from '../../config/read-document.js';
import type { PolicyConfig } from '../../config/policy-config.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { CompiledPolicy } from '../../policy/compile.js';
import { PolicyDocument } from '../../policy/rule-schema.js';
import type { Arguments } from '../arguments.js';
import { openCheckout, pinBase, type Checkout } from '../checkout.js';
import { floorsOf, policyReaders, withPolicy } from '../configure.js';
import { usageProblem, type Problem } from '../problem.js';
import { resolvePolicy, type SourceReaders } from './resolve-policy.js';

export const CONFIG_FILE = '.heddle.yml';
const BYTES_MAX = 1024 * 1024;

/** A policy with everything it stands on, and the configuration around it. */
export interface OpenedPolicy { readonly policy: PolicyConfig; readonly config: LoadedConfiguration['config']; readonly file: string }

/** Reads a policy as people edit it: from the disk, whatever was committed. The file may also be a preset: rules at its top. */
export async function policyOnDisk(given: Arguments, named?: string): Promise<Result<OpenedPolicy, Problem>> {
  const root = path.resolve(given.values.get('repo') ?? '.');
  const file = named === undefined ? path.join(root, CONFIG_FILE) : path.resolve(named);
  const text = await readText(file);
  const shown = named ?? CONFIG_FILE;
  if (text === undefined) return err(usageProblem(`${shown} cannot be read. Give the file with the policy: heddle policy ${given.positionals[0] ?? 'check'} FILE.`));
  const readers = readersFor(root);
  return isPreset(text) ? presetOf({ text, file: shown }, given, readers) : configurationOf({ text, file: shown }, given, readers);
}

/** The policy that is in force: as it stands on the default branch of the checkout, at its commit. No file: the policy without rules. */
export async function policyInForce(given: Arguments, checkout: Checkout): Promise<Result<OpenedPolicy, Problem>> {
  const base = await pinBase(checkout, given.values.get('branch'), undefined);
  if (!base.ok) return base;
  const { workspace } = checkout;
  const bytes = await workspace.read(base.value.commit, CONFIG_FILE);
  const readers = policyReaders(noForge, async (file) => workspace.read(base.value.commit, file));
  return configurationOf({ text: bytes === undefined ? '' : Buffer.from(bytes).toString('utf8'), file: `${base.value.branch}:${CONFIG_FILE}` }, given, readers);
}

/** Opens the repository for a command that only looks, and cleans up after it. */
export async function withCheckout<T>(given: Arguments, use: (checkout: Checkout) => Promise<Result<T, Problem>>): Promise<Result<T, Problem>> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'heddle-policy-'));
  try {
    const checkout = await openCheckout(path.resolve(given.values.get('repo') ?? '.'), scratch);
    return checkout.ok ? await use(checkout.value) : checkout;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What is opened was compiled once already while it was looked through. */
export async function compiledPolicy({ policy }: Pick<OpenedPolicy, 'policy'>): Promise<CompiledPolicy> {
  const { compilePolicy } = await import('../../policy/compile.js');
  const compiled = await compilePolicy(policy, policy.resolved);
  if (!compiled.ok) throw new Error(`a policy that was looked through cannot be compiled: ${compiled.error[0]?.message ?? ''}`);
  return compiled.value;
}

async function configurationOf(source: { readonly text: string; readonly file: string }, given: Arguments, readers: SourceReaders): Promise<Result<OpenedPolicy, Problem>> {
  const loaded = loadConfiguration(source);
  if (!loaded.ok) return err(usageProblem(loaded.error.map(configProblemText).join('\n')));
  const effective = await withPolicy(loaded.value, readers, floorsOf({ options: given.values }));
  return effective.ok ? ok({ policy: effective.value.config.policy, config: effective.value.config, file: source.file }) : effective;
}

async function presetOf(source: { readonly text: string; readonly file: string }, given: Arguments, readers: SourceReaders): Promise<Result<OpenedPolicy, Problem>> {
  const read = readDocument(source, PolicyDocument);
  if (!read.ok) return err(usageProblem(read.error.map(configProblemText).join('\n')));
  const floor = [...new Set([...floorsOf({ options: given.values }), ...read.value.data.floor])];
  const resolved = await resolvePolicy({ policy: { ...read.value.data, floor, resolved: [] }, locate: read.value.locate, readers });
  const defaults = loadConfiguration(undefined);
  if (!defaults.ok) throw new Error('the built-in defaults are not valid');
  return resolved.ok ? ok({ policy: resolved.value, config: { ...defaults.value.config, policy: resolved.value }, file: source.file }) : resolved;
}

const noForge = { forge: undefined, secrets: {} } as const;

function readersFor(root: string): SourceReaders {
  return policyReaders(noForge, async (file) => {
    const text = await readText(path.join(root, file));
    return text === undefined ? undefined : Buffer.from(text);
  });
}

/** The first key at the left edge tells: a preset has none but those of a policy. */
function isPreset(text: string): boolean {
  const keys = [...text.matchAll(/^([a-z_]+):/gm)].map((match) => match[1] ?? '');
  return keys.length > 0 && keys.every((key) => Object.hasOwn(PolicyDocument.shape, key));
}

export async function readText(file: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(file);
    return bytes.length > BYTES_MAX ? undefined : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}
