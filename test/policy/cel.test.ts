import { describe, expect, it } from '@jest/globals';
import { compileCel } from '../../src/policy/cel.js';
import { prepared } from './prepared.js';
import { factsOf, person, type FactsInput } from './policy-fixtures.js';

async function said(expression: string, facts: FactsInput = {}): Promise<string> {
  const compiled = await compileCel(expression);
  if (!compiled.ok) return `${compiled.error.offset}: ${compiled.error.message}`;
  const node = compiled.value(prepared(factsOf(facts)));
  return node.status === 'matched' ? 'true' : node.status === 'not-matched' ? 'false' : `${node.status}: ${node.words}`;
}

describe('the language', () => {
  // What the specification says, where a rule of a team would lean on it.
  it.each([
    ['1 + 2 == 3', 'true'], ['7 / 2 == 3', 'true'], ['-7 / 2 == -3', 'true'], ['-7 % 2 == -1', 'true'], ['5.0 / 2.0 == 2.5', 'true'], ['1 < 2 && 2 < 3', 'true'],
    ['2 > 1.5', 'true'], ['"a" < "b"', 'true'], ['"\\u00e9" == "é"', 'true'], ['r"\\d" == "\\\\d"', 'true'], ['size("héllo") == 5', 'true'], ['size("😀") == 1', 'true'],
    ['"abc".contains("b") && "abc".startsWith("a") && "abc".endsWith("c")', 'true'], ['"b" in ["a", "b"]', 'true'], ['"k" in {"k": 1}', 'true'], ['{"a": 1}["a"] == 1', 'true'], ['[1, 2] + [3] == [1, 2, 3]', 'true'], ['[1, 2, 3][1] == 2', 'true'],
    ['true ? false : true', 'false'], ['!(1 == 2)', 'true'], ['has(change.lines)', 'true'], ['type(1) == int', 'true'], ['int("42") == 42', 'true'], ['string(42) == "42"', 'true'], ['double(3) == 3.0', 'true'],
    ['[1, 2, 3].all(x, x > 0)', 'true'], ['[1, 2, 3].exists(x, x > 2)', 'true'], ['[1, 2, 3].exists_one(x, x > 2)', 'true'], ['[1, 2, 3].filter(x, x > 1) == [2, 3]', 'true'], ['[1, 2].map(x, x * 2) == [2, 4]', 'true'], ['stops.all(x, x == "wall")', 'true'], ['stops.exists(x, x == "wall")', 'false'],
    // Errors are swallowed by what decides anyway, in either order.
    ['false && 1 / 0 == 1', 'false'], ['1 / 0 == 1 && false', 'false'], ['true || 1 / 0 == 1', 'true'], ['1 / 0 == 1 || true', 'true'], ['[1, 0].exists(x, 1 / x == 1)', 'true'], ['[0, 1].exists(x, 1 / x == 1)', 'true'],
    ['duration("90m") > duration("1h")', 'true'], ['timestamp("2024-01-01T00:00:00Z") < timestamp("2024-01-02T00:00:00Z")', 'true'],
  ])('%s is %s', async (expression, expected) => {
    expect(await said(expression)).toMatch(new RegExp(`^${expected}`));
  });

  // Refused as the type checker of the specification does, or more strictly: never taken for true.
  it.each([['1 == 1.0'], ["'it''s' == ''"], ['has({"a": 1}.a)'], ['[].all(x, x > 0)'], ['"a" + 1 == "a1"'], ['[1, "a"].size() == 2']])('%s does not pass the types', async (expression) => {
    expect((await compileCel(expression)).ok).toBe(false);
  });

  it.each([
    ['1 / 0 == 1', /^failed: the expression could not be evaluated: division by zero/], ['[1][5] == 1', /^failed: .*index/], ['{"a": 1}["b"] == 1', /^failed: .*b/], ['9223372036854775807 + 1 > 0', /^failed: .*overflow/], ['int("x") == 1', /^failed: /],
    ['change.files[9].path == "a"', /^failed: /], ['gates["nothing"] == "deny"', /^failed: /],
  ])('%s fails when it is evaluated, and that is told', async (expression, expected) => {
    expect(await said(expression)).toMatch(expected);
  });

  it.each([
    ['change.filez == 1', '7: No such key: filez'], ['change.files.exists(f, f.pth == "a")', '25: No such key: pth'], ['labels == 3', '0: no such overload: list<string> == int'], ['change.lines', '0: must be true or false, but it is of type int'],
    ['chnage.lines > 1', '0: Unknown variable: chnage'], ['change.lines > ', '15: Unexpected token: EOF'], ['change.lines + "a" == 1', '0: no such overload: int + string'], ['', '0: Unexpected token: EOF'],
    ['change.files.exists(f, f.path.matches("(a+)+$"))', '23: matches() is not available'], ['cel.bind(x, [1], x.size() > 0)', '0: cel.bind() is not available'],
    ['change.files.all(a, change.files.all(b, change.files.all(c, a.path == c.path)))', '0: loops are nested 3 deep; at most 2 are allowed'], [`${'('.repeat(60)}true${')'.repeat(60)}`, ''], [`[${'1,'.repeat(300)}1].size() > 0`, ''],
  ])('refuses %s when the policy is read', async (expression, expected) => {
    const compiled = await compileCel(expression);
    expect(compiled.ok ? 'compiled' : `${compiled.error.offset}: ${compiled.error.message}`).toContain(expected);
    expect(compiled.ok).toBe(false);
  });
});

describe('the facts in it', () => {
  const facts: FactsInput = {
    files: [{ path: 'src/pay/a.ts', additions: 10, deletions: 4 }, { path: 'docs/a.md', status: 'added' }], labels: ['bug'], bytes: 77, requester: person('tom', 'bot'), approvers: [person('kim')], attempts: 2,
    risk: { level: 'high', score: 61.5 }, gates: [{ rule: 'size', effect: 'hold' }], checks: [{ id: 'unit', outcome: 'passed' }], tests: { candidate: { total: 9, failed: 0, skipped: 1 }, base: { total: 10, failed: 0, skipped: 0 } }, codeowners: [{ pattern: '/src/', owners: ['@acme/pay'] }],
  };
  it.each([
    'change.files.size() == 2 && change.lines == 15 && change.additions == 11 && change.deletions == 4 && change.bytes == 77', 'change.files.exists(f, "code" in f.kinds && f.lines == 14 && "acme/pay" in f.owners)', 'change.files.exists(f, "added" in f.changes && glob(f.path, "docs/**"))',
    'glob("INFRA/x.tf", "infra/**")', 'like(model, "claude-*")', '"bug" in labels && "bug" in ticket.labels', 'ticket.tracker == "github" && ticket.key == "acme/shop#12" && ticket.author.login == "maria"', 'requester.kind == "bot" && requester.login == "tom"',
    'approvers.exists(a, a.login == "kim") && !approvers.exists(a, a.login == requester.login)', 'agent == "builtin" && attempts == 2 && stops.size() == 0', 'risk.level == "high" && risk.score > 61.0', 'gates["size"] == "hold" && !("secrets" in gates)', 'checks["unit"] == "passed"', 'tests.total < tests.base_total && tests.skipped == 1 && tests.failed == 0 && tests.base_failed == 0 && tests.base_skipped == 0',
  ])('%s', async (expression) => {
    expect(await said(expression, facts)).toBe('true');
  });

  it.each([['risk.score > 1.0', { risk: undefined }, 'risk'], ['agent == "x"', { agent: undefined }, 'agent'], ['requester.login == "x"', { requester: undefined }, 'requester'], ['tests.total > 0', {}, 'tests']])('%s is unknown when nobody knows it', async (expression, given, name) => {
    expect(await said(expression, given)).toBe(`unknown: ${name} is not known here`);
  });

  it('bounds what an expression may cost for a change of many files', async () => {
    const files = Array.from({ length: 3000 }, (_, index) => `src/${index}.ts`);
    expect(await said('change.files.all(a, change.files.exists(b, a.path == b.path))', { files })).toBe('failed: the expression would look at 3000 files 2 deep, which is too much');
    expect(await said('change.files.all(a, glob(a.path, "src/**"))', { files })).toBe('true');
  });
});
