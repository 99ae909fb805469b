import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Configuration } from '../../src/config/configuration.js';
import { CheckDefinition } from '../../src/domain/check.js';
import { boundedYaml } from '../../src/validation/derive/bounded-yaml.js';
import { checkSources, deriveChecks, type DerivedChecks } from '../../src/validation/derive-checks.js';

/** A repository as a table of files. Reading a path that `checkSources` does not name fails the test. */
function derive(files: Readonly<Record<string, string>>, options: { readonly workdir?: string; readonly config?: unknown } = {}): DerivedChecks {
  const paths = Object.keys(files);
  const workdir = options.workdir ?? '';
  const readable = new Set(checkSources(paths, workdir));
  const result = deriveChecks({
    files: { list: () => paths, read: (path) => {
      if (files[path] !== undefined && !readable.has(path)) throw new Error(`checkSources does not name ${path}`);
      return files[path];
    } },
    config: Configuration.parse(options.config ?? {}), workdir, checkTimeoutMs: 1000,
  });
  if (!result.ok) throw new Error(result.error.message);
  for (const check of result.value.checks) CheckDefinition.parse(check);
  return result.value;
}

function refusal(checks: unknown): string {
  const result = deriveChecks({ files: { list: () => [], read: () => undefined }, config: Configuration.parse({ checks }), workdir: '', checkTimeoutMs: 1000 });
  return result.ok ? 'accepted' : result.error.message;
}

const short = (derived: DerivedChecks): string[] => derived.checks.map((check) => `${check.id}${check.role === 'setup' ? '*' : ''}: ${check.run}${check.needs.length > 0 ? ` < ${check.needs.join(' ')}` : ''}`);
const why = (derived: DerivedChecks, origin: string): string | undefined => derived.explanation.find((one) => one.origin.startsWith(origin))?.why;

const manifest = (scripts: Readonly<Record<string, string>>, more: object = { devDependencies: { jest: '1' } }): string => JSON.stringify({ name: 'shop', scripts, ...more });
const workflow = (steps: string, head = 'on: [push, pull_request]', job = ''): string => `${head}\njobs:\n  test:\n    runs-on: ubuntu-latest\n${job}    steps:\n${steps}`;

describe('configured checks', () => {
  it('are used exactly, with nothing derived beside them', () => {
    const derived = derive({ 'package.json': manifest({ test: 'jest' }) }, { config: { checks: { unit: { run: 'make unit', needs: ['deps'], timeout: '90s', when: { paths: ['src/**'] } }, deps: { run: 'npm ci', role: 'setup', network: true } } } });
    expect(derived.checks).toEqual([
      { id: 'unit', run: 'make unit', needs: ['deps'], workdir: '', timeoutMs: 90_000, reports: [], network: false, paths: ['src/**'], role: 'check', origin: '.heddle.yml checks.unit' },
      { id: 'deps', run: 'npm ci', needs: [], workdir: '', timeoutMs: 1000, reports: [], network: true, paths: [], role: 'setup', origin: '.heddle.yml checks.deps' },
    ]);
  });

  it.each([
    ['an unknown need', { a: { run: 'x', needs: ['b'] }, c: { run: 'x' } }, ".heddle.yml: checks.a.needs: there is no other check 'b'. Allowed: c."],
    ['itself as a need', { a: { run: 'x', needs: ['a'] } }, ".heddle.yml: checks.a.needs: there is no other check 'a'. Allowed: (no other check is configured)."],
    ['a circle', { a: { run: 'x', needs: ['b'] }, b: { run: 'x', needs: ['c'] }, c: { run: 'x', needs: ['a'] } }, '.heddle.yml: checks.a.needs: these checks wait for each other: a -> b -> c -> a. Take one of the needs out.'],
    ['a bad name', { 'a b': { run: 'x' } }, ".heddle.yml: checks.a b: the name may have letters, digits, '.', '_', ':' and '-', starts with a letter or digit, and has at most 80 characters."],
    ['a folder outside', { a: { run: 'x', workdir: '../b' } }, ".heddle.yml: checks.a.workdir: '../b' is not a folder below the repository root. Write it like packages/api."],
    ['a report outside', { a: { run: 'x', reports: [{ format: 'junit', path: '/etc/passwd' }] } }, ".heddle.yml: checks.a.reports: '/etc/passwd' is not a path below the check's workdir. Write it like reports/junit.xml."],
  ])('refuse %s, naming the key', (_what, checks, message) => {
    expect(refusal(checks)).toBe(message);
  });

  it('accept a diamond', () => {
    expect(refusal({ a: { run: 'x' }, b: { run: 'x', needs: ['a'] }, c: { run: 'x', needs: ['a'] }, d: { run: 'x', needs: ['b', 'c'] } })).toBe('accepted');
  });
});

describe('package scripts', () => {
  it('become checks behind one installation', () => {
    const derived = derive({ 'package.json': manifest({ test: 'jest', lint: 'eslint .', 'type-check': 'tsc --noEmit', build: 'tsc', start: 'node .' }), 'package-lock.json': '{}' });
    expect(short(derived)).toEqual(['install*: npm ci', 'lint: npm run lint < install', 'type-check: npm run type-check < install', 'build: npm run build < install', 'test: npm test < install']);
    expect(derived.checks[0]).toMatchObject({ network: true, origin: 'package-lock.json' });
    expect(derived.checks[1]).toMatchObject({ network: false });
  });

  it.each([
    ['npm without a lockfile', {}, {}, 'npm install --no-package-lock', 'npm test'],
    ['npm', { 'package-lock.json': '' }, {}, 'npm ci', 'npm test'],
    ['pnpm', { 'pnpm-lock.yaml': '' }, {}, 'pnpm install --frozen-lockfile', 'pnpm test'],
    ['yarn 1', { 'yarn.lock': '' }, {}, 'yarn install --frozen-lockfile', 'yarn test'],
    ['yarn 4', { 'yarn.lock': '' }, { packageManager: 'yarn@4.1.0' }, 'yarn install --immutable', 'yarn test'],
    ['bun', { 'bun.lock': '' }, {}, 'bun install --frozen-lockfile', 'bun run test'],
    ['pnpm by name', {}, { packageManager: 'pnpm@9.0.0' }, 'pnpm install', 'pnpm test'],
  ])('know %s', (_name, files, more, install, test) => {
    const derived = derive({ ...files, 'package.json': manifest({ test: 'jest' }, { devDependencies: { jest: '1' }, ...more }) });
    expect(derived.checks.map((check) => check.run)).toEqual([install, test]);
  });

  it('install nothing when there is nothing to install, and no network when that is closed', () => {
    expect(short(derive({ 'package.json': manifest({ test: 'node --test' }, {}) }))).toEqual(['test: npm test']);
    expect(derive({ 'package.json': manifest({ test: 'jest' }) }, { config: { sandbox: { setup_network: false } } }).checks[0]).toMatchObject({ role: 'setup', network: false });
  });

  it.each([
    ['test', 'echo "Error: no test specified" && exit 1', 'it is the placeholder that npm init writes'],
    ['test', 'jest --watch', 'it watches and never ends'],
    ['build', 'nodemon', 'it watches and never ends'],
    ['build', 'vite build && npm publish', 'it deploys or publishes'],
    ['check', 'npm run release', 'it makes a release'],
    ['build', 'docker build .', 'it uses containers or a service outside'],
    ['lint', '', 'it is empty'],
  ])('skip %s: %s', (name, body, reason) => {
    const derived = derive({ 'package.json': manifest({ [name]: body }, {}) });
    expect(derived.checks).toEqual([]);
    expect(why(derived, `package.json scripts.${name}`)).toBe(reason);
  });

  it('skip a script that only runs others', () => {
    const derived = derive({ 'package.json': manifest({ lint: 'eslint .', test: 'jest', check: 'npm run lint && npm test' }, {}) });
    expect(derived.checks.map((check) => check.id)).toEqual(['lint', 'test']);
    expect(why(derived, 'package.json scripts.check')).toBe('the same as check lint');
  });

  it('are bound to the work folder, with the lockfile of the workspace above it', () => {
    const derived = derive({ 'package.json': manifest({ test: 'all' }), 'pnpm-lock.yaml': '', 'packages/api/package.json': manifest({ test: 'jest' }) }, { workdir: 'packages/api' });
    expect(derived.checks).toMatchObject([{ run: 'pnpm install --frozen-lockfile', workdir: '' }, { run: 'pnpm test', workdir: 'packages/api' }]);
  });

  it.each(['{', '[]', 'null', '{"scripts": 3}', '{"scripts": {"test": {}}}'])('survive the manifest %s', (text) => {
    expect(derive({ 'package.json': text }).checks).toEqual([]);
  });
});

describe('make targets', () => {
  it('are used when they run something else', () => {
    const derived = derive({ Makefile: '.PHONY: test lint deploy\nCC := gcc\ntest: build\n\t./run-tests\nbuild:\n\tgcc -o a a.c\nlint: ; clang-tidy a.c\ncheck: test lint\ndeploy:\n\tkubectl apply\n' });
    expect(short(derived)).toEqual(['make-lint: make lint', 'make-test: make test']);
    expect(why(derived, 'Makefile:8')).toBe('the same as check make-test');
  });

  it('are skipped when they only call what is used already, or deploy', () => {
    const derived = derive({ 'package.json': manifest({ test: 'jest', lint: 'eslint .' }, {}), Makefile: 'test:\n\t@npm test\nlint:\n\tnpx eslint .\ncheck:\n\tmake publish\n' });
    expect(derived.checks.map((check) => check.id)).toEqual(['lint', 'test']);
    expect(why(derived, 'Makefile:5')).toBe('it deploys or publishes');
  });
});

describe('workflow lines', () => {
  it('add what scripts do not cover; setup lines come first and installing twice is once', () => {
    const derived = derive({
      'package.json': manifest({ test: 'jest' }), 'package-lock.json': '{}',
      '.github/workflows/ci.yml': workflow('      - uses: actions/checkout@v4\n      - run: npm ci\n      - run: npm test -- --ci\n      - name: Types\n        run: npx tsc --noEmit\n      - run: |\n          echo "hello"\n          npm run e2e\n'),
    });
    expect(short(derived)).toEqual(['install*: npm ci', 'test: npm test < install', 'ci-types: npx tsc --noEmit < install', 'ci-npm-run-e2e: npm run e2e < install']);
    expect(why(derived, '.github/workflows/ci.yml jobs.test.steps[2]')).toBe('the same as check test');
  });

  it.each([
    ['an expression', '      - run: deploy ${{ matrix.x }}\n', '', 'it uses an expression of the CI system'],
    ['a secret', '      - run: curl -H "$API_TOKEN" x\n', '', 'it uses a secret, and checks get none'],
    ['the machine', '      - run: sudo apt install x\n', '', 'it changes the machine'],
    ['containers', '      - run: docker push x\n', '', 'it uses containers or a service outside'],
    ['a condition', '      - run: make x\n        if: github.ref == \'refs/heads/main\'\n', '', 'it runs only under a condition'],
    ['another shell', '      - run: make x\n        shell: pwsh\n', '', 'its shell is pwsh'],
    ['an ignored failure', '      - run: make x\n        continue-on-error: true\n', '', 'its failure is ignored by the repository itself'],
    ['a folder outside', '      - run: make x\n        working-directory: ../y\n', '', 'its folder is not a plain folder of the repository'],
    ['its environment', '      - run: make x\n        env:\n          K: ${{ github.sha }}\n', '', 'its environment uses an expression of the CI system'],
    ['services', '      - run: make x\n', '    services:\n      db:\n        image: postgres\n', 'it needs service containers, and the sandbox has none'],
    ['an environment', '      - run: make x\n', '    environment: production\n', 'it is bound to a deployment environment'],
  ])('are skipped for %s, and doctor can say so', (_what, steps, job, reason) => {
    const derived = derive({ '.github/workflows/ci.yml': workflow(steps, undefined, job) });
    expect(derived.checks).toEqual([]);
    expect(derived.explanation[0]?.why).toContain(reason);
  });

  it.each([
    ['on: workflow_dispatch', 'it does not run on push or pull_request'],
    ['on:\n  push:\n    tags: [v*]', 'it runs on tags only'],
    ['on:\n  schedule:\n    - cron: x', 'it does not run on push or pull_request'],
  ])('are not taken from a workflow with %s', (head, reason) => {
    const derived = derive({ '.github/workflows/ci.yml': workflow('      - run: make x\n', head) });
    expect(derived.checks).toEqual([]);
    expect(derived.explanation[0]).toMatchObject({ origin: '.github/workflows/ci.yml', why: reason });
  });

  it('keep variables, quote them, and give bash what only bash reads', () => {
    const derived = derive({ '.github/workflows/ci.yml': workflow('      - run: "[[ -f a ]] && ./go"\n        env:\n          NAME: it\'s\n') });
    expect(derived.checks[0]?.run).toBe("export NAME='it'\\''s'\n# --- the command as the repository has it ---\nbash -e <<'HEDDLE_STEP'\n[[ -f a ]] && ./go\nHEDDLE_STEP");
  });

  it('keep a script over several lines whole', () => {
    const derived = derive({ '.github/workflows/ci.yml': workflow('      - name: All\n        run: |\n          cd sub\n          ./test.sh\n') });
    expect(short(derived)).toEqual(['ci-all: cd sub\n./test.sh']);
  });

  it('install Python packages into the checkout', () => {
    const derived = derive({ '.github/workflows/ci.yml': workflow('      - run: pip install -r requirements.txt\n      - run: pytest\n') });
    expect(derived.checks.map((check) => [check.role, check.run.split('\n').at(-1), check.needs.length])).toEqual([['setup', 'python3 -m venv .venv', 0], ['setup', 'pip install -r requirements.txt', 1], ['check', 'pytest', 2]]);
    expect(derived.checks[2]?.run).toContain('PATH="$PWD/.venv/bin:$PATH"');
  });

  it('count a matrix once and order a build before what follows it', () => {
    const derived = derive({ '.github/workflows/ci.yml': workflow('      - run: ./tools/build\n      - run: ./tools/verify\n', undefined, '    strategy:\n      matrix:\n        node: [18, 20, 22]\n') });
    expect(short(derived)).toEqual(['ci-tools-build: ./tools/build', 'ci-tools-verify: ./tools/verify < ci-tools-build']);
  });

  it('give the scripts their order: tests wait for the build when the workflow builds first', () => {
    const scripts = { build: 'tsc', test: 'node --test dist' };
    const ci = (steps: string): DerivedChecks => derive({ 'package.json': manifest(scripts, {}), '.github/workflows/ci.yml': workflow(steps) });
    expect(short(ci('      - run: npm run build\n      - run: npm test\n'))).toEqual(['build: npm run build', 'test: npm test < build']);
    expect(short(ci('      - run: npm test\n      - run: npm run build\n'))).toEqual(['build: npm run build', 'test: npm test']);
  });

  it('come from GitLab too', () => {
    const derived = derive({ '.gitlab-ci.yml': 'default:\n  before_script: [bundle install]\nstages: [test, deploy]\nrspec:\n  script:\n    - bundle exec rspec\n    - [bundle exec rubocop]\nship:\n  stage: deploy\n  script: ./ship\n.hidden:\n  script: nope\nmanual:\n  when: manual\n  script: x\nvars:\n  script: echo $CI_COMMIT_SHA > f\n' });
    expect(short(derived)).toEqual(['setup-bundle-install*: bundle install', 'ci-bundle-exec-rspec: bundle exec rspec < setup-bundle-install', 'ci-bundle-exec-rubocop: bundle exec rubocop < setup-bundle-install']);
    expect(why(derived, '.gitlab-ci.yml ship')).toBe('it deploys, publishes or releases by its name');
  });
});

describe('hostile YAML', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(',')}]`).join('\n')}\n`;
  it.each([
    ['an anchor bomb', bomb],
    ['deep brackets', '['.repeat(100_000)],
    ['deep lists', `${'- '.repeat(50_000)}x`],
    ['a huge file', 'a: b\n'.repeat(100_000)],
    ['no YAML', 'a: [b\nc: "'],
  ])('is refused: %s', (_what, text) => {
    expect(boundedYaml(text).ok).toBe(false);
    expect(derive({ '.github/workflows/ci.yml': text }).explanation[0]).toMatchObject({ decision: 'skipped' });
  });

  it('never breaks the derivation', () => {
    const piece = fc.constantFrom('on: push\n', 'jobs:\n', '  a:\n', '    steps:\n', '      - run: ', 'npm test\n', '|\n', '*a ', '&a ', '<<: ', '!!set ', '{', '}', '[', ']', '"', "'", ':', '\n', '  ');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 40 }), (pieces) => {
      derive({ '.github/workflows/ci.yml': pieces.join(''), '.gitlab-ci.yml': pieces.join(''), Makefile: pieces.join(''), 'package.json': pieces.join('') });
    }), { numRuns: 200 });
  });
});

describe('toolchain defaults', () => {
  it.each([
    ['Go', { 'go.mod': '', 'go.sum': '' }, ['install*: go mod download', 'go-build: go build ./... < install', 'go-vet: go vet ./... < install', 'go-test: go test ./... < install']],
    ['Rust', { 'Cargo.toml': '', 'Cargo.lock': '' }, ['cargo-fetch*: cargo fetch --locked', 'cargo-test: cargo test --offline < cargo-fetch']],
    ['Maven', { mvnw: '', 'pom.xml': '' }, ['install*: sh ./mvnw -B -ntp -q test-compile', 'maven-test: sh ./mvnw -B -ntp test < install']],
    ['Python', { 'pyproject.toml': '[tool.pytest.ini_options]', 'requirements.txt': 'requests' }, ['install*: python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt -e . pytest', 'pytest: .venv/bin/python -m pytest -q < install']],
    ['Python without packages', { 'tox.ini': '', 'tests/test_a.py': '' }, ['unittest: python3 -m unittest discover']],
  ])('are used for %s when nothing else was found', (_what, files, expected) => {
    expect(short(derive(files as Record<string, string>))).toEqual(expected);
  });

  it('are not used beside checks of the repository itself', () => {
    expect(short(derive({ 'go.mod': '', Makefile: 'test:\n\tgo test -race ./...\n' }))).toEqual(['make-test: make test']);
  });

  it('leave a repository without checks without checks, and say what to do', () => {
    expect(derive({ 'README.md': '' })).toEqual({ checks: [], explanation: [{ origin: 'repository', decision: 'skipped', why: 'no check was found; name one under checks: in .heddle.yml' }] });
  });
});
