import type { LoadedConfiguration } from '../config/load.js';
import { ok, type Result } from '../kit/result.js';
import type { Forge } from '../ports/forge.js';
import { pinBase, type Checkout } from './checkout.js';
import { configure } from './configure.js';
import { chooseForge, type ChosenForge } from './forges.js';
import { option, type Invocation } from './invocation.js';
import type { PrepareInput } from './prepare.js';
import type { Problem } from './problem.js';

/** Where a run would begin today: the forge, its policy, the base. */
export interface Surroundings {
  readonly forge: ChosenForge;
  readonly made: Forge;
  readonly now: { readonly loaded: LoadedConfiguration; readonly base: PrepareInput['base'] };
}

/** The configuration stands on the default branch; it may name another base for the changes. */
export async function surroundingsOf(invocation: Invocation, checkout: Checkout, folder: string): Promise<Result<Surroundings, Problem>> {
  const forge = chooseForge(invocation, checkout, folder);
  if (!forge.ok) return forge;
  const forgeDefault = await forge.value.defaultBranch();
  if (!forgeDefault.ok) return forgeDefault;
  const policyBase = await pinBase(checkout, option(invocation, 'base'), forgeDefault.value);
  if (!policyBase.ok) return policyBase;
  const loaded = await configure(invocation, checkout.workspace, policyBase.value.commit);
  if (!loaded.ok) return loaded;
  const base = await pinBase(checkout, loaded.value.config.delivery.base, policyBase.value.branch);
  if (!base.ok) return base;
  return ok({ forge: forge.value, made: await forge.value.create(base.value), now: { loaded: loaded.value, base: base.value } });
}
