import type { AgentPolicy } from '../../../domain/agent-policy.js';
import type { Rung } from '../../../domain/rung.js';
import { refusalOf } from '../lib/permits.js';
import type { PermissionRequest, ToolCall } from './schema.js';
import { wantedOf } from './tool-call.js';

export interface PermissionRules {
  readonly policy: AgentPolicy;
  readonly workdir: string;
  readonly rung: Rung;
}

/** The answer to a request for permission, and why when it is refused. No person is ever asked. */
export function permissionFor(call: ToolCall, options: PermissionRequest['options'], rules: PermissionRules): { readonly outcome: object; readonly refusal: string | undefined } {
  const refusal = refusalFor(call, rules);
  const kinds = refusal === undefined ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always'];
  const option = kinds.map((kind) => options.find((each) => each.kind === kind)).find((found) => found !== undefined);
  return { outcome: option === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId: option.optionId }, refusal };
}

function refusalFor(call: ToolCall, { policy, workdir, rung }: PermissionRules): string | undefined {
  const wanted = wantedOf(call, workdir);
  // Tools of servers have no kind of their own. Only servers that policy names were ever started.
  if (wanted === 'other') return policy.servers.length > 0 ? undefined : 'It does not say what it would do.';
  if ('refusal' in wanted) return wanted.refusal;
  if (wanted.call.kind === 'command' && rung === 'none') return 'Commands are run inside a sandbox only.';
  return refusalOf(policy.rules, wanted.call);
}
