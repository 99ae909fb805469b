import { beforeAll, describe, expect, it } from '@jest/globals';
import { capabilityPage, hasFeature } from '../../src/main/capabilities/capability-page.js';
import { FEATURES } from '../../src/main/capabilities/feature-rows.js';
import { PLATFORMS, platforms, type Platform, type PlatformId } from '../../src/main/capabilities/platforms.js';

let all: Readonly<Record<PlatformId, Platform>>;
beforeAll(async () => { all = await platforms(); });
const has = (feature: string): readonly PlatformId[] => {
  const row = FEATURES.find((one) => one.feature === feature);
  if (row === undefined) throw new Error(`no row ${feature}`);
  return PLATFORMS.filter((id) => hasFeature(row, id, all[id]));
};

describe('the capability table', () => {
  it('has a line of words in every cell, and each feature once', () => {
    for (const row of FEATURES) for (const id of PLATFORMS) expect(row.how[id].length).toBeGreaterThan(3);
    expect(new Set(FEATURES.map((row) => row.feature)).size).toBe(FEATURES.length);
  });

  it('no feature is GitHub\'s alone but those that GitLab itself has not, each with a reason', () => {
    const alone = FEATURES.filter((row) => hasFeature(row, 'github', all.github) && !hasFeature(row, 'gitlab', all.gitlab));
    expect(alone.map((row) => row.feature)).toEqual(['Page of a job', 'Values are hidden by the CI service while a job runs', 'Re-runs are counted']);
    for (const row of alone) expect(row.how.gitlab).toMatch(/GitLab (?:has none|hides only|counts none)/);
  });

  it('says what the adapters say', () => {
    expect(has('Draft changes')).toEqual(PLATFORMS.filter((id) => all[id].capabilities.drafts));
    expect(has('Notes on lines')).toEqual(PLATFORMS.filter((id) => all[id].forge.writer.noteLines !== undefined));
    expect(has('Runs that wait for a person')).toEqual(PLATFORMS.filter((id) => all[id].forge.waiting !== undefined));
    expect(has('When the text of a ticket was edited last')).toEqual(PLATFORMS.filter((id) => all[id].tracker.editTime));
    expect(has('Teams')).not.toContain('local');
  });

  it('is rendered with every feature and platform', () => {
    const page = capabilityPage(all);
    for (const row of FEATURES) expect(page).toContain(`| ${row.feature} |`);
    // An adapter that lost a member would change the page.
    const { waiting: _, ...rest } = all.gitlab.forge;
    expect(capabilityPage({ ...all, gitlab: { ...all.gitlab, forge: rest } })).not.toBe(page);
  });
});
