import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PINNED_AGENTS } from '../../../src/adapters/agent/lib/supply/pinned-agents.js';
import type { KnownRelease, PinnedAgent, Platform } from '../../../src/adapters/agent/lib/supply/pinned-agents.js';

const table: Readonly<Record<string, PinnedAgent>> = PINNED_AGENTS;
const rows = Object.entries(table).flatMap(([id, agent]) => Object.entries(agent.releases).flatMap(([version, platforms]) => Object.entries(platforms).map(([platform, release]) => ({ id, agent, version, platform: platform as Platform, release }))));

interface Locked { readonly packages: Readonly<Record<string, { readonly name?: string; readonly version?: string; readonly integrity?: string }>> }
const lockfile = new URL('../../real-agents/package-lock.json', import.meta.url);
const locked = existsSync(lockfile) ? (JSON.parse(readFileSync(lockfile, 'utf8')) as Locked).packages : {};

describe('the table of pinned agents', () => {
  it.each(rows)('$id $version on $platform has the form of a pin', ({ release, agent, platform }) => {
    expect(release).toEqual({ integrity: expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/), tree: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), packedBytes: expect.any(Number), unpackedBytes: expect.any(Number) });
    expect(release.unpackedBytes).toBeGreaterThan(release.packedBytes);
    expect(agent.packages[platform].entry).toMatch(/^[a-z]/);
  });

  it('knows the version that is used when none is named, on x64', () => {
    for (const agent of Object.values(table)) expect(agent.releases[agent.version]?.['linux-x64']).toBeDefined();
  });

  it('has no integrity twice, but for one package of both platforms', () => {
    const distinct = new Map<string, KnownRelease>();
    for (const { release } of rows) {
      const same = distinct.get(release.integrity);
      if (same !== undefined) expect(release).toBe(same);
      distinct.set(release.integrity, release);
    }
  });

  const shared = rows.flatMap((row) => {
    const entry = locked[`node_modules/${row.agent.packages[row.platform].alias}`];
    return entry?.integrity === undefined ? [] : [{ ...row, entry }];
  });
  it('shares packages with the lockfile of the real agents\' tests', () => {
    expect(shared.map((row) => row.id)).toContain('claude-code');
  });
  it.each(shared)('$id $version on $platform is what the lockfile says', ({ entry, release, agent, platform, version }) => {
    expect([entry.version, entry.integrity]).toEqual([`${version}${agent.packages[platform].versionSuffix}`, release.integrity]);
  });
});
