import { z } from 'zod';

/** A document of the run folder (or one that a person writes), with its JSON Schema. */
export interface DocumentSchema {
  readonly file: string | undefined;
  readonly words: string;
  readonly schema: unknown;
}

/** Every published schema, by name. The modules are loaded here and not before: few starts need them. */
export async function documentSchemas(): Promise<Readonly<Record<string, DocumentSchema>>> {
  const documents = await load();
  return Object.fromEntries(Object.entries(documents).map(([name, { type, file, words, io }]) => [name, {
    file, words,
    schema: { $id: `urn:heddle:schema:${name}:v1`, title: name, description: words, ...z.toJSONSchema(type, { io: io ?? 'output', unrepresentable: 'throw' }) },
  }]));
}

interface Entry { readonly type: z.ZodType; readonly file?: string; readonly words: string; readonly io?: 'input' }

async function load(): Promise<Readonly<Record<string, Entry>>> {
  const [{ Configuration }, flow, documents, domain, exports, rooms] = await Promise.all([
    import('../config/configuration.js'), import('../flow/event.js'), import('../flow/documents.js'), domainDocuments(), exportDocuments(), roomDocuments(),
  ]);
  return {
    configuration: { type: Configuration, file: '.heddle.yml', words: 'The configuration of a repository.', io: 'input' },
    policy: { type: rooms.PolicyDocument, words: 'Rules of a team: a preset, or an organisation\'s floor.', io: 'input' },
    'policy-tests': { type: rooms.PolicyCases, file: '.heddle/policy-tests/*.yml', words: 'A team\'s own cases for its policy.', io: 'input' },
    'trail-line': { type: z.strictObject({ event: flow.RunEvent, hash: domain.Digest }), file: 'events.jsonl', words: 'One line of the chained trail: the event and the hash of its canonical text.' },
    run: { type: documents.RunDocument, file: 'run.json', words: 'What this folder is and where the run stands.' },
    order: { type: domain.Order, file: 'order.json', words: 'The admitted work: what, on which base, under which policy and limits.' },
    ticket: { type: domain.Snapshot, file: 'ticket.json', words: 'The cleaned ticket as the agent got it, with every removal.' },
    brief: { type: domain.Brief, file: 'brief.json', words: 'What the agent was given.' },
    'check-result': { type: domain.CheckResult, file: 'checks/<attempt>/<check>/result.json', words: 'How one check ended on one tree.' },
    'check-reports': { type: z.array(domain.CheckReports), file: 'checks/<attempt>/reports.json', words: 'What the report files of the checks said on one tree.' },
    'agent-event': { type: documents.AgentLogLine, file: 'agent/<attempt>/events.jsonl', words: 'One thing the agent said or did, in its own words.' },
    'model-call': { type: documents.ModelCallLine, file: 'agent/<attempt>/model-calls.jsonl', words: 'One model call as the gateway counted it.' },
    manifest: { type: domain.ManifestDocument, file: 'bundle/manifest.json', words: 'What change.bundle holds.' },
    verification: { type: documents.VerificationDocument, file: 'verification.json', words: 'What was proved about which tree.' },
    delivery: { type: documents.DeliveryDocument, file: 'delivery.json', words: 'What was opened where.' },
    cost: { type: rooms.CostDocument, file: 'cost.json', words: 'Tokens and money, per attempt and in all.' },
    packet: { type: rooms.ReviewPacket, file: 'packet.json', words: 'The review packet as data; packet.md is rendered from it.' },
    provenance: { type: exports.ProvenanceDocument, file: 'provenance.intoto.json', words: 'in-toto statement with SLSA provenance, unsigned.' },
    'agent-trace': { type: exports.AgentTraceDocument, file: 'agent-trace.json', words: 'Which lines an agent wrote.' },
    otlp: { type: exports.OtlpDocument, file: 'otlp.json', words: 'The run as an OpenTelemetry trace.' },
    redteam: { type: rooms.RedteamDocument, file: 'redteam.json', words: 'What the obedient agent of `heddle redteam` tried, what stopped it, and what leaked.' },
    doctor: { type: rooms.DoctorDocument, words: 'What `heddle doctor --json` prints.' },
    explain: { type: rooms.ExplainDocument, words: 'What `heddle explain --json` prints.' },
    cassette: { type: rooms.CassetteDocument, words: 'Recorded model answers for replay.' },
  };
}

async function domainDocuments() {
  const [{ Brief }, { CheckResult }, { CheckReports }, { Digest }, { ManifestDocument }, { Order }, { Snapshot }] = await Promise.all([
    import('../domain/brief.js'), import('../domain/check.js'), import('../domain/report.js'), import('../domain/ids.js'), import('../domain/manifest.js'), import('../domain/order.js'), import('../domain/ticket.js'),
  ]);
  return { Brief, CheckResult, CheckReports, Digest, ManifestDocument, Order, Snapshot };
}

async function exportDocuments() {
  const [{ ProvenanceDocument }, { AgentTraceDocument }, { OtlpDocument }] = await Promise.all([
    import('../ledger/export/provenance.js'), import('../ledger/export/agent-trace.js'), import('../ledger/export/otlp.js'),
  ]);
  return { ProvenanceDocument, AgentTraceDocument, OtlpDocument };
}

async function roomDocuments() {
  const [{ CostDocument }, { ReviewPacket }, { CassetteDocument }, { DoctorDocument }, { RedteamDocument }, { ExplainDocument }] = await Promise.all([
    import('../report/cost-document.js'), import('../packet/review-packet.js'), import('../containment/gateway/cassette.js'),
    import('./doctor/doctor-document.js'), import('../redteam/redteam-document.js'), import('../explain/explanation.js'),
  ]);
  const [{ PolicyDocument }, { PolicyCases }] = await Promise.all([import('../policy/rule-schema.js'), import('../policy/policy-case.js')]);
  return { CostDocument, ReviewPacket, CassetteDocument, DoctorDocument, RedteamDocument, ExplainDocument, PolicyDocument, PolicyCases };
}
