import type { CheckId } from '../../domain/ids.js';
import { joinPath, type DerivedPlan, type RepositoryFiles } from './derived-plan.js';

/** What a toolchain runs by convention, used only when nothing in the repository named a check. */
export function deriveLanguageDefaults(files: RepositoryFiles, workdir: string, plan: DerivedPlan): void {
  const paths = new Set(files.list());
  const has = (name: string): boolean => paths.has(joinPath(workdir, name));
  const use = (name: string, command: string, file: string, needs: readonly CheckId[] = []): void => {
    plan.check({ name, run: command, workdir, origin: joinPath(workdir, file), why: `the usual command for a folder with ${file}`, needs });
  };
  if (has('go.mod')) {
    const fetch = has('vendor/modules.txt') || !has('go.sum') ? undefined : plan.setup({ name: 'install', run: 'go mod download', workdir, origin: joinPath(workdir, 'go.mod'), why: 'there are modules to download', needs: [] });
    const needs = fetch === undefined ? [] : [fetch];
    use('go-build', 'go build ./...', 'go.mod', needs);
    use('go-vet', 'go vet ./...', 'go.mod', needs);
    use('go-test', 'go test ./...', 'go.mod', needs);
  }
  if (has('Cargo.toml')) {
    const fetch = plan.setup({ name: 'cargo-fetch', run: has('Cargo.lock') ? 'cargo fetch --locked' : 'cargo fetch', workdir, origin: joinPath(workdir, 'Cargo.toml'), why: 'crates are downloaded before the network closes', needs: [] });
    use('cargo-test', 'cargo test --offline', 'Cargo.toml', fetch === undefined ? [] : [fetch]);
  }
  if (has('mvnw')) use('maven-test', 'sh ./mvnw -B -ntp test', 'mvnw', fetched(plan, { workdir, file: 'mvnw', run: 'sh ./mvnw -B -ntp -q test-compile' }));
  else if (has('pom.xml')) use('maven-test', 'mvn -B -ntp test', 'pom.xml', fetched(plan, { workdir, file: 'pom.xml', run: 'mvn -B -ntp -q test-compile' }));
  if (has('gradlew')) use('gradle-test', 'sh ./gradlew --no-daemon --console=plain test', 'gradlew', fetched(plan, { workdir, file: 'gradlew', run: 'sh ./gradlew --no-daemon --console=plain -q testClasses' }));
  derivePython({ files, workdir, plan, has });
}

/** JVM builds download while they compile, so compiling once with the network is their setup. */
function fetched(plan: DerivedPlan, input: { readonly workdir: string; readonly file: string; readonly run: string }): readonly CheckId[] {
  const id = plan.setup({ name: 'install', run: input.run, workdir: input.workdir, origin: joinPath(input.workdir, input.file), why: 'compiling once downloads what the tests need', needs: [] });
  return id === undefined ? [] : [id];
}

function derivePython(input: { readonly files: RepositoryFiles; readonly workdir: string; readonly plan: DerivedPlan; readonly has: (name: string) => boolean }): void {
  const { files, workdir, plan, has } = input;
  const text = (name: string): string => files.read(joinPath(workdir, name)) ?? '';
  const requirements = ['requirements.txt', 'requirements-dev.txt', 'dev-requirements.txt', 'requirements-test.txt'].filter(has);
  const project = ['pyproject.toml', 'setup.py', 'setup.cfg'].filter(has);
  if (requirements.length === 0 && project.length === 0 && !has('pytest.ini') && !has('tox.ini')) return;
  const source = project[0] ?? requirements[0] ?? 'pytest.ini';
  const origin = joinPath(workdir, source);
  const mentions = /pytest/.test([...requirements, ...project, 'tox.ini'].map(text).join('\n')) || has('pytest.ini');
  const prefix = workdir === '' ? '' : `${workdir}/`;
  const tests = files.list().some((path) => path.startsWith(prefix) && /(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/.test(path));
  if (!mentions && !tests) {
    plan.skip(origin, 'no Python tests were found');
    return;
  }
  const installs = requirements.map((name) => `-r ${name}`);
  if (has('pyproject.toml') || has('setup.py')) installs.push('-e .');
  const needsVenv = installs.length > 0;
  const python = needsVenv ? '.venv/bin/python' : 'python3';
  const packages = mentions && !/pytest/.test(requirements.map(text).join('\n')) ? [...installs, 'pytest'] : installs;
  const setup = needsVenv ? plan.setup({
    name: 'install', run: `python3 -m venv .venv && ${python} -m pip install ${packages.join(' ')}`, workdir, origin, needs: [],
    why: 'packages are installed into a folder of the checkout',
  }) : undefined;
  plan.check({
    name: mentions ? 'pytest' : 'unittest', run: mentions ? `${python} -m pytest -q` : `${python} -m unittest discover`, workdir, origin,
    why: mentions ? 'the repository names pytest' : 'there are test files and no runner is named', needs: setup === undefined ? [] : [setup],
  });
}
