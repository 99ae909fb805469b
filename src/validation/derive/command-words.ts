/** What a shell command of a repository is for, told by its words. Shared by all places that commands are found in. */

/** Marks the preamble that we put before a command of a repository; the key of a command leaves it out. */
export const PREAMBLE_END = '# --- the command as the repository has it ---';

/** The command as its repository has it, without the preamble that we may have put before it. */
export function scriptText(run: string): string {
  const at = run.indexOf(PREAMBLE_END);
  return at < 0 ? run : run.slice(at + PREAMBLE_END.length).trim();
}

const MANAGERS = '(?:npm|pnpm|yarn|bun)';

/**
 * One name for commands that mean the same: `npm t`, `npm test -- --ci` and `yarn run test` are all `script test`;
 * install commands lose their flags; `npx` and `exec` prefixes go. `bun test` stays: it is that tool's own runner.
 */
export function commandKey(command: string): string {
  const text = command.trim().replace(/^[@-]+/, '').replace(/\s+/g, ' ').slice(0, 4000);
  const install = new RegExp(`^(${MANAGERS}) (ci|install|i)(?: --?[\\w=:-]+)*$`).exec(text);
  if (install !== null || text === 'yarn') return 'install of packages';
  const script = new RegExp(`^${MANAGERS} (?:run|run-script) ([\\w:.-]+)(?: .*)?$`).exec(text)
    ?? /^(?:npm|pnpm|yarn) (test|t|tst)(?: .*)?$/.exec(text)
    ?? /^(?:pnpm|yarn) (lint|build|check|typecheck|type-check)(?: .*)?$/.exec(text);
  if (script?.[1] !== undefined) return `script ${script[1] === 't' || script[1] === 'tst' ? 'test' : script[1]}`;
  return text.replace(new RegExp(`^(?:npx(?: --no-install| --yes| -y)?|${MANAGERS} exec(?: --)?|pnpm dlx|bunx) `), '');
}

/** The commands of `a && b && c`; a text with other shell syntax is one command. */
export function andParts(command: string): readonly string[] {
  if (/[|;<>`$()]/.test(command.replaceAll('&&', ''))) return [command.trim()];
  return command.split('&&').map((part) => part.trim()).filter((part) => part !== '');
}

const SETUP: readonly RegExp[] = [
  /^(?:npm|pnpm|bun) (?:ci|install|i)\b(?!.* (?:-g|--global)\b)/, /^yarn(?: install\b.*)?$/, /^npm clean-install\b/,
  /^(?:python[\d.]* -m )?pip[\d.]* install\b/, /^python[\d.]* -m venv\b/, /^poetry (?:install|sync)\b/, /^uv (?:sync|venv|pip (?:install|sync))\b/, /^pipenv (?:install|sync)\b/, /^pdm (?:install|sync)\b/,
  /^bundle (?:install|config)\b/, /^go (?:mod (?:download|vendor)|get)\b/, /^cargo fetch\b/, /^composer install\b/, /^mix deps\.get\b/,
  /^dotnet restore\b/, /^mvnw?\b.* dependency:/, /^\.\/mvnw .*dependency:/, /^swift package resolve\b/,
];

/** Installing what the checks need: becomes a setup check. */
export function isSetup(command: string): boolean {
  return SETUP.some((pattern) => pattern.test(command.trim()));
}

const NOT_HERE: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\$\{\{/, why: 'it uses an expression of the CI system' },
  { pattern: /\$\{?(?:CI_|GITHUB_|RUNNER_|GITLAB_)[A-Z]/, why: 'it uses variables of the CI system' },
  { pattern: /secrets?\.|\$\{?\w*(?:TOKEN|SECRET|PASSWORD|API_KEY)\b/, why: 'it uses a secret, and checks get none' },
  { pattern: /(?:^|[\s;&|])(?:sudo|apt|apt-get|apk|yum|dnf|brew|choco|systemctl|service)\s/, why: 'it changes the machine' },
  { pattern: /(?:^|[\s;&|])(?:docker|docker-compose|podman|kubectl|helm|terraform|ansible-playbook|aws|gcloud|az|gsutil|heroku|vercel|netlify|fly|flyctl|wrangler|serverless|firebase)\s/, why: 'it uses containers or a service outside' },
  { pattern: /(?:^|[\s;&|:_/-])(?:deploy|publish|unpublish)(?:$|[\s;&|:_-])/, why: 'it deploys or publishes' },
  { pattern: /(?:semantic-release|goreleaser|release-please|release-it|standard-version|changeset (?:publish|version)|lerna (?:publish|version)|twine upload|npm version|gh release|cargo publish|gem push)/, why: 'it makes a release' },
  { pattern: /(?:^|[\s;&|])(?:npm|pnpm|yarn|bun|make|rake)(?: run)? [\w:.-]*release/, why: 'it makes a release' },
  { pattern: /(?:^|[\s;&|])git (?:push|tag|commit|config|fetch|checkout|clone)\b/, why: 'it changes or fetches git state' },
  { pattern: /(?:codecov|coveralls|sonar-scanner|sonar:sonar|snyk |codacy|codeclimate)/i, why: 'it sends results to a service' },
  { pattern: /(?:^|[\s;&|])(?:npm|pnpm) (?:install|i|add) .*(?:-g|--global)\b|(?:^|[\s;&|])yarn global\b|(?:^|[\s;&|])corepack\b/, why: 'it installs a tool on the machine; have the tool on the runner' },
  { pattern: /(?:^|\s)--?watch(?:All)?\b(?!=false)|(?:^|[\s;&|])(?:nodemon|chokidar|watchexec|entr)\b|:watch\b|\bwatch:/, why: 'it watches and never ends' },
];

/** Why a command cannot be a check, or undefined when it can. */
export function notACheck(command: string): string | undefined {
  return NOT_HERE.find(({ pattern }) => pattern.test(command))?.why;
}

/** Commands that prove nothing: their line is left out without making the step useless. */
export function provesNothing(command: string): boolean {
  return /^(?:echo|printf|ls|pwd|cat|env|whoami|uname|date|true|:|which|type|node (?:-v|--version)|npm (?:-v|--version)|python[\d.]* --version|go version|cargo --version|rustc --version|java -version|ruby -v)(?:\s[^;&|]*)?$/.test(command.trim());
}
