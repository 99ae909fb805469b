/** `mergeRequestIid` as GitLab writes it: `merge_request_iid`; in members of members as well. Lists and plain values stay. */
export function decamelize(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (one === undefined ? [] : [[snake(name), inner(one)]])));
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype ? decamelize(value as Record<string, unknown>) : value;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A query as GitLab reads it: lists as `name[]=a&name[]=b`, members as `name[inner]=a`. */
export function queryText(query: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  const add = (name: string, value: unknown): void => {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) for (const one of value) add(`${name}[]`, one);
    else if (typeof value === 'object') for (const [member, one] of Object.entries(value)) add(`${name}[${member}]`, one);
    else params.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  };
  for (const [name, value] of Object.entries(query)) add(name, value);
  return params.toString();
}
