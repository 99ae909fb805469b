import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Schema = Readonly<Record<string, unknown>>;
export type Flavour = 'gitea' | 'forgejo';
export interface MatchedCall { readonly operationId: string; readonly params: Readonly<Record<string, string>> }

interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  /** Compiled when it is first asked for: a test uses a few of them. */
  readonly body: (() => ValidateFunction) | undefined;
  readonly responses: ReadonlyMap<string, (() => ValidateFunction) | undefined>;
}

/** Statuses that any call may get, though the description does not repeat them for each operation. */
const EVERYWHERE = new Set(['401', '403', '404', '429', '500', '502', '503']);
/** What the servers answer and their description leaves out: a merge that was put off until the checks are through is 201. */
const UNWRITTEN: Readonly<Record<string, readonly string[]>> = { repoMergePullRequest: ['201'] };

/** Texts that are a pointer in the server's own code: null where there is none. */
const NO_TEXT = new Set(['merge_commit_sha', 'encoding', 'content', 'target', 'submodule_git_url', 'download_url']);

/**
 * The server's own description (Swagger 2, a cut of it), which judges every request and every answer of the fake. Stricter than
 * the description itself: a member that it does not list is wrong, also in an answer, so that the fake can invent none. More
 * lenient in one thing: Go writes `null` for a pointer, a list or a time that is not there, and Swagger 2 has no word for it.
 */
export class Description {
  readonly flavour: Flavour;
  /** What the server calls its version. */
  readonly version: string;
  private readonly operations: readonly Operation[];

  constructor(flavour: Flavour) {
    const text = readFileSync(new URL(`../../fixtures/gitea-swagger/${flavour}.json`, import.meta.url), 'utf8');
    const document = JSON.parse(text) as Schema & { readonly info: { readonly version: string } };
    this.flavour = flavour;
    this.version = document.info.version;
    // `/pulls/{index}/files` before `/pulls/{base}/{head}`, as the server's own router has it.
    this.operations = [...listOperations(document)].sort((a, b) => a.names.length - b.names.length);
  }

  match(method: string, path: string): MatchedCall | undefined {
    for (const operation of this.operations) {
      const found = operation.method === method ? operation.pattern.exec(path) : null;
      if (found !== null) return { operationId: operation.operationId, params: Object.fromEntries(operation.names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')])) };
    }
    return undefined;
  }

  requestProblems(operationId: string, request: { readonly query: Readonly<Record<string, string>>; readonly body: unknown }): readonly string[] {
    const operation = this.find(operationId);
    const query = Object.entries(request.query).flatMap(([name, value]) => {
      const type = operation.query.get(name);
      return type === undefined ? [`unknown query parameter ${name}`] : type === 'integer' && !/^-?\d+$/.test(value) ? [`query parameter ${name} is no number`] : [];
    });
    const unwanted = operation.body === undefined && request.body !== undefined ? ['the operation takes no body'] : [];
    return [...query, ...unwanted, ...(operation.body === undefined ? [] : problemsOf(operation.body(), request.body ?? {}))];
  }

  responseProblems(operationId: string, status: number, body: unknown): readonly string[] {
    const { responses } = this.find(operationId);
    const code = String(status);
    if (!responses.has(code)) return EVERYWHERE.has(code) || UNWRITTEN[operationId]?.includes(code) === true ? [] : [`status ${code} is not documented`];
    const validate = responses.get(code);
    return validate === undefined ? [] : problemsOf(validate(), body);
  }

  private find(operationId: string): Operation {
    const found = this.operations.find((one) => one.operationId === operationId);
    if (found === undefined) throw new Error(`the description has no ${operationId}`);
    return found;
  }
}

function listOperations(document: Schema): readonly Operation[] {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { int64: true, uint64: true, int32: true } });
  (addFormats as unknown as (to: Ajv) => void)(ajv);
  // Requests are judged as they are written; in answers nothing may be there that is not described, and what is not there is null.
  ajv.addSchema({ $id: 'asked', definitions: closed(document['definitions'], false) } as object);
  ajv.addSchema({ $id: 'told', definitions: closed(document['definitions'], true) } as object);
  const compile = (schema: unknown, root: 'asked' | 'told'): () => ValidateFunction => once(() => ajv.compile(JSON.parse(JSON.stringify(closed(schema, root === 'told')).replaceAll('"#/definitions/', `"${root}#/definitions/`)) as object));
  const responses = document['responses'] as Record<string, { readonly schema?: Schema }>;
  return Object.entries(document['paths'] as Record<string, Record<string, Schema>>).flatMap(([path, item]) => Object.entries(item).map(([method, operation]): Operation => {
    const parameters = (operation['parameters'] ?? []) as Schema[];
    const body = parameters.find((one) => one['in'] === 'body')?.['schema'];
    return {
      operationId: String(operation['operationId']), method: method.toUpperCase(), names: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''),
      pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+)')}$`),
      query: new Map(parameters.filter((one) => one['in'] === 'query').map((one) => [String(one['name']), String(one['type'])])),
      body: body === undefined ? undefined : compile(body, 'asked'),
      responses: new Map(Object.entries(operation['responses'] as Record<string, { readonly $ref?: string; readonly schema?: Schema }>).map(([status, response]) => {
        const schema = (response.$ref === undefined ? response : responses[response.$ref.split('/').at(-1) ?? ''])?.schema;
        return [status, schema === undefined ? undefined : compile(schema['type'] === 'array' ? orNull(schema, true) : schema, 'told')];
      })),
    };
  }));
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** The same schema where unknown members are wrong and, for answers, what may be absent may be null. */
function closed(node: unknown, nullable: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => closed(item, nullable));
  if (!isRecord(node)) return node;
  const mapped: Record<string, unknown> = Object.fromEntries(Object.entries(node).map(([key, part]) => [key, key === 'properties' && isRecord(part)
    ? Object.fromEntries(Object.entries(part).map(([name, schema]) => [name, orNull(closed(schema, nullable), nullable, NO_TEXT.has(name))])) : closed(part, nullable)]));
  return mapped['type'] === 'object' && mapped['properties'] !== undefined ? { ...mapped, additionalProperties: false } : mapped;
}

function orNull(schema: unknown, nullable: boolean, always = false): unknown {
  if (!nullable || !isRecord(schema)) return schema;
  const pointer = always || schema['$ref'] !== undefined || schema['type'] === 'array' || schema['type'] === 'object' || schema['format'] === 'date-time';
  return pointer ? { anyOf: [{ type: 'null' }, schema] } : schema;
}

function problemsOf(validate: ValidateFunction, value: unknown): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`);
}

export function isRecord(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
