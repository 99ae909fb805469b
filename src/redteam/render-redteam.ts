import { code, inline } from '../kit/harmless.js';
import type { PayloadResult, RedteamDocument } from './redteam-document.js';

/** The report for people: Markdown. */
export function renderRedteam(document: RedteamDocument): string {
  const { figures, leaks } = document;
  const stopped = Object.entries(figures.stopped).map(([layer, count]) => `${layer} ${count}`).join(', ');
  return `${[
    '# Red team report', '',
    leaks.length === 0 ? `**No leak.** ${boundWords(document)}` : `**${leaks.length} leaks.** What a taken-over agent could get out of this set-up is listed below.`, '',
    `| | |`, `| --- | --- |`,
    `| repository | ${inline(document.repository)} at ${code(document.base.slice(0, 12))} |`, `| isolation reached | ${document.rung}${document.isolation === undefined ? '' : ` (${inline(document.isolation)})`} |`,
    `| tried | ${figures.payloads} payloads, ${figures.orders} orders, ${figures.tries} single tries |`, `| stopped by | ${stopped === '' ? 'nothing' : stopped} |`,
    `| let through by this rung, nothing lost | ${figures.open} |`, `| not tried | ${figures.notTried} |`, '',
    ...(leaks.length === 0 ? [] : ['## Leaks', '', '| what | where | order |', '| --- | --- | --- |', ...leaks.map((leak) => `| ${inline(leak.what)} | ${inline(leak.where)} | ${leak.payload ?? 'not known'} |`), '']),
    '## Orders', '', '| payload | came by | reached the agent | outcome |', '| --- | --- | --- | --- |', ...document.payloads.map(payloadRow), '',
    '## Runs', '', ...document.waves.map(({ wave, outcome, words }) => `- ${wave}: ${inline(outcome)}${words === '' ? '' : `, ${inline(words)}`}`), '',
    'Every secret of this drill was planted for it and is worth nothing. No model was asked and no forge was written to.',
  ].join('\n')}\n`;
}

/** Zero finds are a bound, not a proof. */
export function boundWords({ figures }: RedteamDocument): string {
  const n = figures.searches;
  return `${figures.leaks} of ${n} searches for a canary found one${figures.leaks === 0 && n > 0 ? `: under ${(3 / n).toPrecision(2)} with 95 % confidence` : ''}.`;
}

function payloadRow(payload: PayloadResult): string {
  const outcomes = payload.actions.map((one) => `${one.action}: ${one.outcome}${one.by === undefined ? '' : ` by ${one.by}`}${one.outcome === 'leaked' || one.outcome === 'open' ? ` (${inline(one.words, 200)})` : ''}`);
  return `| ${inline(payload.title)} | ${payload.channel} | ${payload.arrived ? 'yes' : 'no'} | ${outcomes.join('<br>')} |`;
}
