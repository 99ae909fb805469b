/**
 * Whether a path is worth reading for the ranking. Vendored code, lock files, generated and packed files and pictures
 * speak in many words of everything and are not where the work is. By name alone, so that their bytes are never fetched.
 */
export function readablePath(path: string): boolean {
  return !FOREIGN_FOLDER.test(path) && !FOREIGN_FILE.test(path);
}

/** Whether the bytes are source text at all: no NUL near the start, not marked as generated, not packed into one line. */
export function readableBytes(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES));
  if (head.includes(0)) return false;
  const text = head.toString('latin1');
  // The one word that all three forms have is looked for first: the pattern itself is slow on thousands of files.
  const start = text.slice(0, 2_000).toLowerCase();
  if (start.includes('generated') && GENERATED.test(start)) return false;
  return head.length < HEAD_BYTES || text.includes('\n');
}

const HEAD_BYTES = 8_000;
const FOREIGN_FOLDER = /(^|\/)(node_modules|bower_components|vendor|vendored|third[_-]party|external|dist|build|out|target|coverage|__pycache__|\.git|\.yarn|\.idea|\.vscode|site-packages|Pods)\//;
const FOREIGN_FILE = /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|composer\.lock|Gemfile\.lock|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|go\.sum|flake\.lock|gradle\.lockfile)$|\.(min\.(js|css|mjs)|map|snap|lock|svg|png|jpe?g|gif|webp|avif|ico|bmp|tiff?|psd|pdf|zip|gz|tgz|bz2|xz|zst|7z|rar|jar|war|class|so|dylib|dll|exe|o|a|lib|wasm|bin|dat|db|sqlite3?|woff2?|ttf|otf|eot|mp[34]|wav|ogg|webm|mov|avi|parquet|onnx|pyc|ipynb|csv|tsv)$|[._]pb\.(go|py|cc|h)$|_pb2(_grpc)?\.py$|\.g\.(dart|cs)$|\.designer\.cs$/i;
const GENERATED = /@generated|code generated .{0,200}do not edit|this file (was|is) (auto-?matically |auto-?)generated/;
