/** A part of a page that may lose rows, but never half a row and never its closing line. */
export interface Section {
  readonly title: string;
  readonly open: readonly string[];
  readonly rows: readonly string[];
  readonly close: readonly string[];
}

/**
 * Puts sections under a head into at most `charsMax` characters. The order of the list is both the order on the page and
 * the order of worth: when not all fits, the last sections lose rows first. Each section keeps at least its title and a
 * note, as long as there is room; when there is none, the page says how many were left out.
 */
export function budgeted(head: readonly string[], sections: readonly Section[], charsMax: number): { markdown: string; truncated: boolean } {
  const whole = [head.join('\n'), ...sections.map((section) => shown(section, section.rows.length))].join(BETWEEN) + END;
  if (whole.length <= charsMax) return { markdown: whole, truncated: false };
  let room = charsMax - head.join('\n').length - BETWEEN.length - NOTICE.length - END.length;
  // Every section is first given its shortest form, then the spare room goes to the worthiest.
  const shortest = sections.map((section) => BETWEEN.length + shown(section, 0).length);
  const kept: string[] = [];
  let reserved = shortest.reduce((sum, length) => sum + length, 0);
  sections.forEach((section, index) => {
    const least = shortest[index] ?? 0;
    reserved -= least;
    const fitting = (spare: number): string | undefined => largest(section, spare - BETWEEN.length);
    const text = fitting(room - Math.max(0, reserved)) ?? fitting(room);
    if (text === undefined) return;
    kept.push(text);
    room -= text.length + BETWEEN.length;
  });
  return { markdown: [head.join('\n'), ...kept, NOTICE].join(BETWEEN) + END, truncated: true };
}

const BETWEEN = '\n\n';
const END = '\n';
const NOTICE = 'This page was cut to the size that fits here. All of it is in `packet.md` in the evidence of the run.';

/** The section with as many rows as fit, or nothing when not even its title does. */
function largest(section: Section, room: number): string | undefined {
  let low = 0;
  let high = section.rows.length;
  if (shown(section, 0).length > room) return undefined;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (shown(section, middle).length <= room) low = middle;
    else high = middle - 1;
  }
  return shown(section, low);
}

function shown(section: Section, rows: number): string {
  const left = section.rows.length - rows;
  const title = `### ${section.title}`;
  if (rows === 0 && left > 0) return `${title}\n\n${left} lines: see \`packet.md\` in the evidence.`;
  const note = left === 0 ? [] : ['', `… and ${left} more: see \`packet.md\` in the evidence.`];
  return [title, '', ...section.open, ...section.rows.slice(0, rows), ...section.close, ...note].join('\n');
}
