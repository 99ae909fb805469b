import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** A component that somebody may name in a ticket, where it lives and who owns it. */
export interface Component { readonly component: string; readonly repository: string; readonly owner?: string | undefined }

/** The file at the root of a repository that Backstage reads. */
export const CATALOGUE_PATH = 'catalog-info.yaml';
const CHARS_MAX = 1_048_576;
const COMPONENTS_MAX = 2_000;

/** Only what is used of a Backstage entity; everything else may be there. */
const Entity = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string().min(1).max(200), annotations: z.record(z.string(), z.unknown()).optional() }),
  spec: z.object({ owner: z.string().max(200).optional() }).optional(),
});

/**
 * The components and APIs of a catalogue file that say in which repository they live (`github.com/project-slug`,
 * `gitlab.com/project-slug` or `backstage.io/source-location`). Entities without one live in `here`. A document that cannot be
 * read is passed over: a catalogue is read by many tools and belongs to none of them. Never throws.
 */
export function readCatalogue(text: string, here: string): readonly Component[] {
  try {
    return parseAllDocuments(text.slice(0, CHARS_MAX), { prettyErrors: false }).flatMap((document) => {
      if (!('errors' in document) || document.errors.length > 0) return [];
      const entity = Entity.safeParse(document.toJS({ maxAliasCount: 20 }));
      if (!entity.success || (entity.data.kind !== 'Component' && entity.data.kind !== 'API')) return [];
      const { metadata, spec } = entity.data;
      return [{ component: metadata.name, repository: repositoryOf(metadata.annotations ?? {}) ?? here, owner: spec?.owner }];
    }).slice(0, COMPONENTS_MAX);
  } catch {
    // Nesting that is too deep, or a bomb of aliases: the only things the library throws for.
    return [];
  }
}

const SLUG = /^[A-Za-z0-9][\w.-]{0,99}(?:\/[A-Za-z0-9][\w.-]{0,99}){1,5}$/;

function repositoryOf(annotations: Readonly<Record<string, unknown>>): string | undefined {
  for (const key of ['github.com/project-slug', 'gitlab.com/project-slug']) {
    const slug = annotations[key];
    if (typeof slug === 'string' && SLUG.test(slug)) return slug;
  }
  const source = annotations['backstage.io/source-location'];
  const found = typeof source === 'string' ? /^url:https?:\/\/[^/\s]{1,200}\/([\w.-]{1,100}\/[\w.-]{1,100})(?:[/?#]|$)/.exec(source.slice(0, 600)) : null;
  return found?.[1] !== undefined && SLUG.test(found[1]) ? found[1] : undefined;
}
