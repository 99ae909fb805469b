import type { Fault } from '../../domain/fault.js';
import { digestOfJson } from '../../domain/digest.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { VerificationDocument } from '../documents.js';
import { keepCandidate } from '../keep-candidate.js';
import { packetFor } from '../packet-for.js';
import type { RunState } from '../state.js';

/** Seals the packet for exactly the validated tree, after the verification document and the bundle are in the evidence. */
export async function seal(context: Context, state: Extract<RunState, { kind: 'judged' | 'answered' }>): Promise<Result<void, Fault>> {
  const { ports, trail } = context;
  const kept = await keepCandidate(context, state, state.candidate, true);
  if (!kept.ok) return kept;
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  if (record?.verdict === undefined) throw new Error('a candidate without a verdict was about to be sealed');
  const verification = VerificationDocument.parse({
    version: 1, run: trail.run, order: state.orderDigest, candidate: state.candidate, baseline: state.baseline.results,
    checks: record.judged.results, findings: record.judged.findings, fixed: record.judged.fixed, gates: record.verdict,
  });
  await ports.evidence.writeJson('verification.json', verification);
  const { sealed, packet, truncated, whole } = packetFor(trail.events, state.candidate.tree, ports.reader.capabilities.bodyCharsMax);
  await ports.evidence.writeJson('packet.json', packet);
  await ports.evidence.writeText('packet.md', whole);
  await trail.append({
    type: 'packet-sealed', attempt: state.attempt, tree: state.candidate.tree, packetDigest: sealed.digest,
    verificationDigest: digestOfJson(verification), truncated,
  });
  return ok(undefined);
}
