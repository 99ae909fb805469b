import type { BundleRefusal } from '../../domain/bundle-refusal.js';
import { ok, type Result } from '../../kit/result.js';
import { refused } from './refused.js';

const LINES_MAX = 8;
const LINE_BYTES_MAX = 16 * 1024;
const REF = 'refs/heddle/candidate';

/**
 * The head of a git bundle (gitformat-bundle, versions 2 and 3): a signature, capabilities, what is needed, the references, an
 * empty line, the pack. It is read here and never by `git bundle`: exactly one commit may be needed, the order's base, and
 * exactly one reference may be there, ours. The comment after the needed commit is the base's own subject line and is ignored.
 */
export function readBundleHeader(bytes: Buffer, want: { readonly base: string; readonly commit: string }): Result<{ readonly pack: Buffer }, BundleRefusal> {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0 || end - at > LINE_BYTES_MAX) return refused('bundle-malformed', 'change.bundle is not a git bundle');
    const line = bytes.toString('latin1', at, end);
    at = end + 1;
    if (line === '') break;
    if (lines.length === LINES_MAX) return refused('bundle-refs', 'change.bundle names more than one reference or base');
    lines.push(line);
  }
  const rest = afterSignature(lines, want.base.length === 64 ? 'sha256' : 'sha1');
  if (rest === undefined) return refused('bundle-malformed', 'change.bundle has a head that is not one of ours');
  const needed = rest.filter((line) => line.startsWith('-'));
  const references = rest.filter((line) => !line.startsWith('-'));
  if (needed.length !== 1 || needed[0]?.slice(1).split(' ', 1)[0] !== want.base) return refused('other-base', 'change.bundle does not stand on the order\'s base commit alone');
  if (references.length !== 1 || references[0] !== `${want.commit} ${REF}`) return refused('bundle-refs', 'change.bundle holds other references than the one candidate');
  return ok({ pack: bytes.subarray(at) });
}

function afterSignature(lines: readonly string[], format: 'sha1' | 'sha256'): readonly string[] | undefined {
  const [signature, ...rest] = lines;
  if (signature === '# v2 git bundle') return format === 'sha1' ? rest : undefined;
  if (signature !== '# v3 git bundle') return undefined;
  const capabilities = rest.filter((line) => line.startsWith('@'));
  return capabilities.every((line) => line === `@object-format=${format}`) ? rest.slice(capabilities.length) : undefined;
}
