import type { ConfigEntry } from './read-config.js';

/** A credential in a setting: what kind it is, for people, and the values that must never be shown. */
export interface FoundCredential { readonly kind: string; readonly values: readonly string[] }

/** The credential that a setting holds, or undefined. Knows what checkout steps and people write, not everything that git could be told. */
export function credentialIn({ section, subsection, key, value }: ConfigEntry): FoundCredential | undefined {
  if (section === 'http' && key === 'extraheader' && /authorization|cookie|token/i.test(value)) return { kind: 'an authorization header (http.extraheader)', values: headerValues(value) };
  if (section === 'http' && key === 'proxy') return inUrl(value, 'a proxy address with a password');
  if (section === 'remote' && (key === 'url' || key === 'pushurl')) return inUrl(value, `the address of the remote ${subsection.slice(0, 60)} with a password`);
  if (section === 'url') return inUrl(subsection, 'an address with a password (url.insteadOf)');
  if (section === 'submodule' && key === 'url') return inUrl(value, 'the address of a submodule with a password');
  if (section === 'credential' && key === 'helper' && value.startsWith('!') && /password\s*=/.test(value)) return { kind: 'a credential helper with the password in it', values: [...value.matchAll(/password\s*=\s*([^\s;"'}]+)/g)].map((match) => match[1] ?? '') };
  if (section === 'credential' && key === 'password') return { kind: 'a password (credential.password)', values: [value] };
  return undefined;
}

/** `https://user:password@host` on each line, as the credential store writes it. */
export function storeValues(line: string): FoundCredential | undefined {
  return inUrl(line, 'a line of the credential store');
}

/** Passwords of a netrc file, with the lines they stand on. */
export function netrcValues(text: string): readonly { readonly line: number; readonly found: FoundCredential }[] {
  return text.split('\n').flatMap((line, index) => {
    const match = /(?:^|\s)password\s+(\S+)/.exec(line);
    return match?.[1] === undefined ? [] : [{ line: index + 1, found: { kind: 'a password for git and curl (netrc)', values: [match[1]] } }];
  });
}

/** A user name alone is no credential, unless it has the form of a token. */
const TOKEN = /^(?:gh[opsur]_|github_pat_|glpat-|glcbt-|ATBB)|^[A-Za-z0-9_-]{32,}$/;

function inUrl(text: string, kind: string): FoundCredential | undefined {
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/@\s]*)@/.exec(text.trim());
  if (match === null) return undefined;
  const [user = '', ...rest] = (match[1] ?? '').split(':');
  const password = rest.join(':');
  if (password !== '') return { kind, values: bothForms(password) };
  return TOKEN.test(user) ? { kind, values: bothForms(user) } : undefined;
}

function bothForms(text: string): readonly string[] {
  try {
    return [...new Set([text, decodeURIComponent(text)])];
  } catch {
    return [text];
  }
}

/** The word after the scheme; of Basic also the password inside. */
function headerValues(header: string): readonly string[] {
  const words = header.trim().split(/\s+/);
  const last = words.at(-1) ?? '';
  const decoded = /basic/i.test(header) ? Buffer.from(last, 'base64').toString('utf8') : '';
  return [last, decoded.slice(decoded.indexOf(':') + 1)].filter((value) => value !== '');
}
