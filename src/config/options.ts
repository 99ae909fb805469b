/**
 * Every option of the command line and of the GitHub Action, described once. Flags, action inputs, `--help` and the reference
 * page come from this table. An option with a `setting` overrides that key of the configuration file and has no
 * default of its own: the configuration's schema has it. No import on purpose: reading inputs must cost nothing.
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
  /** Environment variables that give it on the command line, first found wins. Secrets have no flag. */
  readonly env?: readonly string[];
}

export const COMMANDS = ['run', 'resume', 'demo', 'doctor', 'schema', 'audit'] as const;
export type CommandName = (typeof COMMANDS)[number];

const working: readonly CommandName[] = ['run', 'resume', 'doctor'];

export const OPTIONS: readonly OptionSpec[] = [
  { name: 'ticket', kind: 'text', value: 'TICKET', description: 'The ticket to work on: #12, owner/repo#12, a URL, or a Markdown file. Left out when an event names it.', commands: [], action: true },
  { name: 'event', kind: 'text', value: 'FILE', description: 'A forge event as JSON that names the ticket and the person who acted.', commands: ['run'], action: false },
  { name: 'repo', kind: 'text', value: 'DIR', description: 'The checkout to work on.', default: '.', commands: ['run', 'resume', 'doctor'], action: true },
  { name: 'config', kind: 'text', value: 'FILE', description: 'Configuration file. By default .heddle.yml is read from the base commit.', commands: working, action: true },
  { name: 'forge', kind: 'text', value: 'ID', choices: ['github', 'local'], description: 'Where the change is opened. `local` keeps it in a folder beside a bare repository.', commands: working, action: false },
  { name: 'forge-dir', kind: 'text', value: 'DIR', description: 'Folder of the local forge. The default is `local-forge` beside the run folder.', commands: working, action: false },
  { name: 'agent', kind: 'text', value: 'ID', description: 'The coding agent.', setting: 'agent.id', choices: ['builtin', 'claude-code', 'command'], commands: working, action: true },
  { name: 'model', kind: 'text', value: 'ID', description: 'Model id as the provider spells it.', setting: 'agent.model', commands: working, action: true },
  { name: 'model-api', kind: 'text', value: 'API', description: 'Wire format of the provider.', setting: 'model.api', choices: ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'], commands: working, action: true },
  { name: 'model-base-url', kind: 'text', value: 'URL', description: 'Another provider or a private route.', setting: 'model.base_url', commands: working, action: true },
  { name: 'base', kind: 'text', value: 'BRANCH', description: 'Branch that the change goes to.', setting: 'delivery.base', commands: working, action: true },
  { name: 'label', kind: 'text', value: 'LABEL', description: 'The label that approves a ticket.', setting: 'trigger.label', commands: ['run'], action: true },
  { name: 'workdir', kind: 'text', value: 'DIR', description: 'Sub-project of a monorepo that the work is bound to.', setting: 'workdir', commands: working, action: true },
  { name: 'attempts', kind: 'number', value: 'N', description: 'Agent sessions, repairs included.', setting: 'limits.attempts', commands: ['run'], action: true },
  { name: 'cost-usd', kind: 'number', value: 'USD', description: 'Money that the run may spend on the model.', setting: 'limits.cost_usd', commands: ['run'], action: true },
  { name: 'min-rung', kind: 'text', value: 'RUNG', description: 'Weakest isolation the run may have.', setting: 'sandbox.min_rung', choices: ['bubblewrap', 'container', 'landlock', 'own-uid', 'none'], commands: working, action: true },
  { name: 'out', kind: 'text', value: 'DIR', description: 'The run folder: the trail and all evidence.', default: 'heddle-run', commands: ['run', 'demo'], action: true },
  { name: 'dry-run', kind: 'flag', description: 'Stop before anything is written outside: admit and brief only, no model is called.', commands: ['run'], action: true },
  { name: 'cassette', kind: 'text', value: 'FILE', description: 'Answer model calls from a recording; no key and no network are needed.', commands: ['run', 'resume'], action: false },
  { name: 'record', kind: 'text', value: 'FILE', description: 'Record the model\'s answers, redacted, for later replay.', commands: ['run'], action: false },
  { name: 'answer', kind: 'text', value: 'ANSWER', choices: ['allow', 'deny'], description: 'The answer that a waiting run asked for.', commands: ['resume'], action: false },
  { name: 'upload-evidence', kind: 'flag', description: 'Keep the run folder as a workflow artifact.', actionDefault: 'true', commands: [], action: true },
  { name: 'install', kind: 'flag', description: 'Download the pinned agent now, if it is missing.', commands: ['doctor'], action: false },
  { name: 'json', kind: 'flag', description: 'Print the result as JSON on standard output.', commands: ['run', 'resume', 'demo', 'doctor', 'audit'], action: false },
  { name: 'head', kind: 'text', value: 'HASH', description: 'The head hash that the trail must end with.', commands: ['audit'], action: false },
  { name: 'github-token', kind: 'secret', description: 'Token for the repository: contents, pull-requests, issues and checks.', actionDefault: '${{ github.token }}', commands: working, action: true, env: ['GITHUB_TOKEN', 'GH_TOKEN'] },
  { name: 'model-key', kind: 'secret', description: 'Key of the model provider. It stays in the gateway and never reaches the agent.', commands: working, action: true, env: ['HEDDLE_MODEL_KEY', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY'] },
  { name: 'registry-token', kind: 'secret', description: 'Token that reads the npm registry the agent is installed from, where it wants one. Sent to that registry alone.', commands: working, action: true, env: ['HEDDLE_REGISTRY_TOKEN'] },
];

/** What the action answers. */
export const OUTPUTS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'outcome', description: 'delivered, declined, ignored, waiting, exhausted, cancelled, superseded, faulted or interrupted.' },
  { name: 'run-id', description: 'The id of the run.' },
  { name: 'change-url', description: 'Where the change can be reviewed; empty when there is none.' },
  { name: 'cost-usd', description: 'What the model calls cost, in US dollars.' },
  { name: 'evidence', description: 'The run folder, or the address of the artifact that holds it.' },
];
