/** One setting of a git configuration file. */
export interface ConfigEntry { readonly line: number; readonly section: string; readonly subsection: string; readonly key: string; readonly value: string }

/**
 * Reads a git configuration as data (git-config(1), "Syntax"): sections, subsections, quoted values, comments and lines
 * that go on. No git is started, because a configuration may name programs. Lenient: what cannot be read is passed over,
 * since a line that git would refuse cannot hold a credential that git would use. Linear in the text.
 */
export function readConfig(text: string): readonly ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  const lines = text.split('\n');
  let [section, subsection] = ['', ''];
  for (let index = 0; index < lines.length; index += 1) {
    let line = (lines[index] ?? '').trim();
    const at = index + 1;
    const head = /^\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (head !== null) {
      section = (head[1] ?? '').toLowerCase();
      subsection = (head[2] ?? '').replace(/\\(.)/g, '$1');
      line = line.slice(head[0].length).trim();
    }
    while (goesOn(line) && index + 1 < lines.length) {
      index += 1;
      line = line.slice(0, -1) + (lines[index] ?? '').trimEnd();
    }
    const pair = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/s.exec(line);
    if (pair !== null) entries.push({ line: at, section, subsection, key: (pair[1] ?? '').toLowerCase(), value: unquoted(pair[2] ?? '') });
  }
  return entries;
}

/** An odd number of backslashes at the end of a line. */
function goesOn(line: string): boolean {
  let slashes = 0;
  while (line[line.length - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' };

function unquoted(text: string): string {
  let value = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') {
      at += 1;
      value += ESCAPES[text.charAt(at)] ?? text.charAt(at);
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '#' || char === ';')) break;
    else value += char;
  }
  return value.trim();
}
