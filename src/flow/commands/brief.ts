import { writeBrief } from '../../briefing/write-brief.js';
import { digestOf } from '../../domain/digest.js';
import type { Fault } from '../../domain/fault.js';
import type { Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { checksFor } from '../checks-for.js';
import type { RunState } from '../state.js';

/** Writes the brief as a document of the evidence and records its digest. Reads the base commit and nothing else. */
export async function brief(context: Context, state: Extract<RunState, { kind: 'admitted' }>): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const derived = await checksFor(ports.workspace, state.order.base.commit, settings);
  if (!derived.ok) return derived;
  const written = await writeBrief({
    snapshot: state.snapshot, order: state.order, config: settings.config, checks: derived.value.checks,
    workspace: ports.workspace, mark: ports.ids.hex(16), likely: context.early.ranked(state.snapshot.digest, settings.config.workdir),
  });
  if (!written.ok) return written;
  const document = written.value;
  await ports.evidence.writeJson('brief.json', document);
  // The digest is of the file as it stands, redacted: it is what the prompt will be rendered from.
  const text = await ports.evidence.readText('brief.json') ?? '';
  await trail.append({
    type: 'briefed', briefDigest: digestOf(text), checks: [...derived.value.checks],
    likelyFiles: document.likelyFiles.map((file) => file.path),
    instructionFiles: document.instructions.map(({ path, digest }) => ({ path, digest })),
    owners: document.owners.map((rule) => ({ ...rule, owners: [...rule.owners] })),
  });
  return { ok: true, value: undefined };
}
