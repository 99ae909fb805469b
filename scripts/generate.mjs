// Writes everything that is generated from the option table and the schemas: action.yml, schema/, docs/reference/.
// With --check nothing is written; stale files are named and the exit code is 1. Needs the compiled sources (npm run compile).
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import YAML from 'yaml';
import { z } from 'zod';
import { gitlabComponent, gitlabInputs } from './gitlab-component.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = (name) => import(new URL(`../build/${name}`, import.meta.url));
const { OPTIONS, OUTPUTS, PHASE_OUTPUTS, COMMANDS } = await built('config/options.js');
const { Configuration } = await built('config/configuration.js');
const { COMMAND_WORDS, commandHelp } = await built('main/help.js');
const { allReasons } = await built('explain/reasons.js');
const { documentSchemas } = await built('main/document-schemas.js');
const { capabilityPage } = await built('main/capabilities/capability-page.js');
const { platforms } = await built('main/capabilities/platforms.js');
const { VERSION } = await built('main/version.js');
const check = process.argv.includes('--check');
const stale = [];

const PHASES = {
  admit: 'First of four jobs: decides whether a ticket is worked on, and writes the plan. Reads only.',
  work: 'Second of four jobs: the agent works on the plan. Holds a model key and no token.',
  verify: 'Third of four jobs: runs the checks on a fresh checkout of exactly the bundle\'s tree. Holds nothing.',
  deliver: 'Last of four jobs: reads the bundle as hostile data and opens the change. Runs nothing foreign.',
};
write('action.yml', actionYml());
for (const [phase, description] of Object.entries(PHASES)) write(`action/${phase}/action.yml`, phaseYml(phase, description));
const component = { options: OPTIONS, version: VERSION, describe: (option) => inputWords(option) };
for (const [name, text] of Object.entries(gitlabComponent(component))) write(name, text);
const documents = await documentSchemas();
for (const [name, { schema }] of Object.entries(documents)) write(`schema/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
for (const name of existsSync(path.join(root, 'schema')) ? readdirSync(path.join(root, 'schema')) : []) {
  if (documents[name.replace('.schema.json', '')] === undefined) stale.push(`schema/${name} (belongs to no document, delete it)`);
}
write('docs/reference/configuration.md', configurationPage());
write('docs/reference/command-line.md', commandLinePage());
write('docs/reference/action.md', actionPage());
write('docs/reference/gitlab-component.md', componentPage());
write('docs/reference/run-folder.md', runFolderPage());
write('docs/reference/reasons.md', reasonsPage());
write('docs/reference/capabilities.md', capabilityPage(await platforms()));
if (check && stale.length > 0) {
  process.stderr.write(`Generated files are stale. Run \`npm run generate\` and commit:\n${stale.map((name) => `  ${name}\n`).join('')}`);
  process.exit(1);
}

function write(name, text) {
  const file = path.join(root, name);
  const old = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (old === text) return;
  stale.push(name);
  if (check) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Why a run did not start, waits, stopped or failed: the tables that comments and `heddle explain` take their words from. */
function reasonsPage() {
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const titles = { decline: 'Not started', wait: 'Waits for a person', exhaustion: 'Stopped, work kept', fault: 'Failed' };
  const tables = Object.entries(titles).flatMap(([kind, title]) => [
    `## ${title}`, '', '| code | why | who | what to do |', '| --- | --- | --- | --- |',
    ...allReasons().filter((reason) => reason.kind === kind).map(({ code, why, who, next }) => `| \`${code}\` | ${cell(why)} | ${cell(who)} | ${cell(next)} |`), '',
  ]);
  return ['# Reasons', '', 'Every code at which a run does not start, waits, stops or fails. Generated from the tables that the comments at tickets and `heddle explain` use.', '', ...tables].join('\n');
}

function inputsOf(options) {
  return Object.fromEntries(options.map((option) => [option.name, {
    description: `${option.description}${option.choices ? ` One of: ${option.choices.join(', ')}.` : ''}${overrides(option)}`,
    required: false,
    ...(option.actionDefault ?? option.default ? { default: option.actionDefault ?? option.default } : {}),
  }]));
}

function overrides(option) {
  return option.setting ? ` Overrides \`${option.setting}\` of the configuration.` : '';
}

/** GitLab shows the allowed values itself. */
function inputWords(option) {
  return `${option.description}${overrides(option)}`;
}

function phaseYml(phase, description) {
  const document = {
    name: `Heddle ${phase}`, description, author: 'Heddle',
    inputs: inputsOf(OPTIONS.filter((option) => option.phases?.includes(phase))),
    outputs: Object.fromEntries(PHASE_OUTPUTS[phase].map((output) => [output.name, { description: output.description }])),
    runs: { using: 'node24', main: `../../dist/${phase}.js` },
  };
  return `# Generated by scripts/generate.mjs from src/config/options.ts. Do not edit.\n${YAML.stringify(document, { lineWidth: 0 })}`;
}

function actionYml() {
  const inputs = inputsOf(OPTIONS.filter((option) => option.action));
  const outputs = Object.fromEntries(OUTPUTS.map((output) => [output.name, { description: output.description }]));
  const document = {
    name: 'Heddle',
    description: 'Turns an approved ticket into a validated, reviewable pull request inside your own CI.',
    author: 'Heddle',
    branding: { icon: 'git-pull-request', color: 'blue' },
    inputs, outputs,
    runs: { using: 'node24', main: 'dist/action.js' },
  };
  return `# Generated by scripts/generate.mjs from src/config/options.ts. Do not edit.\n${YAML.stringify(document, { lineWidth: 0 })}`;
}

function configurationPage() {
  const rows = [];
  walk(z.toJSONSchema(Configuration, { io: 'input' }), '', rows);
  return page('Configuration', 'One file, `.heddle.yml`, on the default branch. It is read from the base commit, never from the tree an agent has written. Every setting is optional. An unknown key is an error with its place and the allowed names.', [
    table(['Setting', 'Value', 'Default', 'What it does'], rows),
    'For editors: put `# yaml-language-server: $schema=schema/configuration.schema.json` on the first line.',
  ]);
}

function walk(node, prefix, rows) {
  for (const [key, value] of Object.entries(node.properties ?? {})) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const isGroup = value.type === 'object' && value.properties !== undefined && (value.required ?? []).length === 0;
    if (!isGroup) rows.push([`\`${name}\``, valueWords(value), value.default === undefined ? '' : `\`${JSON.stringify(value.default)}\``, value.description ?? '']);
    if (isGroup) walk(value, name, rows);
    if (value.additionalProperties?.properties) walk(value.additionalProperties, `${name}.<name>`, rows);
  }
}

function valueWords(value) {
  if (value.enum) return value.enum.map((one) => `\`${one}\``).join(', ');
  if (value.const !== undefined) return `\`${value.const}\``;
  if (value.type === 'array') return 'list';
  if (value.type === 'object') return 'map';
  if (value.pattern?.includes('ms|s|m|h')) return 'duration (`90s`, `30m`)';
  return value.type ?? '';
}

function commandLinePage() {
  return page('Command line', '`node dist/cli.js COMMAND` works right after a clone. People read standard error, programs read standard output (`--json`).', COMMANDS.flatMap((name) => [
    `## heddle ${name}`, COMMAND_WORDS[name].summary, `\`\`\`text\n${commandHelp(name)}\n\`\`\``,
  ]));
}

function actionPage() {
  const inputs = OPTIONS.filter((option) => option.action).map((option) => [`\`${option.name}\``, option.description, option.setting ? `\`${option.setting}\`` : '', option.actionDefault ?? option.default ? `\`${option.actionDefault ?? option.default}\`` : '']);
  return page('GitHub Action', 'Inputs and outputs of `action.yml`. An input that overrides a setting beats the configuration file.', [
    '## Inputs', table(['Input', 'What it does', 'Overrides', 'Default'], inputs),
    '## Outputs', table(['Output', 'What it says'], OUTPUTS.map((output) => [`\`${output.name}\``, output.description])),
    ...Object.entries(PHASES).flatMap(([phase, description]) => [
      `## action/${phase}`, description,
      table(['Input', 'What it does', 'Overrides', 'Default'], OPTIONS.filter((option) => option.phases?.includes(phase)).map((option) => [`\`${option.name}\``, option.description, option.setting ? `\`${option.setting}\`` : '', option.actionDefault ?? option.default ? `\`${option.actionDefault ?? option.default}\`` : ''])),
      table(['Output', 'What it says'], PHASE_OUTPUTS[phase].map((output) => [`\`${output.name}\``, output.description])),
    ]),
  ]);
}

function componentPage() {
  const rows = (name) => Object.entries(gitlabInputs(component, name)).map(([input, { type, default: value, options, description }]) => [`\`${input}\``, options ? options.filter((one) => one !== '').map((one) => `\`${one}\``).join(', ') : type, value === '' ? '' : `\`${value}\``, description]);
  return page('GitLab component', 'Inputs of the templates in `gitlab-component/templates`. An empty text, 0 and `false` leave a setting to the configuration file. GitLab checks every value before a job exists, and a pipeline variable changes none of them.', [
    '## split', 'Four jobs, each with the rights of its part and no more.', table(['Input', 'Value', 'Default', 'What it does'], rows('split')),
    '## run', 'Everything in one job.', table(['Input', 'Value', 'Default', 'What it does'], rows('run')),
  ]);
}

function runFolderPage() {
  return page('Run folder', 'Every run leaves one folder. All documents are redacted; each has a JSON Schema in `schema/`, also printed by `heddle schema NAME`.', [
    table(['Document', 'File', 'What it holds'], Object.entries(documents).map(([name, { file, words }]) => [`[${name}](../../schema/${name}.schema.json)`, file ? `\`${file}\`` : '', words])),
    'Without a schema of their own: `packet.md` (the review packet, whole), `summary.md` (the job summary), `report.html` (the page with pictures), `change.patch`, `bundle/change.bundle` (one commit on the base), `checks/<attempt>/<check>/log.txt`, `agent/<attempt>/prompt.md`.',
  ]);
}

function page(title, lead, parts) {
  return `<!-- Generated by scripts/generate.mjs. Do not edit. -->\n# ${title}\n\n${lead}\n\n${parts.join('\n\n')}\n`;
}

function table(head, rows) {
  const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}
