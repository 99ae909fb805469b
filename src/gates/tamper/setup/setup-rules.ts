import type { TamperFinding, TamperRule } from '../findings.js';
import type { TamperFile } from '../tamper-file.js';
import { entriesOf, type SetupEntry } from './setup-entries.js';

/** Files that decide what is checked and how strictly: runners, coverage, linters, types, builds, pipelines. */
const SETUP = /(?:^|\/)(?:package\.json|composer\.json|deno\.jsonc?|(?:jest|vitest|vite|karma|playwright|cypress|wdio|ava|stryker|eslint|biome|babel|c8|nyc|web-test-runner|testcafe|mocha)[\w.-]*\.(?:config|conf|workspace|projects?)?\.?(?:[cm]?[jt]s|jsonc?|ya?ml)|\.(?:mocharc|nycrc|c8rc|eslintrc|taprc|swcrc)(?:\.\w+)?|\.eslintignore|\.rspec|\.simplecov|\.rubocop(?:_todo)?\.ya?ml|\.reek\.yml|\.coveragerc|\.flake8|\.pylintrc|pytest\.ini|pyproject\.toml|setup\.cfg|tox\.ini|mypy\.ini|ruff\.toml|\.ruff\.toml|pyrightconfig\.json|noxfile\.py|conftest\.py|phpunit[\w.-]*\.xml(?:\.dist)?|phpstan[\w.-]*\.neon(?:\.dist)?|psalm[\w.-]*\.xml(?:\.dist)?|infection\.json5?|phpcs\.xml(?:\.dist)?|codeception\.ya?ml|pom\.xml|[\w.-]*\.gradle(?:\.kts)?|detekt[\w.-]*\.ya?ml|lint\.xml|checkstyle[\w.-]*\.xml|spotbugs[\w.-]*\.xml|junit-platform\.properties|testng[\w.-]*\.xml|gradle\.properties|Cargo\.toml|clippy\.toml|nextest\.toml|tarpaulin\.toml|[\w.-]+\.csproj|[\w.-]+\.runsettings|Directory\.Build\.(?:props|targets)|xunit\.runner\.json|coverlet[\w.]*\.json|\.editorconfig|\.golangci\.(?:ya?ml|toml|json)|\.testcoverage\.ya?ml|tsconfig[\w.-]*\.json|tslint\.json|codecov\.ya?ml|\.codecov\.ya?ml|\.codeclimate\.ya?ml|sonar-project\.properties|\.?[Mm]akefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|Rakefile|Jenkinsfile|azure-pipelines[\w.-]*\.ya?ml|\.gitlab-ci[\w.-]*\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml|appveyor\.ya?ml|\.pre-commit-config\.ya?ml|lefthook\.ya?ml|\.lintstagedrc[\w.]*|turbo\.json|nx\.json|project\.json|lerna\.json|wallaby\.js|(?:spec|rails|test)_helper\.rb|magefile\.go|[\w-]*requirements[\w-]*\.txt|Gemfile|setup\.py)$|\.(?:sh|bash)$|^\.github\/|^\.circleci\/|^\.buildkite\/|^\.husky\/|^\.config\/nextest\.toml$|^\.cargo\/config(?:\.toml)?$/;

export const isSetup = (path: string): boolean => SETUP.test(path);

interface Difference { readonly path: string; readonly base: readonly SetupEntry[]; readonly candidate: readonly SetupEntry[]; readonly fresh: readonly SetupEntry[]; readonly lost: readonly SetupEntry[] }

/** What the change does to configuration so that less is checked, or less strictly. `movedTests`: test files changed their places. */
export function loosenedSetup(files: readonly TamperFile[], movedTests: boolean): readonly TamperFinding[] {
  const differences = files.filter((file) => isSetup(file.path)).map(differenceOf);
  const added = new Set(differences.flatMap((one) => one.fresh.map((entry) => plainValue(entry.value))));
  // A configuration in a new form: what it takes over stands in a file that was not there.
  const newText = files.filter((file) => isSetup(file.path) && file.base === undefined).map((file) => file.candidate?.text ?? '').join('\n');
  const everywhere = differences.flatMap((one) => one.candidate);
  return differences.flatMap((one) => {
    const seen = new Set<string>();
    return [...thresholds(one, everywhere), ...quantities(one), ...freshRules(one), ...lostRules(one, { added, movedTests, newText })].filter((found) => {
      const key = `${found.rule}:${found.line}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  });
}

const plainValue = (value: string): string => value.replace(/["'\s]/g, '');

function differenceOf({ path, base, candidate }: TamperFile): Difference {
  const [before, after] = [base, candidate].map((side) => (side === undefined ? [] : withFlags(entriesOf(path, side.text, side.tree))));
  const missing = (from: readonly SetupEntry[], others: readonly SetupEntry[]): readonly SetupEntry[] => {
    const counts = new Map<string, number>();
    for (const one of others) counts.set(idOf(one), (counts.get(idOf(one)) ?? 0) + 1);
    return from.filter((one) => {
      const left = counts.get(idOf(one)) ?? 0;
      if (left > 0) counts.set(idOf(one), left - 1);
      return left === 0;
    });
  };
  return { path, base: before ?? [], candidate: after ?? [], fresh: missing(after ?? [], before ?? []), lost: missing(before ?? [], after ?? []) };
}

const idOf = (entry: SetupEntry): string => `${entry.key}=${entry.value}`;
const COMMANDS = /(?:^|\.)(?:scripts?\.[\w:.-]+|run|script|command|commands|cmd|cmds|args?|addopts|options|opts|steps|line\.[\w.@-]+|entry|before_script|after_script|argline|test|adopts|execution|params)$/;

/** The flags of a command become entries of their own: `flag.--retries = 2`. */
function withFlags(entries: readonly SetupEntry[]): readonly SetupEntry[] {
  return entries.flatMap((entry) => (COMMANDS.test(entry.key) ? [entry, ...flagsOf(entry)] : [entry]));
}

function flagsOf(entry: SetupEntry): readonly SetupEntry[] {
  const words = entry.value.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.flatMap((word, at) => {
    const match = /^(-{1,2}[A-Za-z][\w.:-]*)(?:=(.*))?$/.exec(word);
    if (match === null) return [];
    const next = words[at + 1] ?? '';
    return [{ key: `flag.${(match[1] ?? '').toLowerCase()}`, value: (match[2] ?? (next.startsWith('-') ? '' : next)).replace(/["']/g, ''), line: entry.line }];
  });
}

const number = (value: string): number | undefined => {
  const match = /(?<![\w.])(-?\d+(?:_\d{3})*(?:\.\d+)?)\s?%?(?![\w.])/.exec(value);
  return match === null ? undefined : Number((match[1] ?? '').replace(/_/g, ''));
};

const MINIMUM = /(?:threshold|fail_?-?under|minimum|min_?-?(?:covered_?-?)?msi|cov-fail-under|covered_?ratio|check-coverage|coverage.*(?:lines|branches|functions|statements|target|min)|(?:^|\.)(?:lines|branches|functions|statements|minvalue|minbound)$|flag\.--(?:lines|branches|functions|statements|min\w*)$|status\.(?:project|patch).*target|thresholds?\.(?:break|high|low)|fail-under|line\.minimum_coverage\w*|simplecov\.minimum|coverlet.*threshold|line\.minimum|line\.threshold\w*|phpstan.*level|parameters\.level)/;
const MAXIMUM = /(?:max-?_?warnings|maxallowed\w*|max_?issues|maximum_coverage_drop|(?:^|\.)threshold$|maxwarnings|max-complexity|max_?violations)/;

/** `everywhere`: the settings of all changed files, since a threshold may move to another one. */
function thresholds({ path, fresh, lost }: Difference, everywhere: readonly SetupEntry[]): readonly TamperFinding[] {
  return lost.flatMap((old): readonly TamperFinding[] => {
    const before = number(old.value);
    const minimum = MINIMUM.test(old.key) || (/^line\./.test(old.key) && MINIMUM.test(old.value.toLowerCase()));
    const maximum = MAXIMUM.test(old.key) && !minimum || /max-warnings|codecov.*\.threshold$/.test(`${path}${old.key}`);
    if (before === undefined || (!minimum && !maximum)) return [];
    const now = fresh.find((one) => one.key === old.key && number(one.value) !== undefined);
    const after = now === undefined ? undefined : number(now.value);
    if (now !== undefined && after !== undefined) {
      return (maximum ? after > before : after < before) ? [{ rule: 'lowered-threshold', path, line: now.line, words: `a threshold moved from ${before} to ${after} (${old.key})`, before: old.value, after: now.value }] : [];
    }
    const elsewhere = everywhere.some((one) => MINIMUM.test(one.key) && number(one.value) !== undefined && (number(one.value) ?? 0) >= before);
    const known = /threshold|fail_?-?under|minimum|min_?-?msi|max-?_?warnings|cov-fail|target|check-coverage/.test(`${old.key} ${old.value.toLowerCase()}`);
    return known && !elsewhere && before > 0 || (maximum && !elsewhere && now === undefined && /max-?warnings/.test(old.key)) ? [{ rule: 'lowered-threshold', path, line: 1, words: `a threshold is gone (${old.key})`, before: old.value }] : [];
  });
}

function quantities({ path, fresh, lost }: Difference): readonly TamperFinding[] {
  return fresh.flatMap((now): readonly TamperFinding[] => {
    const after = number(now.value);
    const before = lost.filter((one) => one.key === now.key).map((one) => number(one.value)).find((one) => one !== undefined);
    const retries = /(?:^|\.|-)(?:retries|retry|reruns?|retry-times|rerunfailingtestscount|maxretries|max_retries|retrycount|flaky[\w-]*attempts|retry\.count|test-retries)$/.test(now.key) && !/network|http|download|npm|fetch|with\.|uses/.test(now.key);
    if (retries && after !== undefined && after > (before ?? 0)) return [{ rule: 'added-retry', path, line: now.line, words: `failing tests are tried again (${now.key})`, before: before?.toString(), after: now.value }];
    const wait = /(?:testtimeout|hooktimeout|(?:^|\.|-)timeout|defaultcommandtimeout|pageloadtimeout|test-timeout|slow-timeout[\w.]*|teardowntimeout|expect\.timeout|forkedprocesstimeoutinseconds)$/.test(now.key) && !/timeout-minutes|jobs\./.test(now.key);
    if (wait && after !== undefined && before !== undefined && after > before) return [{ rule: 'raised-timeout', path, line: now.line, words: `more time is allowed (${now.key})`, before: String(before), after: now.value }];
    return wait && before === undefined && after !== undefined && after > 5000 && /testtimeout|flag\.--(?:test)?-?timeout|^test\.|^timeout$/.test(now.key) ? [{ rule: 'raised-timeout', path, line: now.line, words: `more time is allowed (${now.key})`, after: now.value }] : [];
  });
}

const RUNNERS = /\b(?:npm (?:run )?(?:test|lint|typecheck|check|coverage)[\w:-]*|npm t\b|yarn (?:run )?(?:test|lint|typecheck|check)[\w:-]*|pnpm (?:run )?(?:-r )?(?:test|lint|typecheck|check)[\w:-]*|npx (?:jest|vitest|mocha|eslint|tsc|playwright|cypress)|jest|vitest|mocha|ava|pytest|tox|nox|unittest|go test|go vet|golangci-lint|cargo (?:test|nextest|clippy)|mvn|mvnw|gradlew?|rspec|rake test|rails test|rubocop|dotnet test|phpunit|pest|phpstan|psalm|ruff|flake8|mypy|pylint|eslint|tsc|make (?:test|check|lint)|bundle exec \w+|codecov|coverage report|node --test|karma|playwright test|cypress run|infection|stryker)\b/;

interface FreshRule { readonly rule: TamperRule; readonly words: string; readonly key?: RegExp; readonly value: RegExp; readonly path?: RegExp }

const TRUE = /^(?:true|1|yes|on)$/i;
/** Settings and words of commands that were not there before. Rows are data. */
const FRESH: readonly FreshRule[] = [
  { rule: 'ignored-failure', words: 'a failing command counts as success', value: /\|\|\s*(?:true|:|exit 0|echo\b|cd \.|\(exit 0\))|;\s*(?:true|exit 0|:)\s*["']?$|^\s*(?:set \+e|exit 0)\s*$|\bset \+e\b|&&\s*exit 0\s*$|--exit-zero\b|-Dmaven\.test\.failure\.ignore(?:=true)?|--no-error-on|--continue-on-failure|; exit 0|\|\s*tee\b(?!.*pipefail).{0,80};\s*true/, key: COMMANDS },
  { rule: 'ignored-failure', words: 'a failing step counts as success', key: /(?:continue-on-error|continueonerror|allow_failure|allow_failures|testfailureignore|ignorefailures|maven\.test\.failure\.ignore|soft_fail|informational|allowfailure|ignore_outcome|exit[-_]zero)(?:\.|$)/, value: TRUE },
  { rule: 'ignored-failure', words: 'make goes on after a failing command', key: /^line\./, value: new RegExp(`^(?:@-|-@?)\\s*(?!-).{0,200}?${RUNNERS.source}`), path: /(?:^|\/)\.?(?:GNU)?[Mm]akefile$|\.mk$/ },
  { rule: 'ignored-failure', words: 'a failing command counts as success', key: COMMANDS, value: /^-\s+\S/, path: /(?:^|\/)tox\.ini$|setup\.cfg$/ },
  { rule: 'ignored-failure', words: 'failing tests count as success', key: /^line\./, value: /\bsuccess_codes\s*=\s*\[[^\]]{0,80}[1-9]|\bignoreFailures\s*(?:=|\.set\()\s*true|\bisIgnoreFailures\s*=\s*true|catchError\(|returnStatus:\s*true|failOnViolation\s*=?\s*\(?false|failBuildOnCVSS.*11|\bfail_on_error\s*=\s*false|abort_on_fail\w*\s*=\s*false/ },
  { rule: 'ignored-failure', words: 'an empty test run counts as success', key: /passwithnotests|allow_?no_?tests|failifnotests|failonemptytestsuite|failifnospecifiedtests|fail_on_empty/, value: /^(?:true|false|)$/i },
  { rule: 'ignored-failure', words: 'an empty test run counts as success', key: /^flag\.--(?:passwithnotests|pass-with-no-tests|allow-no-tests|no-tests)$/, value: /^/ },
  { rule: 'test-selection', words: 'tests are left out', key: /testpathignorepatterns|modulepathignorepatterns|norecursedirs|collect_ignore|(?:^|\.)test\.exclude$|(?:surefire|failsafe|configuration)\.(?:.*\.)?excludes?(?:\.|$)|excludedgroups|excludegroups|excludetags|testsuites?\..*exclude|groups\.exclude|excludespecpattern|testignore|exclude_?patterns?$|^exclude$|(?:^|\.)spec_exclude|testpathignore|^ignore$|default-filter|junit\.jupiter\.conditions\.deactivate|exclude-groups?$/, value: /./, path: /^(?!.*(?:tsconfig|eslint|rubocop|ruff|mypy|flake8|pylint|biome|codecov|golangci|nyc|c8|stryker|phpstan|psalm|phpcs|checkstyle|coverage)).*$/ },
  { rule: 'test-selection', words: 'tests are left out', key: /^flag\.(?:--ignore(?:-glob)?|--deselect|-k|--exclude(?:-group|-tags?|-pattern|-task|-testsuite)?|--skip(?:-tests?)?|-run|-skip|--test-?name-?pattern|--testpathpatterns?|--testpathignorepatterns|--grep|--invert|--fgrep|-short|-test\.short|--lib|--onlychanged|--changed(?:since)?|--findrelatedtests|--lf|--last-failed|--filter|--tag|--dry-run|--collect-only|--listtests|--no-run|--list|-dtest|-dskiptests|-dskipits|-dmaven\.test\.skip|--shard|--testnamepattern|-co|--setup-only|--list-tests|--only)$/, value: /^/, path: /^/ },
  { rule: 'test-selection', words: 'tests are left out', key: /^flag\.-m$/, value: /\bnot\b/ },
  { rule: 'test-selection', words: 'tests are left out', key: COMMANDS, value: /-DskipTests|-DskipITs|-Dmaven\.test\.skip|-x\s+test\b|-x\s+check\b|--no-tests\b|-Pskip|SKIP_TESTS=|--exclude-task\s+\w*test/ },
  { rule: 'test-selection', words: 'tests do not run', key: /(?:^|\.)(?:skiptests|maven\.test\.skip|skipits|skip\.unit\.tests|skiptest)$|surefire.*\.skip$/, value: TRUE },
  { rule: 'test-selection', words: 'tests do not run or are left out', key: /^line\./, value: /^exclude(?:\(|\s)['"].*(?:[tT]est|[sS]pec)|excludeTestsMatching|excludeCategories|excludeTags|\bonlyIf\s*\{\s*false|\benabled\s*=\s*false|\.enabled\s*=\s*false|filter_run_excluding|pattern\s*=\s*['"].*spec|^--(?:tag|pattern|exclude-pattern)\b/ },
  { rule: 'test-selection', words: 'a step of the pipeline does not run', key: /(?:^|\.)(?:if|when|rules\.when)$/, value: /^(?:\$\{\{\s*)?(?:false|never|manual|0)\b/ },
  { rule: 'test-selection', words: 'a target builds without its tests', key: /^(?:lib|bin|test|bench)\.(?:test|doctest|harness)$/, value: /^false$/ },
  { rule: 'added-retry', words: 'a plug-in that runs failing tests again', key: /dependenc|^require|^line\.|gem|addopts|plugins|packages/, value: /\b(?:pytest-rerunfailures|flaky|pytest-retry|flaky-test-handler|rspec-retry|minitest-retry|jest-retries|cypress-plugin-retries|org\.gradle\.test-retry|rerunner-jupiter|xRetry|xunit\.retry)\b/ },
  { rule: 'added-retry', words: 'failing tests are tried again', key: /^line\./, value: /maxRetries\s*(?:=|\.set\()\s*[1-9]|verbose_retry|default_retry_count\s*=\s*[1-9]|retry_count\s*=|for\s+\w+\s+in\s+[\d .{}]+;\s*do.*(?:test|jest|spec)|until\s+.*(?:test|pytest|jest)|nick-fields\/retry/ },
  { rule: 'added-retry', words: 'failing tests are tried again', key: /(?:^|\.)uses$/, value: /retry@/ },
  { rule: 'coverage-exclude', words: 'code is hidden from coverage', key: /coveragepathignorepatterns|coverage\.(?:run\.|report\.)?(?:omit|exclude(?:_lines|_also)?)$|^(?:run|report)\.(?:omit|exclude_lines|exclude_also)$|(?:^|\.)omit$|sonar\.(?:coverage\.)?exclusions|coverage\.exclude|jacoco.*exclude|excludebyfile|excludebyattribute|tarpaulin.*exclude|exclude-files|source\.exclude|coverage.*\.exclude|flag\.--(?:omit|ignore-filename-regex|exclude-files|coverage-exclude)/, value: /./ },
  { rule: 'coverage-exclude', words: 'code is hidden from coverage', key: /^exclude$|^ignore$|(?:^|\.)nyc\.exclude$|(?:^|\.)c8\.exclude$|^coverage\.ignore$/, value: /./, path: /nyc|c8|codecov|package\.json|testcoverage|infection/ },
  { rule: 'coverage-exclude', words: 'code is hidden from coverage', key: /collectcoveragefrom|^mutate$/, value: /^!/ },
  { rule: 'coverage-exclude', words: 'code is hidden from coverage', key: /^line\./, value: /add_filter|classDirectories.*exclude|exclude(?:s|Classes|Packages)?\s*(?:=|\().*(?:coverage|\*\*\/)|koverExcludes|track_files/ },
  { rule: 'lowered-threshold', words: 'coverage is not checked any more', key: /(?:^|\.)check-?coverage$/, value: /^(?:false|no|off|0)$/i },
  { rule: 'check-configuration', words: 'a rule of a checker is switched off', key: /(?:^|\.)rules\./, value: /^(?:off|0|none|disable|false)$/ },
  { rule: 'check-configuration', words: 'a checker is less strict', key: /(?:^|\.)(?:strict\w*|noimplicit\w+|nounused\w+|nouncheckedindexedaccess|exactoptionalpropertytypes|disallow_\w+|check_untyped_defs|warn_\w+|treatwarningsaserrors|checkjs|no_implicit_optional|enabled|typechecking|enforcecodestyleinbuild|enablenetanalyzers|allerrors|warningsaserrors|abortonerror|failonwarning|reportunmatchedignorederrors|haltonerror|failsonerror|failonviolation|run\.tests)$/, value: /^(?:false|no|off|0|disable)$/i, path: /tsconfig|eslint|rubocop|mypy|pyproject|setup\.cfg|csproj|Directory\.Build|golangci|detekt|phpstan|psalm|checkstyle|pom\.xml|lint\.xml|gradle|biome|reek|pyright|ruff/ },
  { rule: 'check-configuration', words: 'a checker leaves something out', key: /(?:^|\.)(?:ignore|extend-ignore|per-file-ignores(?:\.[\w*./-]+)?|lint\.ignore|lint\.extend-ignore|lint\.per-file-ignores\.[\w*./-]+|disable|disable_error_code|ignore_errors|ignore_missing_imports|ignoreerrors(?:\.\w+)?|linters\.disable|exclude-rules(?:\.\w+)?|excluderules|nowarn|warningsnotaserrors|suppressions?\.\w+|ignorepatterns|exclude|disabled_rules|issues\.exclude|allowed_warnings|follow_imports|extend-exclude)$/, value: /./, path: /eslint|rubocop|mypy|ruff|flake8|pylint|pyproject|setup\.cfg|tox\.ini|golangci|detekt|phpstan|psalm|csproj|Directory\.Build|biome|pyright|codeclimate|pre-commit/ },
  { rule: 'check-configuration', words: 'a checker leaves files or rules out', key: /^line\./, value: /./, path: /(?:^|\/)\.eslintignore$/ },
  { rule: 'check-configuration', words: 'a rule of a checker is switched off', key: /severity$|lints?\.\w+(?:\.\w+)?$/, value: /^(?:none|silent|allow|suggestion)$/, path: /editorconfig|Cargo\.toml/ },
];

function freshRules({ path, base, fresh }: Difference): readonly TamperFinding[] {
  return fresh.flatMap((entry) => FRESH.filter((one) => (one.key === undefined || one.key.test(entry.key)) && one.value.test(entry.value) && (one.path === undefined || one.path.test(path))).filter((one) => !hadAlready(base, one, entry)).slice(0, 1).map((one) => ({
    rule: one.rule, path, line: entry.line, words: one.words, before: base.find((old) => old.key === entry.key && !entry.key.startsWith('flag.'))?.value, after: entry.value === '' ? entry.key.replace(/^flag\./, '') : entry.value.slice(0, 160),
  })));
}

/** The same trick stood there before, only in other words: a flag moved, a command was renamed. */
function hadAlready(base: readonly SetupEntry[], rule: FreshRule, entry: SetupEntry): boolean {
  if (entry.key.startsWith('flag.')) return base.some((old) => old.key === entry.key && old.value === entry.value);
  if (rule.rule === 'ignored-failure' || rule.words === 'tests do not run') return base.some((old) => old.key === entry.key && rule.value.test(old.value));
  if (rule.key !== undefined && /^line\./.test(entry.key)) return base.some((old) => old.value === entry.value);
  return base.some((old) => old.key !== entry.key && old.value === entry.value && rule.key?.test(old.key) === true);
}

const NARROW = /(?:^|\.)(?:testmatch|testregex|testpaths|python_files|python_classes|python_functions|roots|include|spec|test\.include|testsuites?\..*(?:directory|file)|specpattern|testdir|collectcoveragefrom|source|mutate|select|extend-select|linters\.enable|enable|projects|preset|extends)$/;

interface Around { readonly added: ReadonlySet<string>; readonly movedTests: boolean; readonly newText: string }

function lostRules({ path, fresh, lost, candidate }: Difference, { added, movedTests, newText }: Around): readonly TamperFinding[] {
  const found: TamperFinding[] = [];
  for (const old of lost) {
    if (added.has(plainValue(old.value)) && !/flag\./.test(old.key)) continue;
    const runner = RUNNERS.exec(old.value)?.[0];
    if (runner !== undefined && COMMANDS.test(old.key)) {
      const word = runner.split(' ').at(-1) ?? runner;
      const now = fresh.filter((one) => one.key === old.key || /^line\.|\.run$|\.script$/.test(old.key)).find((one) => RUNNERS.test(one.value));
      const still = now !== undefined || candidate.some((one) => COMMANDS.test(one.key) && (one.value.includes(runner) || one.value.includes(word)) && one.key !== 'scripts.test');
      const named = /^scripts\.(?!test$|lint$|check$|typecheck$|ci$)/.test(old.key);
      if (!still && !named && !/^scripts\.[\w:-]+$/.test(old.key)) found.push({ rule: 'test-selection', path, line: 1, words: `«${runner}» does not run any more`, before: old.value.slice(0, 160) });
      else if (now === undefined && /^scripts\.(?:test|lint|check|typecheck|ci)(?:[:.]\w+)?$/.test(old.key)) {
        const other = candidate.find((one) => one.key === old.key);
        const empty = other === undefined ? !named : /^\s*(?:echo\b|true\b|exit 0|:|node -e|node -p|printf\b)/.test(other.value);
        if (empty) found.push({ rule: 'ignored-failure', path, line: other?.line ?? 1, words: `the script ${old.key.replace('scripts.', '')} checks nothing any more`, before: old.value.slice(0, 160), after: other?.value.slice(0, 160) ?? '' });
      }
    }
    if (NARROW.test(old.key) && !/tsconfig|dependabot|workflows|gitlab-ci|circleci/.test(path) && !(movedTests && /test|spec|root|dir/.test(old.key))) {
      const came = fresh.filter((one) => one.key === old.key);
      const last = old.value.split(/[:/]/).at(-1) ?? '';
      if (candidate.length === 0 && last.length > 3 && newText.includes(last)) continue;
      const wider = came.some((one) => one.value.length < old.value.length || covers(one.value, old.value));
      if (!wider && !/^\.\.?\/|^plugin|recommended/.test(old.value) || /recommended|strict/.test(old.value) && came.length === 0) found.push({ rule: /coverage|source|mutate/.test(old.key) ? 'coverage-exclude' : /select|enable|extends|preset/.test(old.key) ? 'check-configuration' : 'test-selection', path, line: came[0]?.line ?? 1, words: `less is looked at (${old.key})`, before: old.value.slice(0, 160), after: came[0]?.value.slice(0, 160) });
    }
    const level = /(?:^|\.)rules\./.test(old.key) && /^(?:error|2)$/.test(old.value) ? fresh.find((one) => one.key === old.key && /^(?:warn|1)$/.test(one.value)) : undefined;
    if (level !== undefined) found.push({ rule: 'check-configuration', path, line: level.line, words: 'a rule of a checker only warns now', before: old.value, after: level.value });
    if (/^(?:true|error)$/i.test(old.value) && /(?:^|\.)(?:strict\w*|noimplicit\w+|treatwarningsaserrors|warningsaserrors|disallow_\w+|skip_covered_fail|bail_on_error)$/.test(old.key) && !candidate.some((one) => one.key === old.key)) found.push({ rule: 'check-configuration', path, line: 1, words: `a checker is less strict (${old.key} is gone)`, before: old.value });
    if (/^set -[a-z]*e|^set -o (?:errexit|pipefail)/.test(old.value) && !candidate.some((one) => /^set -[a-z]*e|errexit|bash -e/.test(one.value))) found.push({ rule: 'ignored-failure', path, line: 1, words: 'a script goes on after a failing command', before: old.value });
  }
  return found;
}

/** A pattern that takes in at least what another does, as far as that can be told from the text. */
function covers(wide: string, narrow: string): boolean {
  const pieces = wide.split(/[*{}()|,?\s]+/).filter((one) => one.length > 1);
  return pieces.every((one) => narrow.includes(one)) || (/\{|\(|\|/.test(wide) && narrow.split(/[*{}()|,?\s]+/).filter((one) => one.length > 1).every((one) => wide.includes(one)));
}
