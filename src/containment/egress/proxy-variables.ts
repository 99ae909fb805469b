/** What must not go through a proxy: the model gateway and servers that tests start. */
const NO_PROXY = 'localhost,127.0.0.1,::1';

/**
 * The variables by which programs find a proxy: curl, git, Go, Python and Rust read one case or the other, Node 24 its own
 * fetch and http when it is told to. A program that reads none of these has no way out.
 */
export function proxyVariables(port: number): Readonly<Record<string, string>> {
  const url = `http://127.0.0.1:${port}`;
  const both = (name: string, value: string): readonly (readonly [string, string])[] => [[name, value], [name.toLowerCase(), value]];
  return {
    ...Object.fromEntries([...both('HTTPS_PROXY', url), ...both('HTTP_PROXY', url), ...both('ALL_PROXY', url), ...both('NO_PROXY', NO_PROXY)]),
    NODE_USE_ENV_PROXY: '1',
  };
}

/**
 * For a session that may reach nothing: curl, wget, git and pip are pointed at the proxy by their own settings, so that
 * what they try is recorded. Not by the common variables: tests of a repository often behave differently when those are
 * set, and the checks run without them.
 */
export function quietVariables(port: number, folder: string): Readonly<Record<string, string>> {
  return {
    NO_PROXY, no_proxy: NO_PROXY, CURL_HOME: folder, WGETRC: `${folder}/wgetrc`, PIP_PROXY: `http://127.0.0.1:${port}`,
    GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.proxy', GIT_CONFIG_VALUE_0: `http://127.0.0.1:${port}`,
  };
}

/** The files that the variables above name. */
export function quietFiles(port: number): Readonly<Record<string, string>> {
  const url = `http://127.0.0.1:${port}`;
  return {
    '.curlrc': `proxy = "${url}"\nnoproxy = "${NO_PROXY}"\n`,
    wgetrc: `use_proxy = on\nhttps_proxy = ${url}\nhttp_proxy = ${url}\nno_proxy = ${NO_PROXY}\n`,
  };
}
