import { z } from 'zod';
import { ReportFormat } from '../domain/report.js';
import { Rung } from '../domain/rung.js';
import { ApprovalConfig, LoopsConfig, OverridesConfig } from './approval-config.js';
import { rolesAreDefined, RolesConfig } from './roles-config.js';
import { BreakersConfig, BudgetsConfig } from './budget-config.js';
import { LedgerConfig } from './ledger-config.js';
import { CheckNetwork, NetworkConfig } from './network-config.js';
import { CapsConfig, OverlapConfig } from './overlap-config.js';
import { ExternalGateConfig, QualityConfig } from './quality-config.js';
import { PolicyConfig } from './policy-config.js';
import { RiskConfig } from './risk-config.js';
import { consequencesConfig } from './consequences-config.js';
import { guardConfig } from './guard-config.js';
import { TamperConfig } from './tamper-config.js';
import { TestsConfig } from './tests-config.js';
import { agentSupply, serversAreNamed } from './agent-config.js';
import { DirectivesConfig } from './directives-config.js';
import { ReadinessConfig } from './readiness-config.js';
import { RoutingConfig, targetsConfig } from './routing-config.js';
import { WaitingConfig } from './waiting-config.js';

/**
 * The one description of `.heddle.yml`, read from the base commit and never from the agent's tree. Flags, action inputs,
 * the JSON Schema and the reference page are generated from it; each default stands here and nowhere else. Keys are
 * spelled as users write them.
 */
const duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h (for example 90s, 30m)');
const globs = z.array(z.string().min(1).max(500)).max(500);
const count = z.number().int().positive();

const word = z.string().regex(/^[A-Za-z0-9][\w.:/-]{0,511}$/);

/** Ways to be known by a model provider. No member is a secret. */
const ModelAuth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('key') }).describe('The key in the header that belongs to `api`.'),
  z.strictObject({ kind: z.literal('bearer') }).describe('The key as a bearer token.'),
  z.strictObject({
    kind: z.literal('azure'),
    api_version: z.string().regex(/^[\w.-]{1,40}$/).optional().describe('For the dated paths; without it the version 1 paths are used.'),
    deployment: word.optional().describe('Name of the deployment, when it is not the model id.'),
  }).describe('The `api-key` header and the paths of Azure.'),
  z.strictObject({
    kind: z.literal('bedrock'), region: z.string().regex(/^[a-z0-9-]{1,40}$/),
    model_id: word.optional().describe('Model or inference profile, when it is not the model id.'),
    role_arn: word.optional().describe('Role for the token of the CI in `token_file`.'),
    token_file: z.string().min(1).optional().describe('File with the token of the CI (web identity).'),
  }).describe('Signed calls to Amazon Bedrock.'),
  z.strictObject({
    kind: z.literal('vertex'), project: z.string().regex(/^[a-z0-9][a-z0-9:.-]{0,99}$/), location: z.string().regex(/^[a-z0-9-]{1,40}$/),
    model_id: word.optional().describe('Model with its version, when it is not the model id.'),
  }).describe('Google Vertex AI with a service account or a federated identity.'),
]);

export const CheckConfig = z.strictObject({
  run: z.string().min(1).max(20_000).describe('Shell text, run with `sh -e` in the sandbox on a fresh checkout.'),
  needs: z.array(z.string()).default([]).describe('Checks that must pass before this one starts.'),
  workdir: z.string().default('').describe('Folder below the repository root.'),
  timeout: duration.optional().describe('Ends the check; the default is limits.check_time.'),
  reports: z.array(z.strictObject({ format: ReportFormat, path: z.string().min(1) })).default([]).describe('Report files the check writes: tests (junit, ctrf), scanners (sarif), coverage (lcov, cobertura, jacoco, clover), advisories (osv), a SonarQube analysis (sonar-task).'),
  network: CheckNetwork.default(false).describe('The check may use the network: `true` for all of the runner\'s, or a list of hosts that it may reach through the egress proxy.'),
  when: z.strictObject({ paths: globs }).optional().describe('Run only when a changed path matches.'),
  inputs: globs.optional().describe('What the check reads. When the base branch moves in none of it, its result still stands; the default is `when.paths`, or all below `workdir`.'),
  role: z.enum(['setup', 'check']).default('check').describe('A setup check prepares the tree (installing dependencies) and yields no findings.'),
});
export type CheckConfig = z.infer<typeof CheckConfig>;

export const LimitsConfig = z.strictObject({
  attempts: count.max(20).default(3).describe('Agent sessions per run, repairs included.'),
  cost_usd: z.number().positive().max(10_000).default(5).describe('Money per run; the model gateway stops at it inside the stream.'),
  tokens: count.default(5_000_000).describe('Tokens per run, all kinds added.'),
  model_calls: count.default(400).describe('Model calls per run.'),
  run_time: duration.default('2h').describe('Wall time of the whole run.'),
  attempt_time: duration.default('30m').describe('Wall time of one agent session.'),
  idle_time: duration.default('10m').describe('Longest silence of an agent.'),
  check_time: duration.default('15m').describe('Wall time of one check, unless the check says otherwise.'),
  agent_output_mb: count.default(64).describe('Output of one agent session.'),
  check_output_mb: count.default(16).describe('Output of one check.'),
  processes: count.default(1024).describe('Processes and threads at a time in the sandbox.'),
  memory_mb: count.default(4096).describe('Memory of one program with all its children.'),
  cpu_time: duration.default('2h').describe('CPU time of one program with all its children.'),
  written_file_mb: count.default(4096).describe('Largest file that a program in the sandbox may write.'),
  disk_mb: count.default(10_240).describe('How much of the disk one program may fill.'),
  diff_files: count.default(100).describe('Files in one change.'),
  diff_kb: count.default(1024).describe('Size of the patch.'),
  file_mb: count.default(20).describe('Size of one file in the change.'),
  ticket_chars: count.max(1_000_000).default(65_536).describe('Longest ticket text; more is cut and said to be.'),
  open_changes: count.default(10).describe('Open Heddle changes in the repository; above it nothing new starts.'),
});
export type LimitsConfig = z.infer<typeof LimitsConfig>;

export const Configuration = z.strictObject({
  version: z.literal(1).default(1).describe('Version of this file format.'),
  trigger: z.strictObject({
    label: z.string().min(1).max(100).default('heddle').describe('The label that approves a ticket.'),
    assignee: z.string().max(100).optional().describe('Assigning this account starts a run as well.'),
  }).prefault({}).describe('What starts a run.'),
  admission: z.strictObject({
    bots: z.array(z.string()).default([]).describe('Exact account ids of bots that may start runs.'),
    hidden_content: z.enum(['hold', 'allow']).default('hold').describe('What to do when text was hidden in the ticket of somebody without write permission.'),
    claim_time: duration.default('3h').describe('How long a ticket stays claimed by a run that vanished.'),
    approval: ApprovalConfig.prefault({}).describe('Who may ask for work, and who must approve it.'),
    loops: LoopsConfig.prefault({}).describe('When runs that start one another are stopped.'),
  }).prefault({}).describe('Who may start runs.'),
  roles: RolesConfig.prefault({}).describe('Roles, and who may use which command.'),
  overrides: OverridesConfig.prefault({}).describe('Which rules a person may lift, and for how long.'),
  readiness: ReadinessConfig.prefault({}).describe('How clear a ticket must be.'),
  directives: DirectivesConfig.prefault({}).describe('What a `heddle` block in a ticket may choose.'),
  routing: RoutingConfig.prefault({}).describe('Which repository a ticket belongs to.'),
  targets: targetsConfig(CheckConfig).describe('Sub-projects of a monorepo. A ticket is bound to one by the label `target:<name>`, a directive, or the paths that it names.'),
  agent: z.strictObject({
    id: z.enum(['builtin', 'claude-code', 'codex', 'gemini-cli', 'opencode', 'acp', 'command']).default('builtin').describe('The coding agent.'),
    model: z.string().min(1).max(200).default('claude-sonnet-4-5').describe('Model id as the provider spells it. For agent `codex` the default is gpt-5.5, for `gemini-cli` gemini-2.5-pro.'),
    command: z.array(z.string().min(1)).default([]).describe('For agents `command` and `acp`: program and arguments.'),
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable\'s name'), z.string().max(100_000)).default({}).describe('For agent `acp`: variables of its program. `{{model}}`, `{{model_url}}` and `{{model_token}}` stand for the model and the gateway; never a secret.'),
    uses_model: z.boolean().default(false).describe('For agent `command`: open the model gateway for it.'),
    path: z.string().optional().describe('The agent\'s program, when it is neither on PATH nor to be installed.'),
    ...agentSupply,
  }).superRefine(serversAreNamed).prefault({}).describe('Who writes the change.'),
  model: z.strictObject({
    api: z.enum(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini']).default('anthropic-messages').describe('Wire format of the provider. For agent `codex` the default is openai-responses, for `gemini-cli` gemini.'),
    base_url: z.url({ protocol: /^https?$/ }).optional().describe('Another provider or a private route; the default follows from `api`.'),
    auth: ModelAuth.default({ kind: 'key' }).describe('How the provider knows you; the secrets themselves come from the environment.'),
    headers: z.record(z.string(), z.string()).default({}).describe('Extra request headers; never secrets.'),
    price: z.strictObject({
      input: z.number().nonnegative(), output: z.number().nonnegative(),
      cache_read: z.number().nonnegative().optional(), cache_write: z.number().nonnegative().optional(),
    }).optional().describe('US dollars per million tokens, for a model without a known price.'),
  }).prefault({}).describe('Where the model is.'),
  workdir: z.string().default('').describe('Sub-project of a monorepo: the work and the derived checks are bound to this folder.'),
  checks: z.record(z.string(), CheckConfig).optional().describe('The validation graph; derived from the repository when left out.'),
  gates: z.strictObject({
    protected: globs.default([]).describe('Paths a change must not touch, beside the built-in ones.'),
    hold: globs.default([]).describe('Paths for which a person must say yes before delivery.'),
    focus: globs.default([]).describe('Paths that are put first on the reviewer\'s list.'),
    quality: QualityConfig.prefault({}),
    external: z.array(ExternalGateConfig).max(10).default([]).describe('Quality gates of other services, asked when the change is judged.'),
    ...guardConfig,
    risk: RiskConfig.prefault({}).describe('How risky a change is, and what follows from it.'),
    tamper: TamperConfig.prefault({}).describe('The guard against weakened tests.'),
    tests: TestsConfig.prefault({}),
  }).prefault({}).describe('What a change may touch.'),
  sandbox: z.strictObject({
    min_rung: Rung.default('landlock').describe('Weakest isolation a run may have; `none` must be asked for.'),
    image: z.string().max(400).optional().describe('Container image for the rung `container`, by digest (`name@sha256:…`) or by its id on the machine; without it that rung is not used.'),
    pull: z.boolean().default(false).describe('Fetch that image when the machine does not have it.'),
    setup_network: CheckNetwork.default(true).describe('What setup checks may use, to install dependencies: all of the runner\'s network, none, or a list of hosts through the egress proxy.'),
    network: NetworkConfig.prefault({}).describe('What the agent may reach beside the model, and the bounds of every list of hosts.'),
  }).prefault({}).describe('Isolation of agent and checks.'),
  limits: LimitsConfig.prefault({}).describe('Bounds of a run.'),
  budgets: BudgetsConfig,
  breakers: BreakersConfig,
  ledger: LedgerConfig.prefault({}).describe('The memory across runs: the story of every run, and what budgets, breakers and leases count.'),
  overlap: OverlapConfig.prefault({}).describe('What to do when others work on the same files, or the same ticket stands there twice.'),
  waiting: WaitingConfig.prefault({}).describe('How long a run waits for a person.'),
  caps: CapsConfig.prefault({}).describe('How many changes may wait for review at a time.'),
  policy: PolicyConfig.prefault({}).describe('Rules of the team over every change: who must look, what is refused, what comes with it. See docs/policy.md.'),
  delivery: z.strictObject({
    base: z.string().max(255).optional().describe('Branch that changes go to; the default is the repository\'s default branch.'),
    draft: z.boolean().default(true).describe('Open changes as drafts.'),
    labels: z.array(z.string().min(1).max(50)).default(['heddle']).describe('Labels of the change.'),
    reviewers: z.enum(['codeowners', 'none']).default('codeowners').describe('Who is asked to review.'),
    stale: z.enum(['warn', 'refuse']).default('warn').describe('What to do when the base branch moved in what checks read, and they cannot run again (the split\'s deliver job runs no foreign code).'),
    ...consequencesConfig,
    start_ci: z.boolean().default(true).describe('Dispatch the repository\'s workflows on the branch when the token cannot trigger them.'),
  }).prefault({}).describe('How the change is opened.'),
}).superRefine(rolesAreDefined);
export type Configuration = z.infer<typeof Configuration>;
