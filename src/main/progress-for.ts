import type { Invocation } from './invocation.js';
import { plainProgress, terminalProgress, type Progress } from './progress.js';

/** A moving line for a person at a terminal; plain, filtered lines for a log. */
export function progressFor(invocation: Invocation): Progress {
  const { host } = invocation;
  if (!host.facts.ci && process.stderr.isTTY) return terminalProgress(process.stderr);
  return plainProgress((line) => { host.line(line); });
}
