import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { bubblewrapAdvice, readNamespaceFacts } from './advice.js';
import { bubblewrapFeatures } from './bubblewrap-arguments.js';
import { openBubblewrap } from './bubblewrap.js';
import type { BubblewrapProgram } from './bubblewrap.js';
import { findProgram, isExecutable } from './find-program.js';
import type { FormRefusal, RungForm } from './rung-form.js';
import { runBriefly } from './run-briefly.js';
import type { SandboxOptions } from './sandbox-options.js';

/** The forms of the rung `bubblewrap` that could be tried here, strongest first. */
export async function findBubblewrap(options: SandboxOptions): Promise<readonly Result<RungForm, FormRefusal>[]> {
  const found = await findBubblewrapProgram(options);
  if (!found.ok) return [found];
  const program = found.value;
  return [ok({
    rung: 'bubblewrap', form: 'user namespace', fix: bubblewrapAdvice(readNamespaceFacts(true)),
    open: (request) => ok(openBubblewrap(program, request, options)),
  })];
}

async function findBubblewrapProgram(options: SandboxOptions): Promise<Result<BubblewrapProgram, FormRefusal>> {
  const refused = (why: string, fix: string): Result<never, FormRefusal> => err({ form: 'any', why, fix });
  if (process.platform !== 'linux') return refused(`bubblewrap needs Linux; this is ${process.platform}.`, 'Use a Linux runner.');
  const arch = process.arch;
  if (arch !== 'x64' && arch !== 'arm64') return refused(`The system-call filter knows x64 and arm64; this is ${arch}.`, 'Use a runner of one of these.');
  const path = options.bubblewrap ?? findProgram('bwrap', options.path);
  if (path === undefined || !isExecutable(path)) return refused('The program bwrap was not found.', bubblewrapAdvice(readNamespaceFacts(false)));
  const { code, stdout } = await runBriefly(path, ['--version'], options);
  if (code !== 0) return refused(`${path} does not even tell its version.`, bubblewrapAdvice(readNamespaceFacts(true)));
  return ok({ path, features: bubblewrapFeatures(stdout), arch });
}
