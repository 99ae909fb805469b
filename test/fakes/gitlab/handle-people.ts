import { notFound, page, unauthorized } from './call.js';
import type { Handler } from './call.js';
import { renderFullUser, renderJob, renderProject, renderUser } from './render.js';
import type { Account, Level, World } from './world.js';

/** The server, accounts, tokens, groups and members. */
export const peopleHandlers: Readonly<Record<string, Handler>> = {
  'metadata.show': (world, call) => (call.user === undefined ? unauthorized() : { status: 200, body: { version: world.version, revision: 'abcdef012345', enterprise: true, kas: { enabled: false } } }),
  'users.current': (world, call) => (call.user === undefined ? unauthorized() : { status: 200, body: { ...renderFullUser(world, call.user), email: call.user.email, external: false, can_create_project: true } }),
  'users.list': (world, call) => (call.user === undefined ? unauthorized()
    : page(world, call, [...world.accounts.values()].filter((one) => call.query['username'] === undefined || one.username.toLowerCase() === String(call.query['username']).toLowerCase()).map((one) => renderFullUser(world, one)))),
  'users.show': (world, call) => {
    const account = [...world.accounts.values()].find((one) => String(one.id) === call.params['user_id']);
    return account === undefined ? notFound('User') : { status: 200, body: renderFullUser(world, account) };
  },
  // A job's token, an OAuth token and no token at all cannot tell about themselves.
  'tokens.self': (_world, call) => {
    const { token } = call;
    if (token === undefined || token.kind === 'job' || token.kind === 'oauth') return unauthorized();
    return { status: 200, body: { id: token.account.id + 1, name: token.value.slice(0, 12), revoked: token.revoked, active: !token.revoked, scopes: token.scopes, user_id: token.account.id, expires_at: token.expiresAt ?? null, created_at: '2026-01-01T00:00:00.000Z', last_used_at: null } };
  },
  'job.current': async (world, call) => (call.token?.job === undefined ? unauthorized() : { status: 200, body: await renderJob(world, call.token.project ?? call.project, call.token.job) }),
  'groups.show': (world, call) => {
    const group = groupOf(world, call.params['id'] ?? '');
    return group === undefined || !maySee(world, group.path, call.user) ? notFound('Group') : { status: 200, body: { id: group.id, name: group.path, path: group.path.split('/').at(-1), full_path: group.path, visibility: group.visibility, web_url: `${world.url}/groups/${group.path}` } };
  },
  'groups.members.all': (world, call) => {
    const group = groupOf(world, call.params['id'] ?? '');
    if (group === undefined || !maySee(world, group.path, call.user)) return notFound('Group');
    return page(world, call, [...world.accounts.values()].flatMap((account) => renderMember(world, account, groupLevel(world, group.path, account.username))));
  },
  'groups.member': (world, call) => {
    const group = groupOf(world, call.params['id'] ?? '');
    if (group === undefined || !maySee(world, group.path, call.user)) return notFound('Group');
    const [found] = [...world.accounts.values()].filter((account) => String(account.id) === call.params['user_id']).flatMap((account) => renderMember(world, account, groupLevel(world, group.path, account.username)));
    return found === undefined ? notFound() : { status: 200, body: found };
  },
  'groups.own_member': (world, call) => {
    const group = groupOf(world, call.params['id'] ?? '');
    if (group === undefined || !maySee(world, group.path, call.user)) return notFound('Group');
    const [found] = [...world.accounts.values()].filter((account) => String(account.id) === call.params['user_id']).flatMap((account) => renderMember(world, account, world.groups.get(group.path)?.members.get(account.username) ?? 0));
    return found === undefined ? notFound() : { status: 200, body: found };
  },
  'projects.show': (world, call) => ({ status: 200, body: renderProject(world, call.project, call.level) }),
  'members.list': (world, call) => page(world, call, [...world.accounts.values()].flatMap((account) => renderMember(world, account, world.levelOf(call.project, account.username)))),
  'members.show': (world, call) => {
    const [found] = [...world.accounts.values()].filter((account) => String(account.id) === call.params['user_id']).flatMap((account) => renderMember(world, account, world.levelOf(call.project, account.username)));
    return found === undefined ? notFound() : { status: 200, body: found };
  },
};

function renderMember(world: World, account: Account, level: Level): readonly Record<string, unknown>[] {
  return level === 0 ? [] : [{ ...renderUser(world, account), access_level: level, created_at: '2026-01-01T00:00:00.000Z', expires_at: null, membership_state: 'active' }];
}

function groupOf(world: World, id: string): { readonly id: number; readonly path: string; readonly visibility: string } | undefined {
  return [...world.groups.values()].find((group) => String(group.id) === id || group.path === id);
}

/** Members of the groups above count as well. */
function groupLevel(world: World, path: string, username: string): Level {
  return path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/')).reduce<Level>((most, above) => {
    const level = world.groups.get(above)?.members.get(username) ?? 0;
    return level > most ? level : most;
  }, 0);
}

function maySee(world: World, path: string, user: Account | undefined): boolean {
  return world.groups.get(path)?.visibility === 'public' || (user !== undefined && groupLevel(world, path, user.username) > 0);
}
