import type { Fault } from '../../src/domain/fault.js';
import type { RunPorts } from '../../src/flow/run-ports.js';
import { err } from '../../src/kit/result.js';
import type { TrailStore } from '../../src/ports/trail-store.js';

/** Calls that answer with a fault as a value; the rest can only throw, which is a bug or a broken disk. */
const ANSWERING = new Set([
  'tracker.fetch', 'tracker.upsertComment', 'reader.repository', 'reader.headOf', 'reader.permissionOf', 'reader.openHeddleChanges', 'reader.openChanges', 'reader.fetchHeads', 'reader.missingForDelivery',
  'writer.publish', 'writer.upsertChange', 'writer.requestReviews', 'writer.reportCheck', 'writer.startCi', 'claims.claim', 'claims.release',
  'workspace.resolve', 'workspace.checkout', 'workspace.capture', 'workspace.bundle', 'sandboxes.open', 'agent.probe',
]);
/** No call of a service or a disk: a stream whose outcome is the agent's, and a plain value. */
const LEFT_OUT = new Set(['agent.run', 'workspace.source']);
const PORTS = ['tracker', 'reader', 'writer', 'claims', 'workspace', 'sandboxes', 'agent', 'evidence'] as const;

export interface Meter {
  /** Every counted call in order, as `port.method`. */
  readonly calls: readonly string[];
  /**
   * The numbers of the calls that differ in kind: the first of each method between two events of the trail. The same method once
   * more in the same command meets the same state of the run, and every case costs a whole run.
   */
  readonly cases: readonly number[];
  wrap(ports: RunPorts): RunPorts;
  wrapStore(store: TrailStore): TrailStore;
}

/**
 * Counts the calls of every port and fails those that `when` names, counted from 1: with a fault where the port answers with
 * one, or by a throw. `kind` tells which calls are counted.
 */
export function faultyPorts(kind: 'answering' | 'throwing', when: (n: number) => boolean, fault: Fault): Meter {
  const calls: string[] = [];
  const cases: number[] = [];
  const sinceEvent = new Set<string>();
  const counted = (call: string): boolean => !LEFT_OUT.has(call) && ANSWERING.has(call) === (kind === 'answering');
  const wrapPort = <T extends object>(name: string, port: T): T => new Proxy(port, {
    get(target, member, receiver): unknown {
      const value: unknown = Reflect.get(target, member, receiver);
      const call = `${name}.${String(member)}`;
      if (typeof value !== 'function' || !counted(call)) return value;
      return (...args: unknown[]): unknown => {
        calls.push(call);
        if (!sinceEvent.has(call)) cases.push(calls.length);
        sinceEvent.add(call);
        return when(calls.length) ? failing(call, fault) : Reflect.apply(value, target, args);
      };
    },
  });
  return {
    calls, cases,
    wrapStore: (store) => ({ ...store, append: async (lines) => { sinceEvent.clear(); await store.append(lines); } }),
    wrap: (ports) => ({ ...ports, ...Object.fromEntries(PORTS.map((name) => [name, wrapPort(name, ports[name])])) }),
  };
}

function failing(call: string, fault: Fault): unknown {
  if (!ANSWERING.has(call)) return Promise.reject(Object.assign(new Error(`ENOSPC: ${call}`), { code: 'ENOSPC' }));
  if (call === 'agent.probe') return Promise.resolve({ ok: false, message: fault.message });
  return Promise.resolve(err(call === 'workspace.capture' ? { fault } : fault));
}
