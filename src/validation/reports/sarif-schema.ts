import { z } from 'zod';

/**
 * The parts of SARIF 2.1.0 (OASIS, section 3) that are read; everything else is passed over. Members that a dialect is
 * known to write wrongly are forgiven one by one, so that a strange member never hides a result.
 */
const words = z.string();
const index = z.number().int().catch(-1);
const bag = z.record(z.string(), z.unknown()).optional().catch(undefined);
const number = z.number().optional().catch(undefined);

const Message = z.object({ text: words.optional(), id: words.optional(), markdown: words.optional(), arguments: z.array(words).optional().catch(undefined) });
const Texts = z.object({ text: words.optional() }).optional().catch(undefined);

const ArtifactLocation = z.object({ uri: words.optional(), uriBaseId: words.optional(), index: index.optional() });
export const BaseIds = z.record(words, z.object({ uri: words.optional(), uriBaseId: words.optional() }));
export const Artifact = z.object({ location: ArtifactLocation.optional() });
const Level = z.enum(['none', 'note', 'warning', 'error']);

const Reference = z.object({ id: words.optional(), index: index.optional(), toolComponent: z.object({ name: words.optional(), index: index.optional() }).optional().catch(undefined) });
const Relationships = z.array(z.object({ target: Reference.optional() })).optional().catch(undefined);

const Rule = z.object({
  id: words,
  name: words.optional().catch(undefined),
  shortDescription: Texts,
  messageStrings: z.record(words, z.object({ text: words.optional() })).optional().catch(undefined),
  defaultConfiguration: z.object({ level: Level.optional() }).optional().catch(undefined),
  properties: bag,
  relationships: Relationships,
});
export type Rule = z.infer<typeof Rule>;

const Component = z.object({
  name: words.default(''),
  rules: z.array(Rule).optional(),
  globalMessageStrings: z.record(words, z.object({ text: words.optional() })).optional().catch(undefined),
});
export type Component = z.infer<typeof Component>;
export const Tool = z.object({ driver: Component, extensions: z.array(Component).optional().catch(undefined) });
export type Tool = z.infer<typeof Tool>;

export const Invocation = z.object({
  executionSuccessful: z.boolean().optional().catch(undefined),
  ruleConfigurationOverrides: z.array(z.object({ descriptor: Reference, configuration: z.object({ level: Level.optional() }) })).optional().catch(undefined),
});
export type Invocation = z.infer<typeof Invocation>;

export const SarifResult = z.object({
  ruleId: words.optional(),
  ruleIndex: index.optional(),
  rule: Reference.optional().catch(undefined),
  kind: words.optional(),
  level: Level.optional().catch(undefined),
  message: Message.catch({}),
  baselineState: words.optional().catch(undefined),
  suppressions: z.array(z.object({ kind: words.optional(), status: words.optional() })).nullish().catch(undefined),
  locations: z.array(z.object({
    physicalLocation: z.object({ artifactLocation: ArtifactLocation.optional(), region: z.object({ startLine: number, startColumn: number }).optional().catch(undefined) }).optional().catch(undefined),
    logicalLocations: z.array(z.object({ fullyQualifiedName: words.optional(), name: words.optional() })).optional().catch(undefined),
  })).optional().catch(undefined),
  logicalLocations: z.array(z.object({ fullyQualifiedName: words.optional(), name: words.optional() })).optional().catch(undefined),
  partialFingerprints: z.record(words, z.unknown()).optional().catch(undefined),
  fingerprints: z.record(words, z.unknown()).optional().catch(undefined),
  taxa: z.array(Reference).optional().catch(undefined),
  properties: bag,
});
export type SarifResult = z.infer<typeof SarifResult>;
