import { z } from 'zod';
import { MCP_NAME, MCP_TOOL, parseToolRule } from '../domain/tool-rule.js';

const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;
const integrity = z.string().regex(INTEGRITY, 'a sha512 integrity as a lockfile has it: sha512- and 88 characters of base64');

const rule = z.string().max(2100).superRefine((text, context) => {
  const parsed = parseToolRule(text);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 100))}: ${parsed.error}` });
});

export const McpServerConfig = z.strictObject({
  command: z.array(z.string().min(1).max(10_000)).min(1).max(100).describe('Program and arguments; it runs in the sandbox beside the agent and speaks over stdio.'),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable\'s name'), z.string().max(10_000)).default({}).describe('Its environment; the agent can read it, so never a secret.'),
  tools: z.array(z.string().regex(MCP_TOOL, 'a tool\'s name')).min(1).max(200).optional().describe('Tools that may be called; every one when left out.'),
});
export type McpServerConfig = z.infer<typeof McpServerConfig>;

/** The part of `agent:` that says which program it is and what it may use. */
export const agentSupply = {
  version: z.string().regex(/^(any|\d+\.\d+\.\d+[A-Za-z0-9.+-]{0,60})$/, 'an exact version, or any').optional().describe('Version of the agent\'s program; the default is the one Heddle is tested with. `any` takes what the runner has.'),
  integrity: z.union([integrity, z.partialRecord(z.enum(['linux-x64', 'linux-arm64']), integrity)]).optional().describe('Your own pin of the npm package: its sha512, one for all runners or one for each platform. Needed for a version that Heddle does not know.'),
  install: z.enum(['auto', 'never']).default('auto').describe('`auto` downloads the pinned program when the runner does not have it; `never` only takes what is there.'),
  registry: z.url({ protocol: /^https?$/ }).optional().describe('npm registry to download the agent from; the default is npm_config_registry, then the public one.'),
  mcp: z.record(z.string().regex(MCP_NAME, 'a server\'s name: small letters, digits and -'), McpServerConfig).default({}).describe('MCP servers that the agent may start. None but these ever run.'),
  tools: z.strictObject({
    allow: z.array(rule).max(200).optional().describe('Only these: read, edit, edit:<paths>, command, command:<first words>, web. The default is read, edit and command.'),
    deny: z.array(rule).max(200).default([]).describe('Never these, whatever is allowed; also mcp:<server>/<tool>.'),
  }).prefault({}).describe('Rules for the agent\'s own permission system: a second fence inside the sandbox.'),
};

interface Supplied {
  readonly mcp: Readonly<Record<string, unknown>>;
  readonly tools: { readonly allow?: readonly string[] | undefined; readonly deny: readonly string[] };
}

/** A rule about a server that nobody named would never apply: it is a slip of the pen. */
export function serversAreNamed(agent: Supplied, context: z.RefinementCtx): void {
  for (const list of ['allow', 'deny'] as const) {
    for (const [index, text] of (agent.tools[list] ?? []).entries()) {
      const parsed = parseToolRule(text);
      if (!parsed.ok || parsed.value.kind !== 'mcp' || Object.hasOwn(agent.mcp, parsed.value.server)) continue;
      const named = Object.keys(agent.mcp);
      context.addIssue({ code: 'custom', path: ['tools', list, index], message: `there is no server ${parsed.value.server} in agent.mcp; ${named.length === 0 ? 'none is named there' : `named there: ${named.join(', ')}`}` });
    }
  }
}
