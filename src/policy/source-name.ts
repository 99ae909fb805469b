import { err, ok, type Result } from '../kit/result.js';
import { distance } from '../kit/distance.js';

/** Where rules are read from. `git` names a commit, or a branch or tag that is resolved once and recorded. */
export type PolicySource =
  | { readonly kind: 'built-in'; readonly name: BuiltInPreset }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string; readonly ref: string; readonly path: string };

export const BUILT_IN_PRESETS = ['node-service', 'python-service', 'library', 'docs-only', 'regulated'] as const;
export type BuiltInPreset = (typeof BUILT_IN_PRESETS)[number];

/** Reads the name of a source: `heddle:library`, `./policies/base.yml`, `github:acme/policies@<ref>:node.yml`, `https://host/repo.git@<ref>:node.yml`. */
export function parseSource(text: string): Result<PolicySource, string> {
  if (text.startsWith('heddle:')) return builtIn(text.slice('heddle:'.length));
  if (text.startsWith('./')) {
    const path = text.slice(2);
    return isPlainPath(path) ? ok({ kind: 'file', path }) : err('a file of this repository: ./ and a path without .. (for example ./policies/base.yml)');
  }
  const hosted = /^github:([A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9][\w.-]{0,99})@([^:@]{1,255}):(.{1,500})$/.exec(text);
  if (hosted !== null) return git(`https://github.com/${hosted[1] ?? ''}.git`, hosted[2] ?? '', hosted[3] ?? '');
  const plain = /^(https:\/\/[^\s@#?]{1,500}|file:\/\/\/[^\s@#?]{1,500})@([^:@]{1,255}):(.{1,500})$/.exec(text);
  if (plain !== null) return git(plain[1] ?? '', plain[2] ?? '', plain[3] ?? '');
  return err('must be heddle:NAME, ./FILE, github:OWNER/REPO@REF:FILE or https://HOST/REPO.git@REF:FILE, where REF is a commit (a branch or tag is resolved and recorded)');
}

function builtIn(name: string): Result<PolicySource, string> {
  const found = BUILT_IN_PRESETS.find((one) => one === name);
  if (found !== undefined) return ok({ kind: 'built-in', name: found });
  const close = BUILT_IN_PRESETS.filter((one) => distance(one, name) <= 3);
  return err(`there is no preset heddle:${name}; there are ${BUILT_IN_PRESETS.map((one) => `heddle:${one}`).join(', ')}${close.length === 1 ? `. Did you mean heddle:${close[0] ?? ''}?` : ''}`);
}

function git(url: string, ref: string, path: string): Result<PolicySource, string> {
  // A ref never looks like an option, and never is an expression of git's.
  if (!/^[A-Za-z0-9][\w./-]{0,254}$/.test(ref) || ref.includes('..') || ref.endsWith('.lock')) return err(`'${ref}' is no commit, branch or tag`);
  return isPlainPath(path) ? ok({ kind: 'git', url, ref, path }) : err('the file after the last colon must be a path inside the repository, without ..');
}

function isPlainPath(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\\') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
