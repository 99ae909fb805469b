import type { Issue, Repository } from '../fakes/github/world.js';

export function changesOf(repository: Repository): readonly Issue[] {
  return [...repository.issues.values()].filter((issue) => issue.pull !== undefined);
}

export function heddleBranches(repository: Repository): readonly string[] {
  return [...repository.refs.keys()].flatMap((ref) => (ref.startsWith('refs/heads/heddle/') ? [ref.slice('refs/heads/'.length)] : []));
}

export const RELEASED = 'released';

/** What the highest claim of each ticket says: the small ref that stays behind gives the ticket back. */
export function topClaims(repository: Repository): readonly string[] {
  const tops = new Map<string, { readonly number: number; readonly sha: string }>();
  for (const [ref, sha] of repository.refs) {
    const [, name, number] = /^refs\/heddle\/claims\/(ticket-[^/]+)\/(\d+)$/.exec(ref) ?? [];
    if (name !== undefined && Number(number) > (tops.get(name)?.number ?? 0)) tops.set(name, { number: Number(number), sha });
  }
  return [...tops.values()].map(({ sha }) => ((JSON.parse(repository.git.commit(sha)?.message ?? '{}') as { readonly released?: boolean }).released === true ? RELEASED : 'held'));
}
