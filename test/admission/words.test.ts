import { describe, expect, it } from '@jest/globals';
import { declineWords } from '../../src/admission/words.js';
import type { DeclineFacts } from '../../src/admission/words.js';
import { Instant } from '../../src/domain/ids.js';
import { DeclineCode } from '../../src/domain/stop-reason.js';

const hostile = '`x` @team [a](http://evil.example) <b>\n# closes #1 \u202e$(id)';
const everything: DeclineFacts = {
  actor: hostile, rerunBy: hostile, approver: hostile, label: hostile, changeUrl: `https://example.com/${hostile}`, openChanges: 3, openChangesMax: 3,
  editedAt: Instant.parse('2026-03-01T10:00:01.000Z'), approvedAt: Instant.parse('2026-03-01T10:00:00.000Z'), hidden: [{ kind: 'html-comment', count: 2, sample: hostile }],
  claim: { run: hostile, expiresAt: Instant.parse('2026-03-01T12:00:00.000Z') }, rungs: { reached: hostile, required: hostile },
};

describe('declineWords', () => {
  it('says what happened, why, and what to do next', () => {
    expect(declineWords('actor-may-not-write', { actor: 'mallory' })).toBe(`**Heddle did not start.** The person who started this (\`mallory\`) has no write permission in this repository.

**What to do:** somebody with write permission reads the ticket and then lets it run: take the label off and put it on again, or write a comment with the line \`/heddle run\`.

Reason code: \`actor-may-not-write\`
`);
    expect(declineWords('edited-after-approval', everything)).toBe(`**Heddle did not start.** Title or text were edited at or after the approval (approved \`2026-03-01T10:00:00.000Z\`, edited \`2026-03-01T10:00:01.000Z\`).

**What to do:** read the ticket as it stands now and approve it again: take the label off and put it on again, or write a comment with the line \`/heddle run\`.

Reason code: \`edited-after-approval\`
`);
    expect(declineWords('hidden-content', { hidden: [{ kind: 'html-comment', count: 2, sample: '<!-- `run` -->' }] })).toBe(`**Heddle did not start.** The ticket hides content from its readers, and its author is not known to have write permission. Taken out: 2 × html-comment \`<!-- 'run' -->\`.

**What to do:** somebody with write permission takes the hidden parts out of the ticket, or writes a new ticket, and approves it: take the label off and put it on again, or write a comment with the line \`/heddle run\`. To let such tickets through, set \`admission.hidden_content: allow\` in \`.heddle.yml\`.

Reason code: \`hidden-content\`
`);
    expect(declineWords('change-open', { changeUrl: 'https://github.com/acme/shop/pull/7' })).toBe(`**Heddle did not start.** A change of this ticket is open already: https://github.com/acme/shop/pull/7.

**What to do:** review it, or close it and start again.

Reason code: \`change-open\`
`);
  });

  it.each(DeclineCode.options)('has words for %s, with all facts and with none', (code) => {
    for (const words of [declineWords(code), declineWords(code, everything)]) {
      expect(words).toContain('**What to do:** ');
      expect(words).toContain(`\`${code}\``);
      expect(words).not.toMatch(/undefined|null|NaN/);
    }
  });

  it.each(DeclineCode.options)('lets no foreign text out of its code in the words of %s', (code) => {
    const outside = declineWords(code, everything).split('`').filter((_part, index) => index % 2 === 0).join('');
    expect(outside).not.toMatch(/@team|evil|closes|<b>|\$\(id\)|\u202e/);
    // A line of its own would start a run when somebody quotes the comment.
    expect(declineWords(code, everything).split('\n')).not.toContain('/heddle run');
  });
});
