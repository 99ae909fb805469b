import { readEntities } from '../../domain/backstage.js';

/** A component that somebody may name in a ticket, where it lives and who owns it. */
export interface Component { readonly component: string; readonly repository: string; readonly owner?: string | undefined }

/** The file at the root of a repository that Backstage reads. */
export const CATALOGUE_PATH = 'catalog-info.yaml';
const KINDS: ReadonlySet<string> = new Set(['Component', 'API']);

/**
 * The components and APIs of a catalogue file that say in which repository they live (`github.com/project-slug`,
 * `gitlab.com/project-slug` or `backstage.io/source-location`). Entities without one live in `here`. A document that cannot be
 * read is passed over: a catalogue is read by many tools and belongs to none of them. Never throws.
 */
export function readCatalogue(text: string, here: string): readonly Component[] {
  return readEntities(text, KINDS).map(({ name, owner, annotations }) => ({ component: name, repository: repositoryOf(annotations) ?? here, owner }));
}

const SLUG = /^[A-Za-z0-9][\w.-]{0,99}(?:\/[A-Za-z0-9][\w.-]{0,99}){1,5}$/;

function repositoryOf(annotations: Readonly<Record<string, string>>): string | undefined {
  for (const key of ['github.com/project-slug', 'gitlab.com/project-slug']) {
    const slug = annotations[key];
    if (slug !== undefined && SLUG.test(slug)) return slug;
  }
  const source = annotations['backstage.io/source-location'];
  const found = source !== undefined ? /^url:https?:\/\/[^/\s]{1,200}\/([\w.-]{1,100}\/[\w.-]{1,100})(?:[/?#]|$)/.exec(source.slice(0, 600)) : null;
  return found?.[1] !== undefined && SLUG.test(found[1]) ? found[1] : undefined;
}
