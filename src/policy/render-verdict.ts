import type { PolicyOutcome } from '../domain/policy-outcome.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';

/**
 * A verdict as indented text: first what was decided and by which rule, then the whole tree, each node with its status, its words and
 * the values it saw. Paths and titles in it are foreign; whoever prints it makes them harmless.
 */
export function renderVerdict(verdict: Verdict, policy: PolicyOutcome | undefined): string {
  return [...decision(verdict, policy), '', ...lines(verdict.tree, 0), ...(policy === undefined ? [] : wishes(policy))].join('\n');
}

function decision({ effect, tree }: Verdict, policy: PolicyOutcome | undefined): string[] {
  const speaking = (tree.children ?? []).filter((child) => child.effect === effect && child.rule !== 'policy').map((child) => child.rule);
  const by = [...new Set([...(policy?.effect === effect && policy.decidedBy !== 'default' ? [policy.decidedBy] : []), ...speaking])];
  if (effect === 'allow') return [`Verdict: allow${policy === undefined || policy.decidedBy === 'default' ? ', nothing objects' : `, decided by ${policy.decidedBy}`}`];
  return [`Verdict: ${effect}${by.length === 0 ? ' by default' : `, decided by ${by.join(', ')}`}`];
}

const VALUES_SHOWN = 6;

function lines(given: VerdictNode, depth: number): string[] {
  const node = plain(given);
  const label = node.status === undefined || node.effect !== 'allow' || (node.status === 'matched' && node.rule.includes('/')) ? node.effect : node.status;
  const shown = Object.entries(node.values ?? {}).flatMap(([name, value]) => {
    if (!Array.isArray(value)) return name === 'expression' ? [`${name}: ${String(value)}`] : [];
    const list: readonly string[] = value;
    return list.length === 0 || name === 'wanted' || name === 'seen' ? [] : [`${name}: ${list.slice(0, VALUES_SHOWN).join(', ')}${list.length > VALUES_SHOWN ? ` and ${list.length - VALUES_SHOWN} more` : ''}`];
  });
  const indent = '  '.repeat(depth);
  return [`${indent}${label.padEnd(11)} ${node.rule}${node.words === '' ? '' : `: ${node.words}`}`, ...shown.map((text) => `${indent}${' '.repeat(12)}  ${text}`), ...(node.children ?? []).flatMap((child) => lines(child, depth + 1))];
}

/** A node whose one child says the same again is told once, with what the child saw. */
function plain(node: VerdictNode): VerdictNode {
  const [only, second] = node.children ?? [];
  if (only === undefined || second !== undefined || only.words !== node.words) return node;
  return plain({ ...node, values: { ...node.values, ...only.values }, children: only.children });
}

function wishes(policy: PolicyOutcome): string[] {
  const { users, teams, owners } = policy.reviewers;
  const reviewers = [...users, ...teams, ...(owners ? ['the owners of the files'] : [])];
  const approvals = policy.approvals.map(({ rule, count, roles, teams: of, users: who, notRequester }) => {
    const from = [...roles.map((role) => `role ${role}`), ...of.map((team) => `team ${team}`), ...who];
    return `${count} ${count === 1 ? 'approval' : 'approvals'}${from.length === 0 ? '' : ` of ${from.join(' or ')}`}${notRequester ? ', not by whoever asked for the work' : ''} (${rule})`;
  });
  const budget = Object.entries(policy.budget).filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${String(value)}`);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['approvals', approvals], ['labels', policy.labels], ['reviewers', reviewers], ['budget', budget], ['workflow', policy.workflow === undefined ? [] : [policy.workflow]],
    ['lifted', policy.lifted.map(({ gate, by }) => `${gate} by ${by}`)], ['read from', policy.sources.map(({ name, commit, digest }) => `${name}${commit === undefined ? '' : ` (commit ${commit.slice(0, 12)})`}, ${digest.slice(0, 19)}`)],
  ];
  const told = rows.filter(([, values]) => values.length > 0).map(([name, values]) => `${name}: ${values.join('; ')}`);
  return told.length === 0 ? [] : ['', ...told];
}
