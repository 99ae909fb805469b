import { TicketRef } from '../domain/ticket.js';
import type { TrackerId } from '../domain/ticket.js';

/** Where a run is at home: the tracker beside its forge, which short names mean, and the path below which that server lies. */
export interface TicketHome { readonly tracker: 'github' | 'gitlab' | 'gitea'; readonly prefix?: string }

const GITHUB: TicketHome = { tracker: 'github' };

/**
 * The ticket that a short name or a URL means; undefined when it is neither. Where a form could belong to several
 * trackers, ONE meaning holds: `#12` and `owner/repo#12` are issues of the home (`#12` of `repository`), and a name with more
 * groups (`group/sub/project#12`) is GitLab everywhere; `PROJ-123` is Jira (Linear keys look the same: name a Linear issue by
 * its URL). A URL's host decides where it can (github.com, linear.app, dev.azure.com, visualstudio.com, monday.com), else its path: `/-/issues/` or `/-/work_items/` is GitLab
 * and `/browse/PROJ-1` is Jira on any host, `/owner/repo/issues/1` is GitHub (Enterprise Server). Only the key is taken;
 * the host to ask comes from the configuration, never from here.
 */
export function parseTicketName(text: string, repository: string, home: TicketHome = GITHUB): TicketRef | undefined {
  const name = text.trim();
  if (name.length === 0 || name.length > 500) return undefined;
  if (/^#[1-9][0-9]{0,9}$/.test(name)) return ref(home.tracker, `${repository}${name}`);
  const [path = '', number, ...more] = name.split('#');
  const parts = path.split('/');
  if (number !== undefined && more.length === 0 && (parts.length > 2 || home.tracker === 'gitlab') && !name.includes(':')) return gitlab(parts, number);
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}#[1-9][0-9]{0,9}$/.test(name)) return ref(home.tracker, name);
  // Owners on Gitea have dots and underscores, and any length.
  if (home.tracker === 'gitea' && /^(?!\.{1,2}\/)[A-Za-z0-9._-]{1,100}\/(?!\.{1,2}#)[A-Za-z0-9._-]{1,100}#[1-9][0-9]{0,9}$/.test(name)) return ref('gitea', name);
  if (/^[A-Z][A-Z0-9_]{0,19}-[1-9][0-9]{0,9}$/.test(name)) return ref('jira', name);
  if (!/^https?:\/\//i.test(name) || !URL.canParse(name)) return undefined;
  return fromUrl(new URL(name), home);
}

function fromUrl(url: URL, home: TicketHome): TicketRef | undefined {
  const host = url.hostname.toLowerCase();
  const parts = url.pathname.split('/').filter((part) => part !== '').map(decoded);
  if (host === 'linear.app') return keyed('linear', parts[1] === 'issue' ? parts[2] : undefined);
  if (isWithin(host, 'dev.azure.com') || isWithin(host, 'visualstudio.com')) return azure(host, parts, url.searchParams.get('workitem'));
  if (isWithin(host, 'monday.com')) return monday(parts);
  const below = withoutPrefix(parts, home);
  const dash = below.indexOf('-');
  if (dash >= 2 && (below[dash + 1] === 'issues' || below[dash + 1] === 'work_items')) return gitlab(below.slice(0, dash), below[dash + 2]);
  const browse = parts.indexOf('browse');
  if (browse !== -1) return keyed('jira', parts[browse + 1]);
  if (isWithin(host, 'gitlab.com') && parts.length >= 4 && parts.at(-2) === 'issues') return gitlab(parts.slice(0, -2), parts.at(-1));
  const [owner, name, kind, number] = home.tracker === 'gitea' ? below : parts;
  if (parts.length >= 4 && kind === 'issues' && isNumber(number)) return parseTicketName(`${owner ?? ''}/${name ?? ''}#${number}`, '', isWithin(host, 'github.com') ? GITHUB : home);
  return undefined;
}

/** A server of one's own may lie below a path, which is no group. */
function withoutPrefix(parts: readonly string[], { prefix = '' }: TicketHome): readonly string[] {
  const own = prefix.split('/').filter((part) => part !== '');
  return own.length > 0 && own.every((part, index) => parts[index] === part) ? parts.slice(own.length) : parts;
}

function gitlab(project: readonly string[], number: string | undefined): TicketRef | undefined {
  if (!isNumber(number) || project.length < 2 || !project.every((part) => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/.test(part))) return undefined;
  return ref('gitlab', `${project.join('/')}#${number}`);
}

function azure(host: string, parts: readonly string[], selected: string | null): TicketRef | undefined {
  const organisation = isWithin(host, 'visualstudio.com') ? host.split('.')[0] : parts[0];
  const project = isWithin(host, 'visualstudio.com') ? parts[0] : parts[1];
  const edit = parts.findIndex((part) => part.toLowerCase() === '_workitems');
  const number = edit === -1 ? selected ?? undefined : parts.at(-1);
  const name = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;
  if (!isNumber(number) || organisation === undefined || project === undefined || !name.test(organisation) || !name.test(project)) return undefined;
  return ref('azure-boards', `${organisation}/${project}#${number}`);
}

/** `/boards/BOARD/pulses/ITEM`, perhaps with `/views/VIEW` between. */
function monday(parts: readonly string[]): TicketRef | undefined {
  const board = parts[parts.indexOf('boards') + 1];
  const pulses = parts.indexOf('pulses');
  const item = pulses === -1 ? undefined : parts[pulses + 1];
  return parts.includes('boards') && isNumber(board) && isNumber(item) ? ref('monday', `${board}/${item}`) : undefined;
}

function keyed(tracker: TrackerId, key: string | undefined): TicketRef | undefined {
  const upper = key?.toUpperCase();
  return upper !== undefined && /^[A-Z][A-Z0-9_]{0,19}-[1-9][0-9]{0,9}$/.test(upper) ? ref(tracker, upper) : undefined;
}

/** Identifiers of monday have up to 20 digits; they stay text. */
function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^[1-9][0-9]{0,19}$/.test(text);
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

function ref(tracker: TrackerId, key: string): TicketRef | undefined {
  const parsed = TicketRef.safeParse({ tracker, key });
  return parsed.success ? parsed.data : undefined;
}
