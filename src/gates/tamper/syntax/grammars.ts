import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

/** The grammars that the guard can read. Each is a WebAssembly module of the package named here; dist/ has them compressed. */
export type Grammar = 'runtime' | 'javascript' | 'typescript' | 'tsx' | 'python' | 'java' | 'kotlin' | 'go' | 'ruby' | 'rust' | 'c-sharp' | 'php';

/** A file of a package, for development; `scripts/build.mjs` packs the same files. */
const place = (grammar: Grammar): string => {
  if (grammar === 'runtime') return 'web-tree-sitter/web-tree-sitter.wasm';
  if (grammar === 'kotlin') return '@tree-sitter-grammars/tree-sitter-kotlin/tree-sitter-kotlin.wasm';
  return `@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`;
};

/** The module's bytes: from `grammars/` beside the packaged program, else from the installed packages. */
export function grammarBytes(grammar: Grammar): Uint8Array {
  const here = dirname(fileURLToPath(import.meta.url));
  const packed = join(here, 'grammars', `${grammar}.wasm.br`);
  if (existsSync(packed)) return brotliDecompressSync(readFileSync(packed));
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules', place(grammar));
    if (existsSync(file)) return readFileSync(file);
  }
  throw new Error(`the grammar ${grammar} is not in this installation (looked for ${packed})`);
}
