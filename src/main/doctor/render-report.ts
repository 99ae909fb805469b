import { assertNever } from '../../kit/assert-never.js';
import { EXIT } from '../exit-code.js';
import type { DoctorDocument, Examined, Group, Standing } from './doctor-document.js';

export interface ReportStyle {
  /** Signs instead of words for the marks. */
  readonly signs: boolean;
  readonly colour: boolean;
  /** Columns of the place it is shown in. */
  readonly width: number;
}

const HEADINGS: Readonly<Record<Group, string>> = { machine: 'This machine', repository: 'The repository', agent: 'Agent and model', forge: 'The forge', host: 'Around the run' };
const SIGNS: Readonly<Record<Standing, string>> = { good: '✓', warning: '!', missing: '✗', 'not-asked': '·' };
const MARKS: Readonly<Record<Standing, string>> = { good: 'ok', warning: 'warning', missing: 'MISSING', 'not-asked': '-' };
const COLOURS: Readonly<Record<Standing, string>> = { good: '32', warning: '33', missing: '31', 'not-asked': '2' };
const DETAILS_SHOWN = 30;
const TEXT_MIN = 30;

/** The report as text for people: a table of marks, with what to do below each line. Pure. */
export function renderReport(document: DoctorDocument, style: ReportStyle): string {
  const { examinations } = document;
  const titleWidth = Math.max(0, ...examinations.map((one) => one.title.length));
  const groups = [...new Set(examinations.map((one) => one.group))];
  const blocks = groups.flatMap((group) => [
    '', HEADINGS[group], ...examinations.filter((one) => one.group === group).flatMap((one) => linesOf(one, titleWidth, style)),
  ]);
  return ['Can a run work here? Nothing is written and no model is called.', ...blocks, '', ...closing(document, style.width)].join('\n');
}

function linesOf(one: Examined, titleWidth: number, style: ReportStyle): string[] {
  const mark = style.signs ? SIGNS[one.standing] : MARKS[one.standing].padEnd(7);
  const head = `  ${mark} ${one.title.padEnd(titleWidth)}  `;
  const margin = ' '.repeat(head.length);
  const width = Math.max(TEXT_MIN, style.width - head.length);
  const [first = '', ...rest] = wrapped(one.words, width);
  const left = one.details.length - DETAILS_SHOWN;
  const details = [...one.details.slice(0, DETAILS_SHOWN), ...(left > 0 ? [`${left} more; heddle doctor --json has them`] : [])];
  return [
    `${style.colour ? `  \u001b[${COLOURS[one.standing]}m${mark}\u001b[0m ${one.title.padEnd(titleWidth)}  ` : head}${first}`,
    ...rest.map((line) => margin + line),
    ...details.flatMap((detail) => hanging('- ', detail, width).map((line) => margin + line)),
    ...(one.next === undefined ? [] : hanging('-> ', one.next, width).map((line) => margin + line)),
  ].map((line) => line.trimEnd());
}

function closing(document: DoctorDocument, width: number): string[] {
  const { examinations } = document;
  const count = (wanted: Standing): number => examinations.filter((one) => one.standing === wanted).length;
  const counts = `${count('good')} good, ${count('warning')} to look at, ${count('missing')} missing, ${count('not-asked')} not asked.`;
  return wrapped(`${counts} ${lastWords(document)}`, width);
}

function lastWords({ standing, exit }: DoctorDocument): string {
  switch (standing) {
    case 'good': return 'A run can work here: heddle run TICKET';
    case 'warning': return 'A run can work here, but read the warnings first. Then: heddle run TICKET';
    case 'missing': return exit === EXIT.outside
      ? 'An outside service did not answer; nothing else is missing. Ask again later: heddle doctor'
      : 'A run cannot work here yet. Mend what is missing, then ask again: heddle doctor';
    default: return assertNever(standing);
  }
}

function hanging(first: string, text: string, width: number): string[] {
  return wrapped(text, width - first.length).map((line, index) => (index === 0 ? first : ' '.repeat(first.length)) + line);
}

/** Breaks at spaces. Lines that begin with a space are kept as they are: they are to be pasted. */
function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith(' ') || line.length <= width) return [line];
    const lines: string[] = [];
    let open = '';
    for (const word of line.split(' ')) {
      if (open !== '' && open.length + 1 + word.length > width) {
        lines.push(open);
        open = word;
      } else {
        open = open === '' ? word : `${open} ${word}`;
      }
    }
    return [...lines, open];
  });
}
