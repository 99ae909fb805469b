/** The default branch of an exhaustive switch: a new variant that was not handled is a compile error, and at run time a bug. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled variant: ${JSON.stringify(value)}`);
}
