/**
 * What runners do with a log, written again from their published behaviour: `::name …::` at the start of a line is a
 * command, `##[name]` and `##vso[` are one anywhere, a section marker of GitLab is one anywhere. Lines end at every
 * character that a runner or a terminal may end them at. Answers the lines that would be obeyed.
 */
export function runnerCommandsIn(text: string): readonly string[] {
  return text.split(/[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/).filter((line) => {
    const start = line.replace(/^[\s\ufeff\u200b]+/, '');
    return (start.startsWith('::') && start.indexOf('::', 2) > 2) || /##\[[^\]]*\]/.test(line) || /##vso\[/i.test(line) || /section_(?:start|end):\d+:/.test(line);
  });
}
