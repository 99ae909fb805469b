/**
 * Where things are inside the bubblewrap sandbox. The same for every run, agent and check: paths that a tool printed,
 * hashed or cached in one program (virtual environments, `node_modules/.bin`, source maps) hold in the next.
 */
export const WORKDIR = '/ws';
export const HOME = '/home/agent';
export const TEMP = '/tmp';
/** Where the socket of a relay is shown, by the relay's place in the list. */
export const relaySocket = (index: number): string => `/run/heddle/relay-${index}.sock`;
/** The user inside; root's files outside look like this user's when root starts the sandbox. */
export const SANDBOX_ID = 1000;
