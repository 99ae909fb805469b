import type { Phase } from '../domain/phase.js';

/**
 * Every option of the command line and of the GitHub Action, described once. Flags, action inputs, `--help` and the reference
 * page come from this table. An option with a `setting` overrides that key of the configuration file and has no
 * default of its own: the configuration's schema has it. Only types are imported: reading inputs must cost nothing.
 */
export interface OptionSpec {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'flag' | 'secret';
  readonly description: string;
  /** Shown in help: `--repo DIR`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Key of the configuration that it overrides. */
  readonly setting?: string;
  /** Default of an option without a setting. For the action's input it may be an expression. */
  readonly default?: string;
  readonly actionDefault?: string;
  readonly commands: readonly CommandName[];
  /** An input of the action as well. */
  readonly action: boolean;
  /** An input of the actions of these phases. */
  readonly phases?: readonly Phase[];
  /** Environment variables that give it on the command line, first found wins. Secrets have no flag. */
  readonly env?: readonly string[];
}

export const COMMANDS = ['run', 'admit', 'work', 'verify', 'deliver', 'resume', 'explain', 'demo', 'doctor', 'redteam', 'policy', 'schema', 'audit'] as const;
export type CommandName = (typeof COMMANDS)[number];

const working: readonly CommandName[] = ['run', 'resume', 'doctor'];
const phases: readonly Phase[] = ['admit', 'work', 'verify', 'deliver'];
/** After admit the plan says it all: what a later job is told otherwise would only differ. */
const settings: readonly CommandName[] = ['run', 'admit', 'resume', 'doctor'];
const planned: readonly Phase[] = ['work', 'verify', 'deliver'];

export const OPTIONS: readonly OptionSpec[] = [
  { name: 'ticket', kind: 'text', value: 'TICKET', description: 'The ticket to work on: #12, owner/repo#12, a URL, or a Markdown file. Left out when an event names it.', commands: [], action: true, phases: ['admit'] },
  { name: 'event', kind: 'text', value: 'FILE', description: 'A forge event as JSON that names the ticket and the person who acted.', commands: ['run', 'admit'], action: false },
  { name: 'repo', kind: 'text', value: 'DIR', description: 'The checkout to work on.', default: '.', commands: [...working, ...phases, 'explain', 'redteam', 'policy'], action: true, phases },
  { name: 'config', kind: 'text', value: 'FILE', description: 'Configuration file. By default .heddle.yml is read from the base commit.', commands: [...settings, 'explain', 'redteam', 'policy'], action: true, phases: ['admit'] },
  { name: 'forge', kind: 'text', value: 'ID', choices: ['github', 'gitlab', 'gitea', 'local'], description: 'Where the change is opened; in CI the forge around it. `local` keeps it in a folder beside a bare repository.', commands: [...working, 'explain', 'admit', 'deliver'], action: false },
  { name: 'gitlab-url', kind: 'text', value: 'URL', description: 'Address of the GitLab instance. In a GitLab job it must be the one of the job, so that no variable can send a token elsewhere.', commands: [...working, 'explain', ...phases], action: false },
  { name: 'gitea-url', kind: 'text', value: 'URL', description: 'Address of the Gitea or Forgejo instance. In a job of its Actions it is always the one around the job.', commands: [...working, 'explain', 'admit', 'deliver'], action: false },
  { name: 'forge-dir', kind: 'text', value: 'DIR', description: 'Folder of the local forge. The default is `local-forge` beside the run folder.', commands: [...working, 'explain', 'admit', 'deliver'], action: false },
  { name: 'agent', kind: 'text', value: 'ID', description: 'The coding agent.', setting: 'agent.id', choices: ['builtin', 'claude-code', 'codex', 'gemini-cli', 'opencode', 'acp', 'command'], commands: settings, action: true, phases: ['admit'] },
  { name: 'model', kind: 'text', value: 'ID', description: 'Model id as the provider spells it.', setting: 'agent.model', commands: settings, action: true, phases: ['admit'] },
  { name: 'model-api', kind: 'text', value: 'API', description: 'Wire format of the provider.', setting: 'model.api', choices: ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'], commands: settings, action: true, phases: ['admit'] },
  { name: 'model-base-url', kind: 'text', value: 'URL', description: 'Another provider or a private route.', setting: 'model.base_url', commands: settings, action: true, phases: ['admit'] },
  { name: 'base', kind: 'text', value: 'BRANCH', description: 'Branch that the change goes to.', setting: 'delivery.base', commands: [...settings, 'redteam'], action: true, phases: ['admit'] },
  { name: 'label', kind: 'text', value: 'LABEL', description: 'The label that approves a ticket.', setting: 'trigger.label', commands: ['run', 'admit'], action: true, phases: ['admit'] },
  { name: 'policy-floor', kind: 'text', value: 'SOURCE', description: 'Rules of the organisation that nothing in the repository can loosen, several with blanks between; also the variable HEDDLE_POLICY_FLOOR.', commands: ['run', 'admit', 'doctor', 'redteam', 'policy'], action: true, phases: ['admit'] },
  { name: 'workdir', kind: 'text', value: 'DIR', description: 'Sub-project of a monorepo that the work is bound to.', setting: 'workdir', commands: settings, action: true, phases: ['admit'] },
  { name: 'attempts', kind: 'number', value: 'N', description: 'Agent sessions, repairs included.', setting: 'limits.attempts', commands: ['run', 'admit'], action: true, phases: ['admit'] },
  { name: 'cost-usd', kind: 'number', value: 'USD', description: 'Money that the run may spend on the model.', setting: 'limits.cost_usd', commands: ['run', 'admit'], action: true, phases: ['admit'] },
  { name: 'rung', kind: 'text', value: 'RUNG', description: 'Force this isolation for the drill; `none` switches the sandbox off, so that planted secrets must be found.', choices: ['bubblewrap', 'container', 'landlock', 'own-uid', 'none'], commands: ['redteam'], action: false },
  { name: 'min-rung', kind: 'text', value: 'RUNG', description: 'Weakest isolation the run may have.', setting: 'sandbox.min_rung', choices: ['bubblewrap', 'container', 'landlock', 'own-uid', 'none'], commands: settings, action: true, phases: ['admit'] },
  { name: 'out', kind: 'text', value: 'DIR', description: 'The run folder: the trail and all evidence.', default: 'heddle-run', commands: ['run', 'resume', 'demo', ...phases, 'redteam'], action: true, phases },
  { name: 'plan', kind: 'text', value: 'FILE', description: 'The plan that admit wrote (plan.json); as an input of an action its text.', commands: planned, action: false, phases: planned },
  { name: 'plan-digest', kind: 'text', value: 'HEX', description: 'SHA-256 of the plan, from the outputs of admit.', commands: planned, action: false, phases: planned },
  { name: 'bundle', kind: 'text', value: 'DIR', description: 'The folder with the artifact of the work job: manifest.json and change.bundle, nothing else.', commands: ['verify', 'deliver'], action: false, phases: ['verify', 'deliver'] },
  { name: 'bundle-digest', kind: 'text', value: 'HEX', description: 'SHA-256 of manifest.json, from the outputs of work.', commands: ['verify', 'deliver'], action: false, phases: ['verify', 'deliver'] },
  { name: 'bundle-job', kind: 'text', value: 'JOB', description: 'GitLab: the job of this pipeline whose artifact holds the bundle, asked of GitLab itself; --bundle is then the folder inside of it (heddle-run/bundle).', commands: ['verify', 'deliver'], action: false },
  { name: 'verify-job', kind: 'text', value: 'JOB', description: 'GitLab: the verify job of this pipeline; how it ended is asked of GitLab itself, instead of --verified.', commands: ['deliver'], action: false },
  { name: 'verified', kind: 'text', value: 'RESULT', description: 'How the verify job ended, from the CI service itself (needs.verify.result). Anything but `success` delivers nothing.', commands: ['deliver'], action: false, phases: ['deliver'] },
  { name: 'held', kind: 'text', value: 'RULES', description: 'What the verify job wants a person to look at, from its outputs (needs.verify.outputs.held). Without it a change that touches tests is held.', commands: ['deliver'], action: false, phases: ['deliver'] },
  { name: 'resume', kind: 'text', value: 'RUN', description: 'Go on with a run that waits with its work done, from the outputs of admit (waiting-run), instead of a plan.', commands: ['deliver'], action: false, phases: ['deliver'] },
  { name: 'dry-run', kind: 'flag', description: 'Stop before anything is written outside: admit and brief only, no model is called.', commands: ['run'], action: true },
  { name: 'cassette', kind: 'text', value: 'FILE', description: 'Answer model calls from a recording; no key and no network are needed.', commands: ['run', 'work', 'resume'], action: false },
  { name: 'record', kind: 'text', value: 'FILE', description: 'Record the model\'s answers, redacted, for later replay.', commands: ['run', 'work'], action: false },
  { name: 'answer', kind: 'text', value: 'ANSWER', choices: ['allow', 'deny'], description: 'The answer that a waiting run asked for.', commands: ['resume', 'deliver'], action: false },
  { name: 'upload-evidence', kind: 'flag', description: 'Keep the run folder as a workflow artifact.', actionDefault: 'true', commands: [], action: true, phases },
  { name: 'install', kind: 'flag', description: 'Download the pinned agent now, if it is missing.', commands: ['doctor'], action: false },
  { name: 'json', kind: 'flag', description: 'Print the result as JSON on standard output.', commands: ['explain', 'redteam', 'run', ...phases, 'resume', 'demo', 'doctor', 'policy', 'audit'], action: false },
  { name: 'branch', kind: 'text', value: 'BRANCH', description: 'Branch whose policy is in force and whose merged changes are looked at. The default is the checked-out one.', commands: ['policy'], action: false },
  { name: 'last', kind: 'number', value: 'N', description: 'How many merged changes or recorded runs are judged (50 when it is left out), or commits that `calibrate` reads (5000).', commands: ['policy'], action: false },
  { name: 'runs', kind: 'text', value: 'DIR', description: 'Judge recorded runs instead of merged changes: a run folder, a folder of them, or a ledger.', commands: ['policy'], action: false },
  { name: 'head', kind: 'text', value: 'HASH', description: 'The head hash that the trail must end with.', commands: ['audit'], action: false },
  { name: 'github-token', kind: 'secret', description: 'Token for the repository: contents, pull-requests, issues and checks.', actionDefault: '${{ github.token }}', commands: [...working, 'admit', 'deliver'], action: true, phases: ['admit', 'deliver'], env: ['GITHUB_TOKEN', 'GH_TOKEN'] },
  { name: 'gitlab-token', kind: 'secret', description: 'Project or group access token, or that of a service account: scope api, role Developer. Write rights come from it alone; a job token cannot open merge requests.', commands: [...working, 'explain', 'admit', 'deliver'], action: false, env: ['GITLAB_TOKEN'] },
  { name: 'gitea-token', kind: 'secret', description: 'On Gitea and Forgejo, instead of github-token: write:repository, write:issue, read:user and read:organization, of an account that administers the repository.', commands: [...working, 'explain', 'admit', 'deliver'], action: true, phases: ['admit', 'deliver'], env: ['GITEA_TOKEN', 'FORGEJO_TOKEN'] },
  { name: 'trigger-token', kind: 'secret', description: 'Pipeline trigger token of the GitLab projects that are told of tickets of theirs (`routing.aliases`). Without it they are told with `gitlab-token`.', commands: [...working, 'admit', 'deliver'], action: false, env: ['HEDDLE_TRIGGER_TOKEN'] },
  { name: 'model-key', kind: 'secret', description: 'Key of the model provider. It stays in the gateway and never reaches the agent.', commands: [...working, 'work'], action: true, phases: ['work'], env: ['HEDDLE_MODEL_KEY', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY'] },
  { name: 'registry-token', kind: 'secret', description: 'Token that reads the npm registry the agent is installed from, where it wants one. Sent to that registry alone.', commands: [...working, 'work'], action: true, phases: ['work'], env: ['HEDDLE_REGISTRY_TOKEN'] },
  // Of a cloud that has the model. From the environment alone, where the clouds' own tools put them.
  { name: 'sonar-token', kind: 'secret', description: 'Token for gates.external of the kind sonarqube. Sent to that server alone.', commands: [...working, 'deliver'], action: true, phases: ['deliver'], env: ['SONAR_TOKEN'] },
  { name: 'aws-access-key-id', kind: 'secret', description: 'For model.auth.kind bedrock.', commands: [...working, 'work'], action: false, env: ['AWS_ACCESS_KEY_ID'] },
  { name: 'aws-secret-access-key', kind: 'secret', description: 'For model.auth.kind bedrock.', commands: [...working, 'work'], action: false, env: ['AWS_SECRET_ACCESS_KEY'] },
  { name: 'aws-session-token', kind: 'secret', description: 'For model.auth.kind bedrock.', commands: [...working, 'work'], action: false, env: ['AWS_SESSION_TOKEN'] },
  { name: 'aws-container-token', kind: 'secret', description: 'For model.auth.kind bedrock in a container or pod.', commands: [...working, 'work'], action: false, env: ['AWS_CONTAINER_AUTHORIZATION_TOKEN'] },
  { name: 'aws-bearer-token', kind: 'secret', description: 'For model.auth.kind bedrock: a key of Bedrock itself.', commands: [...working, 'work'], action: false, env: ['AWS_BEARER_TOKEN_BEDROCK'] },
  { name: 'google-access-token', kind: 'secret', description: 'For model.auth.kind vertex: a ready access token.', commands: [...working, 'work'], action: false, env: ['GOOGLE_OAUTH_ACCESS_TOKEN', 'CLOUDSDK_AUTH_ACCESS_TOKEN'] },
  { name: 'google-credentials', kind: 'secret', description: 'For model.auth.kind vertex: the text of a credentials file.', commands: [...working, 'work'], action: false, env: ['GOOGLE_CREDENTIALS'] },
];

/** What the action answers. */
export const OUTPUTS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'outcome', description: 'delivered, declined, ignored, waiting, exhausted, cancelled, superseded, faulted or interrupted.' },
  { name: 'run-id', description: 'The id of the run.' },
  { name: 'change-url', description: 'Where the change can be reviewed; empty when there is none.' },
  { name: 'cost-usd', description: 'What the model calls cost, in US dollars.' },
  { name: 'evidence', description: 'The run folder, or the address of the artifact that holds it.' },
];

/** What the action of each phase answers. Of work nothing but digits and hexadecimal digits is read by the jobs after it. */
export const PHASE_OUTPUTS: Readonly<Record<Phase, readonly { readonly name: string; readonly description: string }[]>> = {
  admit: [
    { name: 'outcome', description: 'admitted, waiting, resume (deliver goes on with a run that waits), declined, ignored, exhausted, superseded, faulted or interrupted.' },
    { name: 'run-id', description: 'The id of the run.' },
    { name: 'waiting-run', description: 'With the outcome `resume`: the run that deliver goes on with.' },
    { name: 'base-commit', description: 'The commit that the order stands on: what the other jobs check out.' },
    { name: 'plan', description: 'The plan as canonical JSON, for the other jobs. Empty when nothing was admitted.' },
    { name: 'plan-digest', description: 'SHA-256 of the plan, 64 hexadecimal digits.' },
    { name: 'evidence', description: 'The run folder, or the address of the artifact that holds it.' },
  ],
  work: [
    { name: 'outcome', description: 'worked, exhausted, cancelled, faulted or interrupted.' },
    { name: 'artifact-id', description: 'The number of the artifact with the bundle; empty when there is none.' },
    { name: 'bundle-digest', description: 'SHA-256 of the manifest of the bundle, 64 hexadecimal digits; empty when there is none.' },
    { name: 'cost-usd', description: 'What the model calls cost, in US dollars.' },
    { name: 'evidence', description: 'The run folder, or the address of the artifact that holds it.' },
  ],
  verify: [
    { name: 'outcome', description: 'verified, refuted, exhausted, faulted or interrupted. For people: deliver goes by the result of the job.' },
    { name: 'held', description: 'Rules on running tests that hold the change for a person, with commas between, or `none`: deliver cannot run them again.' },
    { name: 'evidence', description: 'The run folder, or the address of the artifact that holds it.' },
  ],
  deliver: [
    { name: 'outcome', description: 'delivered, waiting, exhausted, superseded, faulted or interrupted.' },
    { name: 'run-id', description: 'The id of the run.' },
    { name: 'change-url', description: 'Where the change can be reviewed; empty when there is none.' },
    { name: 'evidence', description: 'The run folder, or the address of the artifact that holds it.' },
  ],
};
