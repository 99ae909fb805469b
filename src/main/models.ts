import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Configuration } from '../config/configuration.js';
import { createModelGateway } from '../containment/gateway/model-gateway.js';
import type { GatewayMode } from '../containment/gateway/gateway-options.js';
import { createPriceTable } from '../containment/gateway/prices.js';
import { err, ok, type Result } from '../kit/result.js';
import type { CodingAgent } from '../ports/coding-agent.js';
import type { ModelGateway } from '../ports/model-gateway.js';
import type { Redactor } from '../ports/redactor.js';
import { systemClock, systemIds } from './clock.js';
import { usageProblem, type Problem } from './problem.js';
import { providerAuth, proxyOf } from './provider-auth.js';
import type { Secrets } from './secrets.js';

const DEFAULT_BASE_URL = { 'anthropic-messages': 'https://api.anthropic.com', 'openai-chat': 'https://api.openai.com', 'openai-responses': 'https://api.openai.com', gemini: 'https://generativelanguage.googleapis.com' } as const;

/** An agent, or whoever else asks a model: for the message when there is no key. */
interface ModelUser { readonly id: string; readonly capabilities: Pick<CodingAgent['capabilities'], 'usesModel'> }

/** The gateway for an agent that uses a model: live with a key, recording, or replaying a cassette. `undefined` for one that uses none. */
export async function createGateway(input: { readonly agent: ModelUser; readonly config: Configuration; readonly secrets: Secrets; readonly cassette: string | undefined; readonly record: string | undefined; readonly redactor: Redactor }): Promise<Result<ModelGateway | undefined, Problem>> {
  if (!input.agent.capabilities.usesModel) return ok(undefined);
  const mode = await modeOf(input);
  if (!mode.ok) return mode;
  return ok(createModelGateway({
    mode: mode.value,
    prices: createPriceTable({ override: input.config.model.price }),
    clock: systemClock, ids: systemIds,
    // A socket's path has at most 107 bytes, so it cannot live in the scratch folder, whose path may be long.
    socketDir: await socketFolder(),
    redact: (text) => input.redactor.text(text),
  }));
}

/** A new folder with a short path for sockets; removed at the end of the process. */
export async function socketFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir().length < 60 ? tmpdir() : '/tmp', 'hdl-'));
  process.once('exit', () => { rmSync(folder, { recursive: true, force: true }); });
  return folder;
}

async function modeOf(input: { readonly agent: ModelUser; readonly config: Configuration; readonly secrets: Secrets; readonly cassette: string | undefined; readonly record: string | undefined }): Promise<Result<GatewayMode, Problem>> {
  if (input.cassette !== undefined) return ok({ kind: 'replay', cassetteFile: path.resolve(input.cassette) });
  const { model } = input.config;
  const key = input.secrets['model-key'];
  const cloud = model.auth.kind === 'bedrock' || model.auth.kind === 'vertex';
  if (key === undefined && !cloud && (model.base_url === undefined || model.auth.kind !== 'key')) {
    return err(usageProblem(`No model key. The agent ${input.agent.id} needs one: set HEDDLE_MODEL_KEY (or ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY) in the environment, or the action's input model-key. To try without a key: heddle demo.`));
  }
  if (model.auth.kind === 'azure' && model.base_url === undefined) return err(usageProblem('`model.auth.kind: azure` needs `model.base_url`: the address of your resource, like https://NAME.openai.azure.com.'));
  const auth = await providerAuth({ auth: model.auth, secrets: input.secrets, env: process.env });
  if (!auth.ok) return auth;
  const proxy = proxyOf(process.env);
  if (!proxy.ok) return proxy;
  const baseUrl = model.base_url ?? (cloud ? undefined : DEFAULT_BASE_URL[model.api]);
  // A cloud gets its own credentials and nothing else.
  const live = { baseUrl, key: cloud ? undefined : key, headers: model.headers, api: model.api, auth: auth.value, proxy: proxy.value };
  return ok(input.record === undefined ? { kind: 'live', ...live } : { kind: 'record', ...live, cassetteFile: path.resolve(input.record) });
}
