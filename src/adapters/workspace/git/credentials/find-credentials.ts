import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { locate } from '../locate.js';
import { credentialIn, netrcValues, storeValues } from './credential-values.js';
import type { FoundCredential } from './credential-values.js';
import { readConfig } from './read-config.js';

export interface CredentialPlace {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  /** True for what a checkout step leaves behind; false for what a person or an image put into the home folder. */
  readonly ofCheckout: boolean;
}

export interface CheckoutCredentials {
  readonly places: readonly CredentialPlace[];
  /** For the redactor, and for nothing else. */
  readonly values: readonly string[];
}

export interface CredentialSearch {
  readonly repository: string;
  readonly home: string | undefined;
  /** Where newer checkout steps keep the file that the repository's configuration includes. */
  readonly temp: string | undefined;
}

const FILES_MAX = 300;
const FILE_BYTES_MAX = 1024 * 1024;
const INCLUDES_DEEP_MAX = 5;

/**
 * Credentials that lie where programs on this machine could read them: the configuration of the checkout, of its
 * worktrees and submodules, every file that these include (whatever the condition says), the files of checkout steps in
 * the runner's folder for temporary files, and the stores in the home folder. Reads files; starts nothing, sends nothing.
 */
export function findCredentials(search: CredentialSearch): CheckoutCredentials {
  const finder = new Finder(search);
  const located = locate(search.repository);
  if (located.ok) {
    const { gitDir, commonDir } = located.value;
    for (const folder of new Set([gitDir, commonDir])) for (const name of ['config', 'config.worktree']) finder.config(join(folder, name), true);
    finder.below(join(commonDir, 'modules'));
  }
  if (search.temp !== undefined) for (const name of namesIn(search.temp)) if (/^git-credentials-.*\.config$/.test(name)) finder.config(join(search.temp, name), true);
  if (search.home !== undefined) {
    for (const name of ['.gitconfig', '.config/git/config']) finder.config(join(search.home, name), false);
    for (const name of ['.git-credentials', '.config/git/credentials']) finder.store(join(search.home, name));
    for (const name of ['.netrc', '_netrc']) finder.netrc(join(search.home, name));
  }
  return { places: finder.places, values: [...finder.values] };
}

class Finder {
  readonly places: CredentialPlace[] = [];
  readonly values = new Set<string>();
  readonly #read = new Set<string>();
  readonly #search: CredentialSearch;

  constructor(search: CredentialSearch) {
    this.#search = search;
  }

  config(file: string, ofCheckout: boolean, depth = 0): void {
    const text = depth > INCLUDES_DEEP_MAX ? undefined : this.#text(file);
    for (const entry of readConfig(text ?? '')) {
      this.#keep({ file, line: entry.line, ofCheckout }, credentialIn(entry));
      if ((entry.section === 'include' || entry.section === 'includeif') && entry.key === 'path') this.config(this.#path(entry.value, dirname(file)), ofCheckout, depth + 1);
      if (entry.section === 'credential' && entry.key === 'helper') this.#helper(entry.value, dirname(file));
    }
  }

  store(file: string): void {
    for (const [index, line] of (this.#text(file) ?? '').split('\n').entries()) this.#keep({ file, line: index + 1, ofCheckout: false }, storeValues(line));
  }

  netrc(file: string): void {
    for (const { line, found } of netrcValues(this.#text(file) ?? '')) this.#keep({ file, line, ofCheckout: false }, found);
  }

  /** Submodules may lie in each other. */
  below(folder: string, depth = 0): void {
    if (depth > INCLUDES_DEEP_MAX || this.#read.size >= FILES_MAX) return;
    for (const name of namesIn(folder)) {
      if (['objects', 'refs', 'logs', 'hooks', 'info'].includes(name)) continue;
      this.config(join(folder, name, 'config'), true);
      this.below(join(folder, name), depth + 1);
    }
  }

  /** `store --file=PATH` keeps passwords in clear text. */
  #helper(value: string, folder: string): void {
    const file = /^(?:\S*git-credential-)?store\b.*--file[= ]\s*("[^"]+"|'[^']+'|\S+)/.exec(value)?.[1];
    if (file !== undefined) this.store(this.#path(file.replace(/^["']|["']$/g, ''), folder));
  }

  #path(text: string, folder: string): string {
    if (text.startsWith('~/')) return join(this.#search.home ?? '/', text.slice(2));
    return isAbsolute(text) ? text : resolve(folder, text);
  }

  #keep(place: Omit<CredentialPlace, 'kind'>, found: FoundCredential | undefined): void {
    if (found === undefined) return;
    this.places.push({ ...place, kind: found.kind });
    for (const value of found.values) this.values.add(value);
  }

  /** The text of a file that was not read before; a path may lead anywhere, so only plain files of a bounded size. */
  #text(file: string): string | undefined {
    try {
      const real = realpathSync(file);
      const facts = statSync(real);
      if (!facts.isFile() || facts.size > FILE_BYTES_MAX || this.#read.has(real) || this.#read.size >= FILES_MAX) return undefined;
      this.#read.add(real);
      return readFileSync(real, 'utf8');
    } catch {
      return undefined;
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
