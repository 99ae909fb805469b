import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { AccountBook } from './account-book.js';
import { openContainer } from './container.js';
import type { ContainerEngine } from './container.js';
import { findProgram } from './find-program.js';
import type { FormRefusal, RungForm } from './rung-form.js';
import { runBriefly } from './run-briefly.js';
import type { SandboxOptions } from './sandbox-options.js';

/** The forms of the rung `container` that could be tried here: one for each engine that has the configured image. */
export async function findContainer(options: SandboxOptions): Promise<readonly Result<RungForm, FormRefusal>[]> {
  const wanted = await options.container?.();
  const refused = (form: string, why: string, fix: string): Result<never, FormRefusal> => err({ form, why, fix });
  if (wanted === undefined) return [refused('any', 'No image is configured for a container.', 'Set sandbox.image to an image by digest (name@sha256:…) that has the C library that Node needs, and fetch it in a step before Heddle.')];
  if (!BY_DIGEST.test(wanted.image) && !BY_ID.test(wanted.image)) return [refused('any', `sandbox.image is ${JSON.stringify(wanted.image.slice(0, 200))}, which can point to another image tomorrow.`, 'Name it by digest (name@sha256: and 64 hexadecimal digits), or by its id on this machine (sha256: and 64).')];
  const engines = wanted.engine === undefined ? ['podman', 'docker'].flatMap((name) => findProgram(name, options.path) ?? []) : [wanted.engine];
  if (engines.length === 0) return [refused('any', 'Neither podman nor docker was found.', 'Install one of them, or use a runner that has it.')];
  const forms: Result<RungForm, FormRefusal>[] = [];
  for (const path of engines) forms.push(await formOf(path, wanted, options));
  return forms;
}

const BY_DIGEST = /^[a-z0-9][a-z0-9._/:-]{0,300}@sha256:[0-9a-f]{64}$/;
const BY_ID = /^sha256:[0-9a-f]{64}$/;

async function formOf(path: string, wanted: { readonly image: string; readonly pull: boolean }, options: SandboxOptions): Promise<Result<RungForm, FormRefusal>> {
  const kind = basename(path) === 'docker' ? 'docker' : 'podman';
  const env = engineEnvironment();
  const inspect = (): ReturnType<typeof runBriefly> => runBriefly(path, ['image', 'inspect', '--format', '{{.Id}}', wanted.image], { ...options, env });
  let answer = await inspect();
  if (answer.code !== 0 && wanted.pull && BY_DIGEST.test(wanted.image)) {
    await runBriefly(path, ['pull', '--quiet', wanted.image], { ...options, env, wallMs: PULL_MS_MAX });
    answer = await inspect();
  }
  const id = answer.stdout.trim().replace(/^(?!sha256:)/, 'sha256:');
  if (answer.code !== 0 || !BY_ID.test(id)) {
    return err({ form: kind, why: `${kind} does not answer, or does not have the image.`, fix: `Run \`${kind} pull ${wanted.image}\` in a step before Heddle, or set sandbox.pull: true; \`${kind} info\` must work for this user.` });
  }
  const engine: ContainerEngine = { kind, path, env, imageId: id };
  const book = new AccountBook(options.hex);
  return ok({
    rung: 'container', form: `${kind}, ${id.slice(0, 19)}`, fix: `Try it by hand: \`${kind} run --rm --network none --read-only ${id.slice(0, 19)} true\`. The image must have the C library that Node needs.`,
    open: (request) => openContainer(engine, book, request, options),
  });
}

const PULL_MS_MAX = 10 * 60_000;

/** What an engine of this user's own needs to find its store; nothing else of ours. */
function engineEnvironment(): Readonly<Record<string, string>> {
  const { homedir, uid } = userInfo();
  const runtime = `/run/user/${uid}`;
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: homedir, ...(existsSync(runtime) ? { XDG_RUNTIME_DIR: runtime } : {}) };
}
