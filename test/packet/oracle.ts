import fc from 'fast-check';

/**
 * A second, simple reader of rendered Markdown: what in it would act on a forge? Written apart from the renderer, line by
 * line, after CommonMark's rules for fences and code spans. Answers the reasons; an empty list means harmless.
 */
export function activeParts(markdown: string, allowedUrls: readonly string[]): string[] {
  const found: string[] = [];
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(markdown.replaceAll('\n', ''))) found.push('unseen character');
  let text = markdown;
  for (const url of allowedUrls) text = text.replaceAll(`](${url})`, ']');
  // Bots read the raw text, code or not.
  if (/@[\p{L}\p{N}_]/u.test(text)) found.push('mention');
  if (/#[\p{L}\p{N}_]/u.test(text)) found.push('reference');
  if (/\b(clos(e[sd]?|ing)|fix(e[sd]|ing)?|resolv(e[sd]?|ing))\b:?\s+(issues?\s+)?([\w.-]+\/[\w.-]+)?(#\d|GH-\d|https?:\/\/)/i.test(text)) found.push('closing word');
  if (/:\/\//.test(text)) found.push('address');
  if (/www\./i.test(text)) found.push('www address');
  if (/<!--/.test(text)) found.push('comment');
  if (/\[(skip|no|ci)[ -](ci|skip|actions)\]/i.test(text)) found.push('skip-ci');
  if (/^\s*\/\w/m.test(text)) found.push('line command');
  if (/^\s*(signed-off-by|co-authored-by|change-id):/im.test(text)) found.push('trailer');
  found.push(...activeOutsideCode(text));
  return [...new Set(found)];
}

function activeOutsideCode(text: string): string[] {
  const found: string[] = [];
  let fence: number | undefined;
  for (const line of text.split('\n')) {
    const quoted = /^> (.*)$/.exec(line)?.[1];
    const run = quoted === undefined ? 0 : (/^ {0,3}(`{3,})[^`]*$/.exec(quoted)?.[1]?.length ?? 0);
    if (fence !== undefined) {
      if (quoted === undefined && line !== '>') found.push('line left the frame');
      else if (run >= fence && /^ {0,3}`+\s*$/.test(quoted ?? '')) fence = undefined;
      continue;
    }
    if (run > 0) fence = run;
    else found.push(...activeInline(line));
  }
  if (fence !== undefined) found.push('open fence');
  return found;
}

function activeInline(line: string): string[] {
  const found: string[] = [];
  let rest = '';
  for (let at = 0; at < line.length;) {
    if (line[at] === '\\') {
      rest += ' ';
      at += 2;
      continue;
    }
    if (line[at] !== '`') {
      rest += line[at] ?? '';
      at += 1;
      continue;
    }
    const ticks = /^`+/.exec(line.slice(at))?.[0].length ?? 0;
    let end = at + ticks;
    let closed = -1;
    while (end < line.length) {
      const next = /`+/.exec(line.slice(end));
      if (next === null) break;
      const from = end + next.index;
      if (next[0].length === ticks) {
        closed = from;
        break;
      }
      end = from + next[0].length;
    }
    if (closed < 0) {
      found.push('open code span');
      at += ticks;
    } else at = closed + ticks;
  }
  if (/<[a-z/!?]/i.test(rest)) found.push('html');
  if (/\]\(|!\[|\]\[|^\s*\[[^\]]*\]:/.test(rest)) found.push('link or image');
  if (/(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])/i.test(rest)) found.push('commit reference');
  if (/&#?\w+;/.test(rest)) found.push('entity');
  if (/~|\$(?!\d+\.\d{4})/.test(rest)) found.push('strike-through or mathematics');
  return found;
}

const ATTACKS = [
  '@maria', '@acme/team', 'closes #1', 'Fixes acme/shop#2', 'resolves GH-3', 'fixes https://github.com/acme/shop/issues/4', '#5', 'deadbeefcafe', '/merge', '\n/close', '\n\n/deploy prod',
  '![x](https://evil.example/b.png)', '[click](javascript:alert(1))', '<img src=x onerror=alert(1)>', '<!-- heddle:ticket -->', '-->', '</details>', '```', '````', '\n```\n', '~~~', '`', '``', '> ', '\n# Big',
  '| a | b |', '\\', '\\|', '\u202e', '\u200b', '\u{e0041}', '\u0007', '\u001b[31m', '\r', '\u2028', 'www.evil.example', '\nSigned-off-by: Eve <e@x>', '\nCo-authored-by: x', '[skip ci]', '$x$', '&lt;b&gt;', '[ref]: https://x', '[a][b]', '---', '1. one', '{{ x }}', '${{ secrets.X }}', '***', '__', '::set-env name=x::y', '\ud800',
];

/** Text made of attacks, plain words and random characters. */
export function hostileText(): fc.Arbitrary<string> {
  const part = fc.oneof(fc.constantFrom(...ATTACKS), fc.constantFrom(' ', ' ', '\n', 'word', 'total'), fc.string({ unit: 'binary', maxLength: 6 }));
  return fc.array(part, { maxLength: 14 }).map((parts) => parts.join(''));
}
