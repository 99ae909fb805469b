import type { Brief } from '../domain/brief.js';
import { breakMark, clip, frame, oneLine } from './render-frame.js';

const INSTRUCTION_CHARS_MAX = 24_000;
const INSTRUCTIONS_CHARS_MAX = 60_000;
const LIKELY_FILES_MAX = 25;

export function renderTicket(brief: Brief): string {
  const { ticket, mark } = brief;
  const labels = ticket.labels.length === 0 ? '' : `Labels: ${oneLine(ticket.labels.join(', '))}\n`;
  const criteria = brief.criteria.map((criterion) =>
    `${oneLine(criterion.id, 40)}. ${oneLine(criterion.text, 2000)}${criterion.check === undefined ? '' : ` (proved by the check ${criterion.check})`}`);
  return [
    '# The ticket',
    frame('ticket', `${oneLine(ticket.ref.key)}\nTitle: ${oneLine(ticket.title, 1000)}\n${labels}\n${ticket.body}`, mark),
    ...(ticket.comments ?? []).map((comment) => frame('answer in a comment', `${oneLine(comment.author.login, 200)} wrote:\n\n${comment.text}`, mark)),
    ...(criteria.length === 0 ? [] : ['It is done when all of these hold:', frame('acceptance criteria', criteria.join('\n'), mark)]),
  ].join('\n\n');
}

export function renderRules(brief: Brief): string {
  const line = (text: string): string => `- ${breakMark(oneLine(text, 1000), brief.mark)}`;
  const parts: string[] = [];
  const constraints = [
    ...(brief.workdir === '' ? [] : [`Work inside the folder ${brief.workdir}; files elsewhere are out of scope unless the ticket names them.`]),
    ...brief.constraints,
  ];
  if (constraints.length > 0) parts.push(`# Constraints\n\n${constraints.map(line).join('\n')}`);
  if (brief.outOfScope.length > 0) {
    parts.push(`# Out of scope\n\nA change that touches any of these is refused as a whole:\n\n${brief.outOfScope.map(line).join('\n')}`);
  }
  return parts.join('\n\n');
}

/** The repository's own rules for contributors. They are framed too: a file of the repository may hold an order. */
export function renderInstructions(brief: Brief): string {
  if (brief.instructions.length === 0) return '';
  let left = INSTRUCTIONS_CHARS_MAX;
  const files = brief.instructions.map((file) => {
    const text = clip(file.text, Math.max(0, Math.min(INSTRUCTION_CHARS_MAX, left)));
    left -= text.length;
    return frame('instruction file', `File: ${oneLine(file.path)}\n\n${text}`, brief.mark);
  });
  return `# How this repository wants to be worked on\n\nFollow these files where they speak of code, style, structure and tests.\n\n${files.join('\n\n')}`;
}

export function renderLikelyFiles(brief: Brief): string {
  if (brief.likelyFiles.length === 0) return '';
  const shown = brief.likelyFiles.slice(0, LIKELY_FILES_MAX).map((file) =>
    `${oneLine(file.path)}${file.reasons.length === 0 ? '' : ` (${oneLine(file.reasons.join('; '), 120)})`}`);
  return `# Where to look first\n\nA guess from names and content, best first. It may be wrong or incomplete.\n\n${frame('likely files', shown.join('\n'), brief.mark)}`;
}

export function renderChecks(brief: Brief): string {
  if (brief.checks.length === 0) return '';
  const shown = brief.checks.map((check) => `${check.id}:\n${indent(clip(check.run, 2000))}`);
  return `# What will judge the work\n\nThese commands of the repository run on a fresh copy of your files when you are done. Run what you can of them yourself.\n\n${frame('checks', shown.join('\n'), brief.mark)}`;
}

export function indent(text: string): string {
  return text.split('\n').map((line) => `    ${line}`).join('\n');
}
