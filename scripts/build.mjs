// Builds the committed file set: dist/index.js with its lazily loaded chunks, and its doors: dist/cli.js, dist/action.js and one for each phase of the split.
// Deterministic: the same sources and lockfile give the same bytes, so that CI can rebuild and compare.
import { spawnSync } from 'node:child_process';
import { brotliCompressSync, constants } from 'node:zlib';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = path.resolve(root, process.argv[2] ?? 'dist');
const emitted = path.join(root, '.bundle');

rmSync(emitted, { recursive: true, force: true });
run('tsc', ['-p', 'tsconfig.json', '--outDir', '.bundle']);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
run('ncc', ['build', '.bundle/main/entry.js', '-C', '-s', '--no-source-map-register', '-o', out]);
grammars();
await finish();
rmSync(emitted, { recursive: true, force: true });

// The parser's WebAssembly modules ride along, compressed: they are read when a change touches code of their language.
function grammars() {
  const files = {
    runtime: 'web-tree-sitter/web-tree-sitter.wasm', kotlin: '@tree-sitter-grammars/tree-sitter-kotlin/tree-sitter-kotlin.wasm',
    ...Object.fromEntries(['javascript', 'typescript', 'tsx', 'python', 'java', 'go', 'ruby', 'rust', 'c-sharp', 'php'].map((name) => [name, `@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`])),
  };
  mkdirSync(path.join(out, 'grammars'));
  for (const [name, file] of Object.entries(files)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 };
    writeFileSync(path.join(out, 'grammars', `${name}.wasm.br`), brotliCompressSync(readFileSync(path.join(root, 'node_modules', file)), { params }));
  }
}

async function finish() {
  writeFileSync(path.join(out, 'licenses.txt'), licences());
  let bytes = 0;
  for (const name of readdirSync(out).sort()) {
    const file = path.join(out, name);
    if (name.endsWith('.map') || name === 'sourcemap-register.cjs' || name.endsWith('.wasm')) rmSync(file);
    if (!name.endsWith('.js')) continue;
    const source = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, '');
    const { code: minified } = await transform(source, { minify: true, keepNames: true, format: 'esm', target: 'node20', legalComments: 'none' });
    // The bundler makes a namespace of node's own `module` that lacks what a function carries: the parser's loader needs `createRequire`.
    const code = minified.replace(/\{createRequire:([\w$]+)\}=await Promise\.resolve\(\)\.then\([\w$]+\.t\.bind\([\w$]+,\d+,19\)\)/g, '{createRequire:$1}=await import("node:module")');
    writeFileSync(file, code);
    bytes += Buffer.byteLength(code);
  }
  writeFileSync(path.join(out, 'cli.js'), '#!/usr/bin/env node\nimport { startCli } from \'./index.js\';\n\nawait startCli(process.argv.slice(2));\n');
  writeFileSync(path.join(out, 'action.js'), 'import { startAction } from \'./index.js\';\n\nawait startAction();\n');
  for (const phase of ['admit', 'work', 'verify', 'deliver']) writeFileSync(path.join(out, `${phase}.js`), `import { startAction } from './index.js';\n\nawait startAction('${phase}');\n`);
  chmodSync(path.join(out, 'cli.js'), 0o755);
  process.stdout.write(`${path.relative(root, out)}: ${readdirSync(out).length} files, ${(bytes / 1e6).toFixed(2)} MB of JavaScript\n`);
}

// The bundler's own licence file forgets the packages of other chunks; the source maps name every file that went in.
function licences() {
  const packages = new Set(['@tree-sitter-grammars/tree-sitter-kotlin', '@vscode/tree-sitter-wasm']);
  for (const name of readdirSync(out).filter((one) => one.endsWith('.map'))) {
    for (const source of JSON.parse(readFileSync(path.join(out, name), 'utf8')).sources) {
      const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(source);
      if (match) packages.add(match[1]);
    }
  }
  return [...packages].sort().map((name) => {
    const folder = path.join(root, 'node_modules', name);
    if (!existsSync(folder)) return undefined;
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim() : '(the package carries no licence file)';
    return `${name} ${version} (${license})\n${'-'.repeat(72)}\n${text}\n`;
  }).filter(Boolean).join('\n');
}

function run(command, args) {
  const { status } = spawnSync(path.join(root, 'node_modules', '.bin', command), args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    spawnSync(path.join(root, 'node_modules', '.bin', command), args, { cwd: root, stdio: 'inherit' });
    process.exit(1);
  }
}
