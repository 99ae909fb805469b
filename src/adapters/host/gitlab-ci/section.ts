/**
 * GitLab's markers of a collapsible part of the log (its reference «Custom collapsible sections»), as pure text. A name is letters,
 * digits, `_`, `.` and `-`; whatever is made of other text must have passed the log filter, or it could open and close sections.
 */
export function sectionStart(name: string, title: string, at: Date): string {
  return `\u001b[0Ksection_start:${seconds(at)}:${name}[collapsed=true]\r\u001b[0K${title.replace(/[\r\n]+/g, ' ')}\n`;
}

export function sectionEnd(name: string, at: Date): string {
  return `\u001b[0Ksection_end:${seconds(at)}:${name}\r\u001b[0K\n`;
}

function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000));
}
