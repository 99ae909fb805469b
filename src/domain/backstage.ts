import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** An entity of a Backstage catalogue, as far as it is used (backstage.io: "Descriptor Format of Catalog Entities"). */
export interface CatalogueEntity {
  readonly kind: string;
  readonly name: string;
  readonly owner: string | undefined;
  readonly lifecycle: string | undefined;
  /** `spec.tier`, or an annotation or label that ends with `/tier` or `/criticality`, as people write it. */
  readonly tier: string | undefined;
  /** Names without kind and namespace. */
  readonly dependsOn: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

const CHARS_MAX = 1_048_576;
const ENTITIES_MAX = 2_000;
const word = z.union([z.string().max(200), z.number()]).transform(String);

const Entity = z.object({
  kind: z.string().max(100),
  metadata: z.object({ name: z.string().min(1).max(200), annotations: z.record(z.string(), z.unknown()).optional(), labels: z.record(z.string(), z.unknown()).optional() }),
  spec: z.object({ owner: word.optional(), lifecycle: word.optional(), tier: word.optional(), criticality: word.optional(), dependsOn: z.array(z.string().max(300)).max(500).optional() }).optional().catch(undefined),
});

/**
 * Reads a catalogue file of the base commit. A document that cannot be read is passed over: the file is made for many tools and
 * belongs to none of them. `kinds`: only these, all where it is left out. Never throws.
 */
export function readEntities(text: string, kinds?: ReadonlySet<string>): readonly CatalogueEntity[] {
  try {
    return parseAllDocuments(text.slice(0, CHARS_MAX), { prettyErrors: false }).flatMap((document): CatalogueEntity[] => {
      if (!('errors' in document) || document.errors.length > 0) return [];
      const parsed = Entity.safeParse(document.toJS({ maxAliasCount: 20 }));
      if (!parsed.success || kinds?.has(parsed.data.kind) === false) return [];
      const { kind, metadata, spec } = parsed.data;
      const annotations = texts(metadata.annotations);
      const named = Object.entries({ ...texts(metadata.labels), ...annotations }).find(([key]) => /(?:^|\/)(?:tier|criticality)$/.test(key))?.[1];
      return [{
        kind, name: metadata.name, owner: spec?.owner, lifecycle: spec?.lifecycle, tier: spec?.tier ?? spec?.criticality ?? named, annotations,
        dependsOn: (spec?.dependsOn ?? []).map((one) => one.split(/[:/]/).at(-1) ?? one),
      }];
    }).slice(0, ENTITIES_MAX);
  } catch {
    // Nesting that is too deep, or a bomb of aliases: the only things the library throws for.
    return [];
  }
}

function texts(record: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record ?? {}).flatMap(([key, value]) => (typeof value === 'string' || typeof value === 'number' ? [[key, String(value).slice(0, 1_000)]] : [])));
}
