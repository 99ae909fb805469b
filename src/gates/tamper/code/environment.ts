import { changedLines } from '../changed-lines.js';
import type { TamperFinding } from '../findings.js';
import { codeOf, newPlaces, type TamperFile } from '../tamper-file.js';

/** How code asks whether it is being tested. */
const ASKS: readonly RegExp[] = [
  /process\.env(?:\.|\[['"])(?:JEST_WORKER_ID|VITEST(?:_\w+)?|MOCHA_\w*|CYPRESS\w*|PLAYWRIGHT\w*|TEST(?:ING|_ENV|_MODE)?|IS_TEST|UNDER_TEST)\b/g,
  /process\.env(?:\.|\[['"])(?:NODE_ENV|APP_ENV|ENV)(?:['"]\])?\s*(?:===?|!==?)\s*['"`]test(?:ing)?['"`]/g, /['"`]test(?:ing)?['"`]\s*(?:===?|!==?)\s*process\.env/g,
  /import\.meta\.(?:env\.(?:MODE\s*[!=]==?\s*['"]test['"]|VITEST)|vitest|jest)\b/g, /\btypeof\s+(?:jest|vi|describe|it|expect|test|mocha|__TEST__|cy|Cypress)\b/g, /\bglobal(?:This)?\.(?:jest|describe|expect|__TEST__|it|__coverage__)\b/g,
  /process\.argv[^\n;]{0,60}['"`][^'"`\n]{0,20}(?:jest|mocha|vitest|test)/g, /navigator\.webdriver/g,
  /['"](?:pytest|unittest|_pytest|nose)['"]\s+(?:not\s+)?in\s+sys\.modules|sys\.modules(?:\.get\(|\[)\s*['"](?:pytest|unittest|_pytest|nose)['"]|sys\.modules[^\n]{0,80}['"](?:pytest|unittest)/g,
  /['"](?:PYTEST_CURRENT_TEST|PYTEST_VERSION|TESTING|DJANGO_TEST|UNIT_TEST|IS_TEST|TEST_MODE|PYTEST_XDIST_WORKER)['"]/g, /['"](?:test|pytest)['"]\s+in\s+sys\.argv|sys\.argv[^\n]{0,40}['"](?:test|pytest)['"]|['"]pytest['"]\s+in\s+(?:sys\.argv|os\.path|inspect)|['"]\w*test\w*['"]\s+in\s+(?:frame|caller|stack)\w*/g,
  /os\.(?:environ(?:\.get\(|\[)|getenv\()\s*['"](?:ENV|APP_ENV|FLASK_ENV|ENVIRONMENT)['"][^\n]{0,30}==\s*['"]test(?:ing)?['"]/g, /inspect\.(?:stack|currentframe)\(\)[^\n]{0,160}(?:test|pytest)/gi,
  /\bflag\.Lookup\("test\.|\btesting\.Testing\(\)|strings\.HasSuffix\(os\.Args\[0\],\s*"\.test"\)|strings\.Contains\(os\.Args\[0\],\s*"[^"]*test|os\.Getenv\("(?:GO_TEST\w*|TESTING|IS_TEST|TEST_ENV|TEST_MODE|GO_ENV|APP_ENV)"\)(?:\s*==\s*"test\w*")?/g,
  /\bRails\.env\.test\?|ENV(?:\[|\.fetch\()['"](?:RAILS_ENV|RACK_ENV|APP_ENV)['"][^\n]{0,20}==\s*['"]test['"]|defined\?\(?\s*(?:RSpec|Minitest|Test::Unit|::RSpec)|\$PROGRAM_NAME[^\n]{0,40}(?:rspec|test)|\$0[^\n]{0,20}(?:rspec|minitest)|caller(?:_locations)?[^\n]{0,60}(?:_spec|_test|rspec|minitest)/g,
  /\bcfg!\(\s*test\s*\)|#\[cfg\(not\(test\)\)\]|std::env::var\("(?:RUST_TEST\w*|CARGO_TEST\w*|NEXTEST\w*|TEST_MODE|TESTING)"\)|option_env!\("(?:CARGO_TEST|NEXTEST)\w*"\)/g,
  /(?:getClassName|className|getStackTrace|StackTrace|stackTrace)[^\n]{0,120}(?:junit|[tT]est|spock|kotest|xunit|nunit)|Class\.forName\("org\.(?:junit|testng)|(?:startsWith|contains|Contains|StartsWith|indexOf|IndexOf)\(\s*"(?:org\.junit|junit|org\.testng|xunit|nunit|testhost|surefire)|System\.(?:getProperty|getenv)\("(?:surefire[^"]*|test|testing|IS_TEST|TEST_MODE|spring\.profiles\.active|java\.class\.path)"\)[^\n]{0,40}(?:test|junit|surefire|!=\s*null)?/g,
  /AppDomain\.CurrentDomain[^\n]{0,120}(?:xunit|nunit|mstest|test)|Environment\.GetEnvironmentVariable\("(?:DOTNET_TEST\w*|ASPNETCORE_ENVIRONMENT|TESTING|IS_TEST|VSTEST\w*|XUNIT\w*)"\)(?:\s*==\s*"Test\w*"|\s*!=\s*null|\s*is\s)?|ProcessName[^\n]{0,40}testhost/gi,
  /defined\(\s*['"](?:PHPUNIT\w*|__PHPUNIT\w*|PEST\w*|TESTING)['"]|class_exists\(\s*['"]?\\?\\?(?:PHPUnit|Pest)|getenv\(\s*['"]APP_ENV['"]\s*\)\s*===?\s*['"]test(?:ing)?['"]|runningUnitTests\(\)|app\(\)->environment\(\s*['"]test(?:ing)?['"]|\$_(?:ENV|SERVER)\[['"]APP_ENV['"]\]\s*===?\s*['"]test(?:ing)?['"]|\$_SERVER\[['"]argv['"]\][^\n]{0,60}phpunit/g,
];

/** A word that every way of asking has; a file without any of them is not parsed for this rule. No comment can part them. */
const MAY_ASK = /test|jest|mocha|typeof\b|\bglobal(?:This)?\b|cypress|playwright|webdriver|nose|GO_ENV|APP_ENV|spec|spock|xunit|nunit|junit|surefire|spring\.profiles|java\.class\.path|ASPNETCORE|pest|phpunit/i;

/** A question that stands in no line that came or went is as old as the file. */
function mayAsk(file: TamperFile): boolean {
  const { added, removed } = changedLines(file);
  return MAY_ASK.test(added) || MAY_ASK.test(removed);
}

/** Paths whose business the environment is: configuration of tools, environments and loggers. */
const ABOUT_ENVIRONMENT = /(?:^|\/)[\w.-]+\.config\.\w+$|(?:^|\/)(?:config|environments?|settings|conf)(?:\/|\.\w+$)|(?:^|\/)(?:babel|jest|vitest|webpack|vite|rollup|karma|metro|next|nuxt|tailwind|postcss)[\w.-]*$|(?:^|\/)(?:settings|conf|manage|setup|noxfile)\.py$|(?:^|\/)(?:Rakefile|Gemfile)$|^bin\/|(?:^|\/)(?:scripts?|tools|build)\//i;

/** Code that behaves otherwise when it is tested. A question that was there before, anywhere in the change, is not new. */
export function testEnvironment(files: readonly TamperFile[]): readonly TamperFinding[] {
  const code = files.filter((file) => !file.test && file.language !== undefined && !ABOUT_ENVIRONMENT.test(file.path)).filter(mayAsk);
  if (code.length === 0) return [];
  const before = code.map((file) => codeOf(file.base)).join('\n');
  return ASKS.flatMap((pattern) => {
    const total = code.reduce((sum, file) => sum + [...codeOf(file.candidate).matchAll(pattern)].length, 0);
    if (total <= [...before.matchAll(pattern)].length) return [];
    return code.flatMap((file) => newPlaces(codeOf(file.base), codeOf(file.candidate), pattern).map((place) => ({ rule: 'test-environment' as const, path: file.path, line: place.line, words: 'code asks whether it is being tested', after: place.shown })));
  });
}
