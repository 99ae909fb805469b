import { code, inline } from '../kit/harmless.js';
import type { Section } from './budget.js';
import type { ReviewPacket } from './review-packet.js';

const PARTS_SHOWN = 6;

/** One line for the head of the packet: the level, and why. */
export function riskLine({ risk }: ReviewPacket): string | undefined {
  if (risk === undefined) return undefined;
  const first = risk.raised ?? risk.parts.find(({ points }) => points > 0)?.words;
  const level = risk.level === 'high' || risk.level === 'critical' ? `**${risk.level}**` : risk.level;
  return `- **Risk:** ${level}, ${risk.score} of 100${first === undefined ? '' : `; ${inline(first, 200)}`}`;
}

/** For a change of high or critical risk: what a person who decides must know, in one place. */
export function escalation(packet: ReviewPacket): Section | undefined {
  const { risk } = packet;
  if (risk === undefined || (risk.level !== 'high' && risk.level !== 'critical')) return undefined;
  const because = risk.parts.filter(({ points }) => points > 0).slice(0, PARTS_SHOWN);
  const reach = risk.parts.filter(({ feature }) => feature === 'tier' || feature === 'dependents' || feature === 'regulated');
  const passed = packet.checks.filter((check) => check.candidate?.kind === 'passed').length;
  const proven = packet.criteria.filter((criterion) => criterion.proof.kind !== 'unproven').length;
  return {
    title: `Escalation: ${risk.level} risk`, open: [], close: [],
    rows: [
      `- **What:** ${inline(packet.ticket.title, 200)}`,
      `- **Why it is risky:** ${risk.raised === undefined ? '' : `${inline(risk.raised, 200)}. `}${because.map(({ words }) => inline(words, 200)).join('; ')}`,
      `- **Who may feel it:** ${reach.map(({ words }) => inline(words, 300)).join('; ') || 'not known'}`,
      `- **What was proven:** ${passed} of ${packet.checks.length} checks pass on exactly this tree, ${proven} of ${packet.criteria.length} acceptance criteria are proven by a check`,
      `- **Look first at:** ${packet.focus.flatMap(({ paths }) => paths).slice(0, 5).map((path) => code(path)).join(', ') || packet.candidate.files.slice(0, 5).map(({ path }) => code(path)).join(', ')}`,
      ...(packet.approvals ?? []).map(({ count, from, notRequester, rule }) => `- **Should say yes:** ${count} of ${from.map((one) => code(one, 80)).join(', ') || 'those who may'}${notRequester ? `, not ${code(packet.requestedBy, 60)}` : ''} (${code(rule, 80)})`),
      `- **How to undo it:** close this change; after a merge, ${code('git revert')} of its commit takes it back${packet.candidate.files.some(({ path }) => /(?:^|\/)(?:migrations?|migrate)\//.test(path)) ? ', but **not** what a migration did to stored data' : ''}`,
    ],
  };
}

/** Every rule that a person lifted, near the top: whoever merges must know. */
export function overridesPart({ overrides }: ReviewPacket): Section | undefined {
  const rows = (overrides ?? []).map((one) => `- ${code(one.by, 60)} lifted ${code(one.rule, 80)} at ${code(one.at)}, until ${code(one.expiresAt)}: ${inline(one.reason, 400)}`);
  return rows.length === 0 ? undefined : { title: 'Overrides', open: [], rows, close: [] };
}

/** Every part of the score that counted. */
export function riskParts({ risk }: ReviewPacket): Section | undefined {
  const rows = (risk?.parts ?? []).filter(({ points }) => Math.abs(points) >= 0.05).map(({ feature, words, points }) => `- ${code(feature)} ${points > 0 ? '+' : '−'}${Math.abs(points)}: ${inline(words, 240)}`);
  return rows.length === 0 ? undefined : { title: 'Risk', open: [], rows, close: [] };
}
