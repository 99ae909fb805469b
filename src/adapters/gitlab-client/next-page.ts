/** The members of a link that say which page it is. Nothing else of it is taken: not the host, not the path, no filter. */
const PAGE_MEMBERS = ['page', 'cursor', 'id_after', 'id_before', 'page_token'];

/** Which page comes next, by the `link` header (keyset and offset), else by `x-next-page`; `undefined` after the last one. */
export function nextPage(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  const link = linkTo(headers['link'] ?? '', 'next');
  if (link !== undefined) {
    const members = PAGE_MEMBERS.flatMap((name) => {
      const value = link.searchParams.get(name);
      return value === null || value.length > 1000 ? [] : [[name, value] as const];
    });
    if (members.length > 0) return Object.fromEntries(members);
  }
  const number = headers['x-next-page'] ?? '';
  return /^[1-9][0-9]{0,8}$/.test(number) ? { page: number } : undefined;
}

function linkTo(header: string, wanted: string): URL | undefined {
  for (const part of header.slice(0, 16_000).split(',')) {
    const end = part.indexOf('>');
    const start = part.indexOf('<');
    if (start === -1 || end < start || !part.slice(end).includes(`rel="${wanted}"`)) continue;
    const place = part.slice(start + 1, end);
    if (URL.canParse(place)) return new URL(place);
  }
  return undefined;
}
