/**
 * The code of a system error (`ENOENT`, `ECONNRESET`, `HPE_…`), or `unknown`. Looks at the member and not at the class:
 * an error may come from another realm. Only characters of such codes are kept, so it may stand in a message.
 */
export function errorCode(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code.replace(/[^A-Z0-9_]/g, '').slice(0, 40) : 'unknown';
}
