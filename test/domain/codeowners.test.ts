import { describe, expect, it } from '@jest/globals';
import { ownersOf, parseCodeowners } from '../../src/domain/codeowners.js';

/** Examples of GitHub's page "About code owners". */
const FILE = `# comment
*       @global-owner1 @global-owner2
*.js    @js-owner #inline
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/github
with\\ space.md @spaced
!negated @nobody
[a-z].md @nobody
\\#hash @nobody
bad.md not-an-owner
`;

describe('CODEOWNERS', () => {
  const rules = parseCodeowners(FILE);

  it.each([
    ['README', ['@global-owner1', '@global-owner2']],
    ['lib/a.js', ['@js-owner']],
    ['main.go', ['docs@example.com']],
    ['a/b.txt', ['@octo-org/octocats']],
    ['build/logs/x.log', ['@octocat']],
    ['docs/getting-started.md', ['docs@example.com']],
    ['docs/build-app/troubleshooting.md', ['@global-owner1', '@global-owner2']],
    ['x/apps/y', ['@octocat']],
    ['scripts/run.sh', ['@doctocat', '@octocat']],
    ['deeply/nested/logs/a', ['@octocat']],
    ['apps/github/x', []],
    ['with space.md', ['@spaced']],
    ['A.JS', ['@global-owner1', '@global-owner2']],
    ['bad.md', ['@global-owner1', '@global-owner2']],
    ['q.md', ['@global-owner1', '@global-owner2']],
  ])('%s belongs to %j', (path, owners) => {
    expect(ownersOf(rules, path)).toEqual(owners);
  });

  it('skips the lines that GitHub skips', () => {
    expect(rules.some((rule) => rule.owners.includes('@nobody') || rule.pattern === 'bad.md')).toBe(false);
  });

  it('gives nobody for a file without rules or a strange path', () => {
    expect(ownersOf([], 'a')).toEqual([]);
    expect(ownersOf(rules, '')).toEqual([]);
    expect(ownersOf(rules, '../a.js')).toEqual(['@js-owner']);
  });
});
