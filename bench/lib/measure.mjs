// Clocks and medians. A figure is a median of interleaved rounds (A B A B), so that a busy machine slows both sides.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Runs the sides in turn and answers with the median of each, in the unit of the sides. The first round is thrown away: it
 * fills the page cache and compiles what later rounds find compiled.
 * @param {number} rounds rounds that count
 * @param {Readonly<Record<string, (round: number) => Promise<number | Record<string, number>> | number>>} sides
 */
export async function interleaved(rounds, sides) {
  const seen = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, side] of Object.entries(sides)) {
      const value = await side(round);
      if (round > 0) seen[name].push(value);
    }
  }
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, typeof values[0] === 'object' ? medians(values) : median(values)]));
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function medians(records) {
  return Object.fromEntries(Object.keys(records[0]).map((key) => [key, median(records.map((record) => record[key]))]));
}

/** Milliseconds that the work takes. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds of this process's own CPU that the work takes: what it would take on a machine with nothing else to do. Children are not in it. */
export async function cpuTimed(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Runs a program to its end. `startedAt` is in milliseconds since 1970, as the stamps of other processes are. */
export function run(command, args, { cwd, env, input, stdin = 'ignore' } = {}) {
  return new Promise((resolve, reject) => {
    const startedAt = now();
    const child = spawn(command, args, { cwd, env, stdio: [input === undefined ? stdin : 'pipe', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (chunk) => { text[name] += chunk; });
    if (input !== undefined) child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => { resolve({ code, ...text, startedAt, ms: now() - startedAt }); });
  });
}

/** The same, and a throw when it does not end with `code`. */
export async function mustRun(command, args, options = {}) {
  const ended = await run(command, args, options);
  if (ended.code !== (options.code ?? 0)) throw new Error(`${command} ${args.join(' ').slice(0, 200)} ended with ${ended.code}:\n${ended.stdout}\n${ended.stderr}`.slice(0, 6000));
  return ended;
}

/** Milliseconds since 1970, with fractions. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** CPU of the processes that this one started and that have ended, in ms; only Linux tells it, in hundredths of a second. */
export function childrenMs() {
  if (process.platform !== 'linux') return undefined;
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
