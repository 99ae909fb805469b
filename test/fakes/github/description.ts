import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { OpenAPIBackend } from 'openapi-backend';
import type { Document } from 'openapi-backend';

type Schema = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly query: ReadonlySet<string>;
  readonly statuses: ReadonlySet<string>;
  readonly bodyProperties: ReadonlySet<string> | undefined;
}
export interface MatchedCall { readonly operationId: string; readonly params: Readonly<Record<string, string>> }

/** Statuses that any call may get, though the description does not repeat them for each operation. */
const EVERYWHERE = new Set(['401', '403', '404', '429', '500', '502', '503']);

/** GitHub's official OpenAPI description (a cut of it), which judges every request and every response of the fake. */
export class Description {
  private readonly document: Schema;
  private readonly operations: readonly Operation[];
  private readonly backend: OpenAPIBackend;

  private constructor(document: Schema, backend: OpenAPIBackend) {
    this.document = document;
    this.backend = backend;
    this.operations = listOperations(document);
  }

  static async load(): Promise<Description> {
    const text = readFileSync(new URL('../../fixtures/github-openapi/api.github.com.json', import.meta.url), 'utf8');
    const document = typed(JSON.parse(text)) as Schema;
    const backend = new OpenAPIBackend({
      definition: document as unknown as Document, quick: true, strict: false, coerceTypes: true,
      ajvOpts: { strict: false, unicodeRegExp: false },
      customizeAjv: (_given, options) => {
        // The library hands over an ajv without the formats that GitHub uses; unknown ones would be a throw.
        const ajv = new Ajv({ ...options, strict: false, unicodeRegExp: false });
        (addFormats as unknown as (to: Ajv) => void)(ajv);
        for (const format of ['repo.nwo', 'int64', 'timestamp', 'ssh-key']) ajv.addFormat(format, true);
        return ajv;
      },
    });
    await backend.init();
    return new Description(document, backend);
  }

  match(method: string, path: string): MatchedCall | undefined {
    for (const operation of this.operations) {
      if (operation.method !== method) continue;
      const found = operation.pattern.exec(path);
      if (found === null) continue;
      const params = Object.fromEntries(operation.names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
      return { operationId: operation.operationId, params };
    }
    return undefined;
  }

  /** What is wrong with a request, in words; names that the description does not list are wrong as well. */
  requestProblems(operationId: string, request: { readonly method: string; readonly path: string; readonly query: Readonly<Record<string, string>>; readonly body: unknown }): readonly string[] {
    const operation = this.operations.find((one) => one.operationId === operationId);
    const unknownQuery = Object.keys(request.query).filter((name) => operation?.query.has(name) === false);
    const unknownBody = operation?.bodyProperties === undefined || !isRecord(request.body) ? []
      : Object.keys(request.body).filter((name) => operation.bodyProperties?.has(name) === false);
    const result = this.backend.validator.validateRequest({
      method: request.method, path: request.path, headers: { 'content-type': 'application/json' }, query: { ...request.query },
      ...(request.body === undefined ? {} : { body: request.body }),
    }, operationId);
    return [
      ...unknownQuery.map((name) => `unknown query parameter ${name}`), ...unknownBody.map((name) => `unknown body member ${name}`),
      ...(result.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`),
    ];
  }

  responseProblems(operationId: string, status: number, body: unknown): readonly string[] {
    const operation = this.operations.find((one) => one.operationId === operationId);
    if (operation?.statuses.has(String(status)) !== true) return EVERYWHERE.has(String(status)) ? [] : [`status ${String(status)} is not documented`];
    if (status === 204) return body === undefined ? [] : ['status 204 has no body'];
    const result = this.backend.validator.validateResponse(body, operationId, status);
    return (result.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
  }

  /** Completes what the fake knows to a valid object: members the schema requires and nobody asks about get an empty value. */
  fill(schema: string, known: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return complete(this.document, { $ref: `#/components/schemas/${schema}` }, known) as Record<string, unknown>;
  }
}

function listOperations(document: Schema): readonly Operation[] {
  const paths = document['paths'] as Record<string, Record<string, Schema>>;
  return Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    const parameters = ((operation['parameters'] ?? []) as Schema[]).map((one) => resolve(document, one));
    const content = resolve(document, operation['requestBody'] as Schema | undefined)['content'] as Record<string, { schema: Schema }> | undefined;
    const body = resolve(document, content?.['application/json']?.schema);
    return {
      operationId: String(operation['operationId']), method: method.toUpperCase(), names,
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`),
      query: new Set(parameters.filter((one) => one['in'] === 'query').map((one) => String(one['name']))),
      statuses: new Set(Object.keys(operation['responses'] as Schema)),
      bodyProperties: body['type'] === 'object' && isRecord(body['properties']) ? new Set(Object.keys(body['properties'])) : undefined,
    };
  }));
}

function resolve(document: Schema, part: Schema | undefined): Schema {
  const ref = part?.['$ref'];
  if (typeof ref !== 'string') return part ?? {};
  const found = ref.slice(2).split('/').reduce<unknown>((node, key) => (isRecord(node) ? node[key] : undefined), document);
  return resolve(document, found as Schema);
}

function complete(document: Schema, part: Schema, known: unknown): unknown {
  const schema = resolve(document, part);
  if (known === undefined) return emptyValue(document, schema);
  if (Array.isArray(known) || !isRecord(known)) return known;
  const merged = mergeAllOf(document, schema);
  const properties = (merged['properties'] ?? {}) as Record<string, Schema>;
  const required = (merged['required'] ?? []) as string[];
  const value: Record<string, unknown> = { ...known };
  for (const name of required) if (value[name] === undefined) value[name] = emptyValue(document, resolve(document, properties[name] ?? {}));
  return value;
}

function emptyValue(document: Schema, schema: Schema): unknown {
  if (schema['nullable'] === true) return null;
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const options = (schema['oneOf'] ?? schema['anyOf']) as Schema[] | undefined;
  if (options?.[0] !== undefined && schema['type'] === undefined) return emptyValue(document, resolve(document, options[0]));
  const merged = mergeAllOf(document, schema);
  switch (merged['type']) {
    case 'string': return emptyString(merged);
    case 'integer': case 'number': return merged['minimum'] ?? 0;
    case 'boolean': return false;
    case 'array': return [];
    default: return complete(document, merged, {});
  }
}

function emptyString(schema: Schema): string {
  if (schema['format'] === 'uri') return 'https://example.com/';
  if (schema['format'] === 'date-time') return '2026-03-01T09:00:00Z';
  if (schema['format'] === 'email') return 'nobody@example.com';
  return 'x'.repeat(typeof schema['minLength'] === 'number' ? schema['minLength'] : 0);
}

function mergeAllOf(document: Schema, schema: Schema): Schema {
  const parts = schema['allOf'] as Schema[] | undefined;
  if (parts === undefined) return schema;
  return parts.map((part) => mergeAllOf(document, resolve(document, part))).reduce<Schema>((all, part) => ({
    ...all, ...part, properties: { ...all['properties'] as object | undefined, ...part['properties'] as object | undefined },
    required: [...(all['required'] ?? []) as string[], ...(part['required'] ?? []) as string[]],
  }), { ...schema, allOf: undefined });
}

/** ajv refuses `nullable` beside no `type` (as in `allOf` with a reference), so it is said as a union. */
function typed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(typed);
  if (!isRecord(node)) return node;
  const mapped = Object.fromEntries(Object.entries(node).map(([key, part]) => [key, typed(part)]));
  if (mapped['nullable'] !== true || mapped['type'] !== undefined) return mapped;
  const { nullable, ...rest } = mapped;
  return { anyOf: [rest, { type: 'object', nullable, enum: [null] }], nullable: undefined };
}

export function isRecord(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
