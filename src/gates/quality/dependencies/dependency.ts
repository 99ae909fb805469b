/** Names of the OSV schema, «Package.ecosystem». */
export type Ecosystem = 'npm' | 'PyPI' | 'Go' | 'crates.io' | 'RubyGems' | 'Maven' | 'Packagist' | 'NuGet';

/** One dependency as one file names it. In a lockfile the version is exact, in a manifest it may be a range. */
export interface Dependency {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly version: string;
  /** A lockfile says what will be installed; a manifest says what is wanted. */
  readonly exact: boolean;
  readonly licence?: string | undefined;
}

/** Reads the dependencies of one text. What it cannot make out is passed over: a broken file is told by the caller. */
export type ManifestReader = (text: string) => readonly Dependency[];

/** Entries of one file; more are not listed. */
export const ENTRIES_MAX = 50_000;

export function dependency(ecosystem: Ecosystem, name: string, version: string | undefined, more: { readonly exact: boolean; readonly licence?: string | undefined }): readonly Dependency[] {
  const plain = name.trim();
  if (plain === '' || plain.length > 300) return [];
  const said = (version ?? '').trim().slice(0, 200);
  return [{ ecosystem, name: ecosystem === 'PyPI' ? pythonName(plain) : plain, version: said === '' ? '*' : said, exact: more.exact, ...(more.licence === undefined ? {} : { licence: more.licence.slice(0, 200) }) }];
}

/** PEP 503: case, dots, dashes and underscores do not tell packages apart. */
function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** A JSON text as an object, or undefined. Its values are foreign and looked at one by one. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(asObject(value) ?? {}).slice(0, ENTRIES_MAX);
}

/** Lines of a text, each cut at a length that no manifest needs. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.slice(0, 2_000).trimEnd());
}
