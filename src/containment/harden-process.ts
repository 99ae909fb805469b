import { writeFileSync } from 'node:fs';

/**
 * Closes the ways by which this process could be made to write its memory out or to open a debugger: a core dump holds no
 * memory (core(5), coredump_filter; the limit on cores itself cannot be set from Node), SIGUSR1 no longer starts the
 * inspector, and no diagnostic report is written. Answers whether the kernel took the first.
 *
 * What stays: a process of the same user that may trace us, and root. Only a sandbox keeps programs from being those.
 */
export function hardenProcess(): boolean {
  if (!hardened) process.on('SIGUSR1', () => undefined);
  hardened = true;
  // A report lists the environment; NODE_OPTIONS of the runner may have asked for one.
  Object.assign(process.report, { reportOnFatalError: false, reportOnSignal: false, reportOnUncaughtException: false, excludeEnv: true });
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
    return true;
  } catch {
    return false; // no /proc: another system, where cores are off as a rule
  }
}

let hardened = false;

/** Node's own arguments for a process that will hold secrets: without a debugger, heap snapshots, profiles and reports. Code that is preloaded is the operator's own. */
export function plainNodeArguments(given: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? '';
    if (!LEAKING.test(word)) kept.push(word);
    else if (TAKES_VALUE.test(word)) at += 1;
  }
  return kept;
}

const LEAKING = /^--(?:inspect|debug|heapsnapshot|heap-prof|cpu-prof|diagnostic-dir|report|trace-env|abort-on-uncaught-exception)/;
/** The form with the value in the next word. */
const TAKES_VALUE = /^--(?:heapsnapshot-signal|heapsnapshot-near-heap-limit|diagnostic-dir|report-dir|report-directory|report-filename|report-signal|inspect-port|debug-port|heap-prof-dir|heap-prof-name|heap-prof-interval|cpu-prof-dir|cpu-prof-name|cpu-prof-interval)$/;
