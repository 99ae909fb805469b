import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { openUnconfined } from '../../src/containment/sandbox/unconfined.js';
import { createSandboxFactory } from '../../src/containment/sandbox/sandbox-factory.js';
import type { SandboxOptions } from '../../src/containment/sandbox/sandbox-options.js';
import { Rung } from '../../src/domain/rung.js';
import type { Sandbox, SandboxRequest } from '../../src/ports/sandbox.js';
import { sandboxOptions } from '../containment/fixtures/sandbox-options.js';

/** A rung that this machine offers, or why it does not. New rungs of the ladder come here by themselves. */
export type RungHere =
  | { readonly rung: Rung; readonly here: true; readonly mark: string; open(request: SandboxRequest): Promise<Sandbox> }
  | { readonly rung: Rung; readonly here: false; readonly why: string };

export async function rungsHere(): Promise<readonly RungHere[]> {
  return Promise.all(Rung.options.map((rung) => forced(rung)));
}

async function forced(rung: Rung): Promise<RungHere> {
  const mark = randomBytes(8).toString('hex');
  const options: SandboxOptions & { readonly rungs: readonly Rung[] } = { ...sandboxOptions({ mark, path: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` }), rungs: [rung] };
  if (rung === 'none') return { rung, here: true, mark, open: async (request) => Promise.resolve(opened(openUnconfined(request, options))) };
  const factory = createSandboxFactory(options);
  const probed = await factory.probe();
  if (probed.rung !== rung) return { rung, here: false, why: probed.refused.find((one) => one.rung === rung)?.why ?? 'the probe did not try it' };
  return { rung, here: true, mark, open: async (request) => opened(await factory.open(request)) };
}

function opened(result: Awaited<ReturnType<ReturnType<typeof createSandboxFactory>['open']>>): Sandbox {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
