import type { RunDocument } from '../flow/documents.js';
import type { Rest } from '../flow/drive.js';
import type { Trail } from '../flow/trail.js';
import { agentTraceOf } from '../ledger/export/agent-trace.js';
import { otlpOf } from '../ledger/export/otlp.js';
import { provenanceOf } from '../ledger/export/provenance.js';
import type { Evidence } from '../ports/evidence.js';
import { costDocument } from '../report/cost-document.js';
import { renderReportHtml } from '../report/report-html.js';
import { renderSummary } from '../report/summary.js';
import { systemClock } from './clock.js';
import { VERSION } from './version.js';

/** What `run.json` says of a rest. */
export function outcomeOf(rest: Rest): RunDocument['outcome'] {
  if (rest.kind !== 'ended') return rest.kind;
  switch (rest.state.kind) {
    case 'delivered':
    case 'declined':
    case 'exhausted':
    case 'cancelled':
    case 'superseded':
    case 'faulted': return rest.state.kind;
    default: throw new Error(`a run came to rest in ${rest.state.kind}`);
  }
}

/** Writes `run.json` anew: at the start, so that a killed run can be found and resumed, and at every rest. */
export async function writeRunDocument(evidence: Evidence, trail: Trail, invocation: RunDocument['invocation'], outcome: RunDocument['outcome']): Promise<void> {
  const first = trail.events[0];
  const last = trail.events.at(-1);
  const document: RunDocument = {
    version: 1, run: trail.run, heddle: VERSION, outcome,
    startedAt: first?.at ?? systemClock.now(), ...(outcome === 'running' || last === undefined ? {} : { endedAt: last.at }),
    head: trail.head, events: trail.events.length, invocation,
  };
  await evidence.writeJson('run.json', document);
}

/** Projects the trail into the documents that people and other tools read. Each can be made again from the trail alone. */
export async function writeDocuments(evidence: Evidence, trail: Trail, by: { readonly builder: string; readonly summaryTitle: string }): Promise<string> {
  const { events } = trail;
  const summary = renderSummary(events, { title: by.summaryTitle });
  await evidence.writeText('summary.md', summary);
  await evidence.writeText('report.html', renderReportHtml(events));
  await evidence.writeJson('cost.json', costDocument(events));
  await evidence.writeJson('otlp.json', otlpOf(events, { heddle: VERSION }));
  const provenance = provenanceOf(events, { head: trail.head ?? '', heddle: VERSION, builder: by.builder });
  if (provenance !== undefined) await evidence.writeJson('provenance.intoto.json', provenance);
  const patch = await evidence.readText('change.patch');
  const trace = patch === undefined ? undefined : agentTraceOf(events, patch, { heddle: VERSION });
  if (trace !== undefined) await evidence.writeJson('agent-trace.json', trace);
  return summary;
}
