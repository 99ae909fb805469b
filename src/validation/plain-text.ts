/** Colours, cursor movements, titles and other terminal sequences; each alternative is bounded by what it may not hold. */
const ANSI = new RegExp('\\u001b(?:\\[[0-9;:?<=>]{0,64}[ -/]{0,8}[@-~]|\\][^\\u0007\\u001b]{0,2000}(?:\\u0007|\\u001b\\\\)|[PX^_][^\\u001b]{0,2000}\\u001b\\\\|[ -/]{0,4}[0-~])|\\u009b[0-9;?]{0,64}[@-~]', 'g');
const CONTROL = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ufeff]', 'g');

/** One line of a program's output as a person saw it: without escapes; what a carriage return wrote over is gone. */
export function plainLine(line: string): string {
  const bare = line.replace(ANSI, '').replace(/\r+$/, '');
  const over = bare.lastIndexOf('\r');
  return (over < 0 ? bare : bare.slice(over + 1)).replace(CONTROL, '');
}

/** Text of several lines for a message: escapes and control characters gone, lines kept, cut at `charsMax`. */
export function plainText(text: string, charsMax: number): string {
  return text.slice(0, charsMax * 4).replace(ANSI, '').replace(/\r\n?/g, '\n').replace(CONTROL, '').trim().slice(0, charsMax);
}
