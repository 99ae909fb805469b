// The templates of the GitLab component: typed inputs out of the option table, jobs out of scripts/gitlab/*.yml.
import { readFileSync } from 'node:fs';
import YAML from 'yaml';

/**
 * Between single quotes of a shell no such word ends the quotes, and outside of them none begins an expansion. GitLab checks the
 * pattern before a job exists, so that an input is never more than one word of a command.
 */
const PLAIN = '^[^\'"$`\\\\\\x00-\\x1f\\x7f]*$';
const VARIABLE = '^[A-Z_][A-Z0-9_]{0,99}$';
const DURATION = '^[0-9]{1,4} (minutes|hours|days)( [0-9]{1,2} minutes)?$';

/** Options that a template gives itself, or that mean nothing in a job of GitLab. */
const OWN = new Set(['ticket', 'repo', 'out', 'upload-evidence', 'event', 'plan', 'plan-digest', 'bundle', 'bundle-digest', 'verified', 'resume']);

const COMMON = (version) => ({
  'ticket': { default: '', regex: '^([A-Za-z0-9_][A-Za-z0-9_./#:-]{0,300})?$', description: 'The ticket to work on, when no webhook names it: 12 (an issue of this project), group/project#12, PROJ-123 or a URL.' },
  'stage': { default: 'test', regex: '^[A-Za-z0-9_. -]{1,100}$', description: 'The stage of the jobs. It must exist in your pipeline.' },
  'image': { default: 'node:24-bookworm', regex: '^[A-Za-z0-9][A-Za-z0-9_./:@-]{0,400}$', description: 'The image of the jobs: Node 20.12 or later, git, and with source image the program `heddle` as well. Pin it by digest.' },
  'source': { default: 'npm', options: ['npm', 'image', 'path'], description: 'Where the program comes from: the package `package` at `version`, the program `heddle` of the image, or the folder `path` on the runner.' },
  'version': { default: version, regex: '^[0-9]{1,6}\\.[0-9]{1,6}\\.[0-9]{1,6}(-[0-9A-Za-z.-]{1,60})?$', description: 'With source npm: the exact version of the package. It is the one that this template was made for.' },
  'package': { default: 'heddle', regex: '^(@[a-z0-9][a-z0-9._-]{0,99}/)?[a-z0-9][a-z0-9._-]{0,99}$', description: 'With source npm: the name of the package, for a copy in a registry of your own.' },
  'registry': { default: 'https://registry.npmjs.org/', regex: '^https?://[A-Za-z0-9.:_/@%-]{1,300}$', description: 'With source npm: the registry. No variable can name another one.' },
  'sha256': { default: '', regex: '^([0-9a-f]{64})?$', description: 'With source npm: the SHA-256 that the packed program must have. Left out, the registry\'s own digest is checked alone.' },
  'path': { default: '', regex: '^(/[A-Za-z0-9_./@+-]{1,400})?$', description: 'With source path: the absolute path of a folder that holds dist/cli.js.' },
  'gitlab-url': { default: '', regex: '^(https?://[A-Za-z0-9.:_/-]{1,300}/)?$', description: 'The address of your GitLab with a slash at its end, as https://gitlab.example.com/. Given, a pipeline variable that replaces CI_SERVER_URL is noticed before a token is sent there.' },
  'git-depth': { type: 'number', default: 50, description: 'How many commits of the history are fetched. Scores that look at history see no more than these.' },
  'token-variable': { default: 'HEDDLE_TOKEN', regex: VARIABLE, description: 'The CI/CD variable that holds the access token. Give it a value for each environment; docs/gitlab.md says which rights.' },
  'model-key-variable': { default: 'HEDDLE_MODEL_KEY', regex: VARIABLE, description: 'The CI/CD variable that holds the key of the model provider.' },
  'environment': { default: 'heddle', regex: '^[A-Za-z0-9_./-]{1,100}$', description: 'Beginning of the names of the environments that variables are bound to: heddle/admit, heddle/work, heddle/verify, heddle/deliver, heddle/run.' },
  'install-sandbox': { type: 'boolean', default: true, description: 'Install bubblewrap where the image is Debian\'s, the job is root and it is missing.' },
  'artifacts-access': { default: 'developer', options: ['all', 'developer', 'maintainer', 'none'], description: 'Who may download the evidence: it holds the ticket\'s text and what the agent did.' },
  'expire-in': { default: '30 days', regex: '^([0-9]{1,4} (days|weeks|months)|never)$', description: 'How long GitLab keeps the evidence.' },
});

const SPLIT = {
  'work-timeout': { default: '2 hours 30 minutes', regex: DURATION, description: 'The most that the job with the agent may take. It should be more than limits.minutes of the configuration.' },
  'verify-timeout': { default: '90 minutes', regex: DURATION, description: 'The most that the job with the checks may take.' },
  'read-token-variable': { default: 'HEDDLE_READ_TOKEN', regex: VARIABLE, description: 'The CI/CD variable with an access token that can only read, for verify alone (environment heddle/verify). Needed before GitLab 18.0 and without Premium: there a job\'s own token may not read the bundle of work.' },
  // Not `none`: verify and deliver fetch the bundle by the API, and nobody may then.
  'artifacts-access': { default: 'developer', options: ['all', 'developer', 'maintainer'], description: 'Who may download the evidence: it holds the ticket\'s text and what the agent did. The owner of the trigger token, or whoever starts a pipeline, must be one of them, for verify and deliver fetch the bundle as that person.' },
  'id-token-audience': { default: 'heddle', regex: '^[A-Za-z0-9_.:/-]{1,200}$', description: 'The audience of HEDDLE_ID_TOKEN, which the delivering jobs alone have, for a vault that keeps the token.' },
};
const RUN = { timeout: { default: '3 hours', regex: DURATION, description: 'The most that the job may take.' } };

/** Every file of the component that is generated, by its path from the root of the repository. */
export function gitlabComponent({ options, version, describe }) {
  const component = { options, version, describe };
  return {
    'gitlab-component/templates/split/template.yml': template({ ...component, name: 'split', more: SPLIT, takes: (option) => option.phases?.includes('admit') === true }),
    'gitlab-component/templates/run/template.yml': template({ ...component, name: 'run', more: RUN, takes: (option) => option.action }),
  };
}

/** Each template's inputs, as data: for the reference page, and for the tests. */
export function gitlabInputs({ options, version, describe }, name) {
  const takes = name === 'split' ? (option) => option.phases?.includes('admit') === true : (option) => option.action;
  return inputsOf({ options, version, describe, more: name === 'split' ? SPLIT : RUN, takes });
}

function template({ options, version, describe, name, more, takes }) {
  const taken = options.filter((option) => isInput(option) && takes(option));
  const spec = { spec: { inputs: inputsOf({ options, version, describe, more, takes }) } };
  const header = '# Generated by scripts/generate.mjs from src/config/options.ts and scripts/gitlab/. Do not edit.\n';
  return `${header}${YAML.stringify(spec, { lineWidth: 0 })}---\n${filled(source(`${name}.yml`), taken)}`;
}

function inputsOf({ options, version, describe, more, takes }) {
  const own = Object.fromEntries(Object.entries({ ...COMMON(version), ...more }).map(([name, input]) => [name, { type: 'string', ...input }]));
  const given = Object.fromEntries(options.filter((option) => isInput(option) && takes(option)).map((option) => [option.name, inputOf(option, describe)]));
  for (const name of Object.keys(given)) if (own[name] !== undefined) throw new Error(`the input ${name} is an option and the component's own`);
  return { ...own, ...given };
}

function isInput(option) {
  return option.kind !== 'secret' && !OWN.has(option.name);
}

/** An empty text, 0 and false leave a setting to the configuration. */
function inputOf(option, describe) {
  const description = describe(option);
  switch (option.kind) {
    case 'number': return { type: 'number', default: 0, description };
    case 'flag': return { type: 'boolean', default: false, description };
    default: return option.choices === undefined
      ? { type: 'string', default: '', regex: option.value === 'URL' ? '^(https?://[A-Za-z0-9._~:/?#@!&()*+,;=%-]{1,500})?$' : PLAIN, description }
      : { type: 'string', default: '', options: ['', ...option.choices], description };
  }
}

function filled(text, options) {
  return text.replace(/^( *)#:(\w+)(?: (\w+))?\n/gm, (_, indent, what, word) => indented(part(what, word, options), indent));
}

function part(what, word, options) {
  switch (what) {
    case 'options': return options.map(optionLine).join('\n');
    case 'rules': return source('rules.yml').trimEnd().replaceAll('WHEN', word);
    default: return source(`${what}.sh`).trimEnd();
  }
}

function optionLine({ name, kind }) {
  const input = `$[[ inputs.${name} ]]`;
  if (kind === 'flag') return `[ '${input}' != true ] || set -- "$@" --${name}`;
  const none = kind === 'number' ? `[ '${input}' = 0 ]` : `[ -z '${input}' ]`;
  return `${none} || set -- "$@" --${name}='${input}'`;
}

function indented(text, indent) {
  return `${text.split('\n').map((line) => (line === '' ? '' : indent + line)).join('\n')}\n`;
}

function source(name) {
  return readFileSync(new URL(`gitlab/${name}`, import.meta.url), 'utf8');
}
