/** The variables by which the clients of a run find the way out. */
const NAMES = new Set(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']);

/** True for a proxy address that holds a user name or a password: then the whole variable is handed over as a secret is. */
export function holdsPassword(name: string, value: string | undefined): boolean {
  if (!NAMES.has(name) || value === undefined || !value.includes('@')) return false;
  // What is no address is refused later, and is kept out of sight until then.
  return !URL.canParse(value) || new URL(value).username !== '' || new URL(value).password !== '';
}

/**
 * Takes the proxies out of what was handed over. They are set again for this process: the clients of vendors read them
 * there, and what is set after the start stands in no `/proc/PID/environ`. Programs that we start get none of ours.
 * Answers the passwords, for the redactor.
 */
export function takeProxies(handed: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const passwords = new Set<string>();
  for (const [name, value] of Object.entries(handed)) {
    if (!NAMES.has(name)) continue;
    environment[name] = value;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    // As it stands in the address, as it is meant, and with the name, as the header carries it.
    const forms = url === undefined ? [value] : [url.password, decoded(url.password), url.password === '' ? url.username : `${decoded(url.username)}:${decoded(url.password)}`];
    for (const form of forms) if (form !== '') passwords.add(form);
  }
  return Object.fromEntries([...passwords].map((password, at) => [at === 0 ? 'proxy-password' : `proxy-password-${at + 1}`, password]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
