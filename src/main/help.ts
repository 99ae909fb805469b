import { COMMANDS, type CommandName } from '../config/options.js';
import { optionsOf } from './arguments.js';

/** One line each, for `heddle help`; the first sentence of the reference page. */
export const COMMAND_WORDS: Readonly<Record<CommandName, { readonly usage: string; readonly summary: string; readonly more: readonly string[] }>> = {
  run: {
    usage: 'heddle run [TICKET] [options]',
    summary: 'Turn one ticket into a validated change.',
    more: [
      'TICKET is #12, owner/repo#12, a URL, or a Markdown file with front matter.',
      'The work starts from the base branch as it is committed; uncommitted files are not seen.',
      '',
      'Examples:',
      '  heddle run bugs/total.md --forge local      try it with no service at all',
      '  heddle run #12 --forge github               needs GITHUB_TOKEN and a model key',
      '  heddle run #12 --dry-run                    admission and brief only, no model',
      '  heddle run bug.md --cassette answers.json   replay recorded model answers',
    ],
  },
  admit: {
    usage: 'heddle admit [TICKET] [options]',
    summary: 'First of four jobs: decide whether a ticket is worked on, and write the plan.',
    more: ['Needs a token that can read, runs nothing foreign. Writes plan.json and prints its digest.', 'The other three take their orders from this plan alone. See docs/split.md.'],
  },
  work: {
    usage: 'heddle work --plan FILE --plan-digest HEX [options]',
    summary: 'Second of four jobs: let the agent work on a plan; needs a model key, no token.',
    more: ['Writes bundle/manifest.json and bundle/change.bundle, and prints the digest of the manifest.'],
  },
  verify: {
    usage: 'heddle verify --plan FILE --plan-digest HEX --bundle DIR --bundle-digest HEX [options]',
    summary: 'Third of four jobs: run the checks on a fresh checkout of exactly the bundle\'s tree; needs no secret.',
    more: ['Exit code 0 means: proven. Nothing it writes is read by deliver.'],
  },
  deliver: {
    usage: 'heddle deliver --plan FILE --plan-digest HEX --bundle DIR --bundle-digest HEX --verified RESULT [options]',
    summary: 'Last of four jobs: read the bundle as hostile data and open the change; runs nothing foreign.',
    more: ['Asks again whether ticket, approval and permissions stand. One delivery for a plan, however often it is called.'],
  },
  resume: {
    usage: 'heddle resume [RUN-FOLDER|RUN] [options]',
    summary: 'Go on with a run that was killed, interrupted, or waits for a person.',
    more: ['The trail in the run folder is the state: nothing that was paid for is done again.', 'RUN is the id of a run that waits at the forge: it goes on here, from what is kept there (docs/waiting.md).', 'A run that waits with its work done needs --answer allow or --answer deny.'],
  },
  explain: {
    usage: 'heddle explain RUN-FOLDER|RUN|TICKET [options]',
    summary: 'Why nothing happened, why a run waits, or why it was stopped: the story, who can do what, the rules with what they saw.',
    more: ['Reads only: the run folder, or the ledger, then what waits at the forge.', 'For a ticket that never became a run it asks tracker and forge what would be decided now.'],
  },
  demo: {
    usage: 'heddle demo [options]',
    summary: 'Watch a whole run on a small repository: no key, no network, no install.',
    more: ['Everything is real except the model\'s answers, which are replayed from a recording.'],
  },
  doctor: {
    usage: 'heddle doctor [options]',
    summary: 'Prove before any money is spent that a run can work here.',
    more: ['Looks at git, the sandbox, the agent, the model key, the forge token and the checks; says how to mend what is missing.'],
  },
  redteam: {
    usage: 'heddle redteam [options]',
    summary: 'Let an agent that obeys every injected order loose in your own set-up, and see what stops it.',
    more: ['Needs no key, asks no model, writes to no forge: secrets are planted, the provider and the forge are local.', 'Exit code 5 when anything leaked. --rung none switches the sandbox off, to see that leaks are found.'],
  },
  policy: {
    usage: 'heddle policy check|explain|test|simulate|calibrate [options]',
    summary: 'Check, explain, test and try out the rules of your team. Reads only, asks no model.',
    more: [
      'check [FILE]                 what is wrong with the policy, at file:line:column (default .heddle.yml as it is on the disk)',
      'explain RUN-FOLDER | A..B    which rule decided, and the tree with the values that each rule saw',
      'test [FILE…]                 your own cases, from .heddle/policy-tests/*.yml; exit code 5 when one fails',
      'simulate                     what the policy as it is edited now (or --config FILE) would have said of the last merged changes,',
      '                             or of recorded runs (--runs DIR), beside what the one in force on the branch says',
      'calibrate                    weights of the risk score that fit the history of this repository, and how much better they are',
    ],
  },
  schema: {
    usage: 'heddle schema [NAME]',
    summary: 'Print the JSON Schema of a document, or list the names.',
    more: [],
  },
  audit: {
    usage: 'heddle audit verify [RUN-FOLDER] [options]',
    summary: 'Check the hash chain of a trail, offline.',
    more: ['Names the first bad line. With --head the end of the trail is checked as well.'],
  },
};

export function generalHelp(version: string): string {
  const rows = COMMANDS.map((name) => `  ${name.padEnd(8)} ${COMMAND_WORDS[name].summary}`);
  return [
    `heddle ${version}: approved tickets become validated, reviewable changes.`, '',
    'Usage: heddle COMMAND [options]', '', 'Commands:', ...rows, '',
    'Start with `heddle demo`. `heddle COMMAND --help` explains a command.', '',
    ...EXIT_CODES,
  ].join('\n');
}

export function commandHelp(command: CommandName): string {
  const words = COMMAND_WORDS[command];
  const options = optionsOf(command).map((option) => {
    const left = `  --${option.name}${option.value === undefined ? '' : ` ${option.value}`}`;
    const choices = option.choices === undefined ? '' : ` One of: ${option.choices.join(', ')}.`;
    const fallback = option.default === undefined ? '' : ` Default: ${option.default}.`;
    return `${left.padEnd(26)} ${option.description}${choices}${fallback}`;
  });
  const secrets = SECRETIVE.has(command)
    ? ['', 'Secrets come from the environment only: HEDDLE_MODEL_KEY (or ANTHROPIC_API_KEY, OPENAI_API_KEY) and GITHUB_TOKEN.'] : [];
  return [`Usage: ${words.usage}`, '', words.summary, ...words.more, '', 'Options:', ...options, ...secrets, '', ...EXIT_CODES].join('\n');
}

const SECRETIVE: ReadonlySet<CommandName> = new Set(['run', 'admit', 'work', 'deliver', 'resume', 'explain', 'doctor']);

const EXIT_CODES = [
  'Exit codes: 0 delivered or nothing to do, 1 our fault, 2 usage or configuration, 3 declined,',
  '            4 waiting for a person, 5 stopped by a limit or a gate (work kept), 6 outside service failed.',
];
