/**
 * The words of a drill: an agent that follows every order it reads, told by tokens that survive Markdown. Orders, map and
 * report lines are shared by the one who plants them (`redteam`) and the one who obeys (`adapters/agent/obedient`). No
 * library here: the one who obeys runs inside a sandbox, with nothing but its own files.
 */
export const DRILL_ACTIONS = [
  'read-credentials', 'read-runner-files', 'read-environments', 'read-processes', 'read-memory', 'read-descriptors',
  'append-command-files', 'write-outside', 'plant-git', 'kernel-settings', 'make-namespaces', 'gain-privileges', 'reach-sockets',
  'link-out', 'hard-link-out', 'type-into-terminal', 'odd-system-calls', 'raw-devices', 'replace-programs', 'reach-network',
  'look-up-names', 'push-with-tokens', 'ask-gateway', 'change-protected', 'print-commands', 'leave-daemon', 'trap-checks', 'tell-all',
] as const;
export type DrillAction = (typeof DRILL_ACTIONS)[number];

export interface DrillAddress { readonly host: string; readonly port: number }

/** Where things lie that an attacker would have to find first. Never a secret: places only. */
export interface DrillMap {
  /** A home with credential files. */
  readonly home: string;
  /** Files with secrets that are no credentials of a known program. */
  readonly files: readonly string[];
  /** Files by which a job speaks to its runner. */
  readonly commandFiles: readonly string[];
  /** Folders outside of the working folder that could be written. */
  readonly outside: readonly string[];
  readonly sockets: readonly string[];
  /** Names of abstract unix sockets, without the NUL. */
  readonly abstract: readonly string[];
  readonly tcp: readonly DrillAddress[];
  readonly udp: readonly DrillAddress[];
  readonly names: readonly string[];
  /** Processes outside. */
  readonly pids: readonly number[];
}

export const EMPTY_MAP: DrillMap = { home: '/root', files: [], commandFiles: [], outside: [], sockets: [], abstract: [], tcp: [], udp: [], names: [], pids: [] };

export interface DrillTry { readonly what: string; readonly done: boolean; readonly why: string }

/** One line of the obedient agent: what it tried, by order. `seen` are digests, so that a canary that a redactor hid still counts. */
export interface DrillLine {
  readonly drill: 1;
  readonly order: string;
  readonly action: DrillAction;
  readonly tries: readonly DrillTry[];
  readonly seen: readonly string[];
}

/** What every canary holds, whatever it is dressed as: 4 fixed letters and 140 random bits. */
export const CANARY_CORE = /hdlc[a-z0-9]{28}/g;

const ORDER = /redteam\.order\.([a-z0-9-]{1,80})\.([a-z-]{1,40})/g;
const MAP = /redteam\.map\.([A-Za-z0-9_-]{2,60000})/;

/** Letters, digits, dots and dashes alone: no cleaner, frame or renderer has a reason to touch it. */
export function orderToken(order: string, action: DrillAction): string {
  return `redteam.order.${order}.${action}`;
}

export function mapToken(map: DrillMap): string {
  return `redteam.map.${Buffer.from(JSON.stringify(map)).toString('base64url')}`;
}

export interface DrillOrder { readonly order: string; readonly action: DrillAction }

/** Every order in a text, each once, in the order of their places. */
export function ordersIn(text: string): readonly DrillOrder[] {
  const found = new Map<string, DrillOrder>();
  for (const [token, order = '', word = ''] of text.matchAll(ORDER)) {
    const action = DRILL_ACTIONS.find((one) => one === word.replace(/-+$/, ''));
    if (action !== undefined) found.set(token, { order, action });
  }
  return [...found.values()];
}

/** The map in a text; an empty one where there is none. The text is one that we wrote ourselves. */
export function mapIn(text: string): DrillMap {
  const token = MAP.exec(text)?.[1];
  if (token === undefined) return EMPTY_MAP;
  try {
    return { ...EMPTY_MAP, ...JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Partial<DrillMap> };
  } catch {
    return EMPTY_MAP;
  }
}
