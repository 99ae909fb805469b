import { inline, link } from '../kit/harmless.js';

/** Characters that the section may take of a change's description; the packet leaves them free. */
export const CI_SECTION_CHARS_MAX = 4_000;

type Ci =
  | { readonly kind: 'started'; readonly runs: readonly { readonly name: string; readonly url: string }[] }
  | { readonly kind: 'none'; readonly why: string };

/** The last part of a change's description: which runs of the repository's own CI really exist. Names are foreign text. */
export function ciSection(ci: Ci, warnings: readonly string[] = []): string {
  const noted = warnings.length === 0 ? '' : `\n\n${warnings.slice(0, WARNINGS_SHOWN_MAX).map((warning) => `> ${inline(warning, 300)}`).join('\n>\n')}`;
  const text = `${noted}${runsOf(ci)}`;
  return text.length <= CI_SECTION_CHARS_MAX ? text : noted;
}

const WARNINGS_SHOWN_MAX = 6;

function runsOf(ci: Ci): string {
  const title = '### The repository\'s own CI on this branch';
  if (ci.kind === 'none') return `\n\n${title}\n\nNot started: ${inline(ci.why, 1_500)}\n`;
  const shown = ci.runs.slice(0, RUNS_SHOWN_MAX).map((run) => `- ${link(inline(run.name, 80), run.url)}`);
  const more = ci.runs.length > RUNS_SHOWN_MAX ? [`- and ${ci.runs.length - RUNS_SHOWN_MAX} more`] : [];
  return `\n\n${title}\n\n${[...shown, ...more].join('\n')}\n`;
}

const RUNS_SHOWN_MAX = 10;
