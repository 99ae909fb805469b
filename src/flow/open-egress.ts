import type { Fault } from '../domain/fault.js';
import { err, ok, type Result } from '../kit/result.js';
import type { EgressReport } from '../domain/egress.js';
import type { EgressSession } from '../ports/egress.js';
import type { Context } from './context.js';

const MEGABYTE = 1024 * 1024;

/** A way out for the hosts, by the rules of the configuration; with none, one that refuses and records. Undefined where no proxy is. */
export async function openEgress(context: Context, allow: readonly string[]): Promise<Result<EgressSession | undefined, Fault>> {
  const { network } = context.settings.config.sandbox;
  if (context.ports.egress === undefined) return allow.length === 0 ? ok(undefined) : err(noProxy());
  return context.ports.egress.open({
    allow, ports: network.ports, private: network.private, bytesUpMax: network.bytes_up_mb * MEGABYTE, bytesDownMax: network.bytes_down_mb * MEGABYTE,
  });
}

/** Ends the session; what it saw, when there is something to say. */
export async function reportOf(session: EgressSession | undefined): Promise<EgressReport | undefined> {
  const report = await session?.close();
  return report === undefined || (report.allowed.length === 0 && report.refused.length === 0) ? undefined : report;
}

function noProxy(): Fault {
  return { code: 'unsupported', side: 'ours', retryable: false, source: 'flow', message: 'Hosts are allowed by the configuration, but this phase has no egress proxy.' };
}
