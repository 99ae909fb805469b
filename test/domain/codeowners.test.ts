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

/** Examples of GitLab's page "Syntax of Code Owners file". */
const SECTIONS = `* @default
!*.lock
[Documentation][2] @docs-team
docs/
README.md @amy not-an-owner
[Database] @database-team @acme/db/core
/model/db/
/config/db/database-setup.md @docs-team
!/model/db/generated/
^[Optional]
*.rb @@maintainer @tom
/spec/*.rb
[DOCUMENTATION]
/docs/internal.md @security
`;

describe('CODEOWNERS of GitLab', () => {
  const rules = parseCodeowners(SECTIONS);

  it.each([
    ['src/x.ts', ['@default']],
    ['yarn.lock', []],
    ['deep/yarn.lock', []],
    ['docs/a/b.md', ['@default', '@docs-team']],
    ['x/docs/a.md', ['@default', '@docs-team']],
    ['README.md', ['@default', '@amy']],
    ['model/db/x.rb', ['@default', '@database-team', '@acme/db/core', '@@maintainer', '@tom']],
    ['x/model/db/x.sql', ['@default']],
    ['model/db/generated/x.sql', ['@default']],
    ['config/db/database-setup.md', ['@default', '@docs-team']],
    ['spec/a.rb', ['@default']],
    ['docs/internal.md', ['@default', '@security']],
    ['', []],
  ])('%s belongs to %j', (path, owners) => {
    expect(ownersOf(rules, path)).toEqual(owners);
  });

  it('is told from GitHub\'s by its headings and roles alone', () => {
    expect(parseCodeowners('[a-z].md @x\n*.js @y\n').map((rule) => rule.section)).toEqual([undefined]);
    expect(parseCodeowners('*.js @@developer\n').map((rule) => rule.section)).toEqual(['codeowners']);
  });
});
