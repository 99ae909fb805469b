import { z } from 'zod';
import type { CheckId } from '../../domain/ids.js';
import { andParts, notACheck } from './command-words.js';
import { joinPath, type DerivedPlan, type RepositoryFiles } from './derived-plan.js';

/** package.json is foreign: whatever is not of this shape is treated as not there. */
const Manifest = z.object({
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
  packageManager: z.string().optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  devDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  optionalDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  peerDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  workspaces: z.unknown().optional(),
});
type Manifest = z.infer<typeof Manifest>;

/** In the order they are proposed: `check` last, because it is often made of the others. */
const SCRIPTS = ['lint', 'typecheck', 'type-check', 'build', 'test', 'check'] as const;

/** Adds the setup and the scripts of `package.json`; answers the setup check, when there is something to install. */
export function derivePackageScripts(files: RepositoryFiles, workdir: string, plan: DerivedPlan): CheckId | undefined {
  const path = joinPath(workdir, 'package.json');
  const text = files.read(path);
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (manifest === undefined) {
    plan.skip(path, 'it is not a JSON object');
    return undefined;
  }
  const tool = packageTool(files, workdir, manifest);
  const install = installCheck({ files, workdir, manifest, tool, plan });
  const scripts = manifest.scripts ?? {};
  for (const name of SCRIPTS) {
    const body = scripts[name];
    if (typeof body !== 'string') continue;
    const origin = `${path} scripts.${name}`;
    const why = scriptRefusal(name, body);
    if (why !== undefined) plan.skip(origin, why);
    else {
      plan.check({
        name, run: name === 'test' ? `${tool.id} ${tool.id === 'bun' ? 'run test' : 'test'}` : `${tool.id} run ${name}`, workdir, origin,
        why: `the script ${name} is a check by its name`, needs: install === undefined ? [] : [install], covers: andParts(body),
      });
    }
  }
  return install;
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const parsed = Manifest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function scriptRefusal(name: string, body: string): string | undefined {
  if (/no test specified/.test(body) && /exit 1/.test(body)) return 'it is the placeholder that npm init writes';
  if (body.trim() === '') return 'it is empty';
  const refusal = notACheck(body);
  if (refusal !== undefined) return refusal;
  if (/^(?:node|ts-node|tsx) (?:\.\/)?(?:dist\/|src\/)?(?:server|index|app)\.[cm]?[jt]s$/.test(body.trim()) && name !== 'test') return 'it starts the program';
  return undefined;
}

interface Tool { readonly id: 'npm' | 'pnpm' | 'yarn' | 'bun'; readonly install: string; readonly lockfile: string | undefined; readonly folder: string }

const LOCKFILES: readonly { readonly file: string; readonly id: Tool['id']; readonly install: string }[] = [
  { file: 'package-lock.json', id: 'npm', install: 'npm ci' },
  { file: 'npm-shrinkwrap.json', id: 'npm', install: 'npm ci' },
  { file: 'pnpm-lock.yaml', id: 'pnpm', install: 'pnpm install --frozen-lockfile' },
  { file: 'yarn.lock', id: 'yarn', install: 'yarn install --frozen-lockfile' },
  { file: 'bun.lock', id: 'bun', install: 'bun install --frozen-lockfile' },
  { file: 'bun.lockb', id: 'bun', install: 'bun install --frozen-lockfile' },
];

/** The lockfile decides, looked for in the folder and then in each one above it (workspaces keep theirs at the root). */
function packageTool(files: RepositoryFiles, workdir: string, manifest: Manifest): Tool {
  const paths = new Set(files.list());
  for (const folder of upwards(workdir)) {
    const lock = LOCKFILES.find(({ file }) => paths.has(joinPath(folder, file)));
    if (lock === undefined) continue;
    const modern = lock.id === 'yarn' && (paths.has(joinPath(folder, '.yarnrc.yml')) || /^yarn@[2-9]/.test(manifest.packageManager ?? ''));
    return { id: lock.id, install: modern ? 'yarn install --immutable' : lock.install, lockfile: joinPath(folder, lock.file), folder };
  }
  const named = /^(npm|pnpm|yarn|bun)@/.exec(manifest.packageManager ?? '')?.[1];
  const id = named === 'pnpm' || named === 'yarn' || named === 'bun' ? named : 'npm';
  return { id, install: id === 'npm' ? 'npm install --no-package-lock' : `${id} install`, lockfile: undefined, folder: workdir };
}

function installCheck(input: { readonly files: RepositoryFiles; readonly workdir: string; readonly manifest: Manifest; readonly tool: Tool; readonly plan: DerivedPlan }): CheckId | undefined {
  const { manifest, tool, plan, workdir } = input;
  const named = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies, manifest.peerDependencies];
  const some = named.some((group) => Object.keys(group ?? {}).length > 0) || manifest.workspaces !== undefined || tool.folder !== workdir;
  const origin = tool.lockfile ?? joinPath(workdir, 'package.json');
  if (!some) {
    plan.skip(`${joinPath(workdir, 'package.json')} dependencies`, 'there are no dependencies to install');
    return undefined;
  }
  return plan.setup({
    name: 'install', run: tool.install, workdir: tool.folder, origin, needs: [],
    why: tool.lockfile === undefined ? 'there are dependencies and no lockfile' : `the lockfile says ${tool.id}`,
  });
}

function upwards(folder: string): readonly string[] {
  const parts = folder === '' ? [] : folder.split('/');
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), ''];
}
