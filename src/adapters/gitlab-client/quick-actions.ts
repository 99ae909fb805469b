/**
 * Text whose lines GitLab cannot take for quick actions. In a description or a comment a line that begins with `/merge`, `/close`
 * or `/assign` is a command, done in the name of whoever writes it: a ticket or an agent could give orders with our token. A
 * backslash before the slash is plain Markdown for the slash itself. Code blocks get it too: what is one is GitLab's to say. Our own
 * commands stay as they are: GitLab knows none of that name, and people copy them.
 */
export function withoutQuickActions(text: string): string {
  return text.replace(/^([^\S\r\n]*)\/(?=[A-Za-z_])(?!heddle\b)/gmu, '$1\\/');
}
