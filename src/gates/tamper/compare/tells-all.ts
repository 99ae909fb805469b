import type { Assertion } from '../assertion/assertion.js';
import type { TestCase } from '../inventory/test-inventory.js';
import { isComment, textOf, type SyntaxNode } from '../syntax/syntax-node.js';

const plain = (text: string): string => text.replace(/["\\]/g, '').replace(/\/$/, '').replace(/^\^|\$$/g, '');

/** Whether one later assertion says what an earlier one said of a part: of a field, when the whole is compared; of an error, when it is named where it is thrown. */
export function tellsAll(one: Assertion, other: Assertion): boolean {
  if (other.demand === 'equal' && other.strictness >= 100) return ofField(one, other) || ofRecord(one, other);
  if (other.demand === 'called-with' && /once_?(?:and_?)?with/i.test(other.shown)) return one.demand === 'called-with' && one.expected === '1' && one.subject === other.subject;
  return other.demand === 'throws' && other.strictness >= 90 && ofError(one, other);
}

/** `args.out == "x"` and `args` compared with `{ out: "x", … }`. */
function ofField(one: Assertion, other: Assertion): boolean {
  if (other.subject === '' || !one.subject.startsWith(`${other.subject} `)) return false;
  const rest = one.subject.slice(other.subject.length + 1).split(' ');
  const field = plain(rest[0] ?? '');
  const said = ` ${other.expected.split(' ').map(plain).join(' ')} `;
  if (!/^[A-Za-z_]\w*$/.test(field) || !said.includes(` ${field} `)) return false;
  if (rest.length <= 2 && /length|size\b|\blen\b|count/i.test(one.shown) && one.literals.length === 1) return true;
  if (/^(?:true|false|null)$/.test(one.expected)) return said.includes(` ${field} ${one.expected} `) || (one.expected === 'false' && rest.length > 1);
  return one.literals.length > 0 && one.literals.every((literal) => other.literals.includes(literal));
}

/** One call of a stand-in, when the record of all its calls is compared: that also says how many there were. */
function ofRecord(one: Assertion, other: Assertion): boolean {
  if (one.demand !== 'called-with' || one.subject === '' || one.expected.startsWith('never') || !/ (?:mock calls|args|call_args_list|mock_calls|method_calls)$/.test(other.subject) || !other.subject.startsWith(`${one.subject} `)) return false;
  const given = /nth/i.test(one.shown) ? one.literals.slice(1) : one.literals;
  return /^\d+$/.test(one.expected) || (given.length > 0 && given.every((literal) => other.literals.includes(literal)));
}

const ERROR = /^(?:e|ex|exc|err|error|exception|caught|thrown|raised|info|excinfo|exc_info|context|ctx|cm|failure|reason|rejection)$/;

/** `error.message == "gone"` after a `try`, and a demand that this is thrown. */
function ofError(one: Assertion, other: Assertion): boolean {
  if (!one.subject.split(' ').some((word) => ERROR.test(word))) return false;
  if (one.literals.length === 0) return one.demand === 'type' && one.expected !== '' && ` ${other.expected} `.includes(` ${one.expected} `);
  const said = other.literals.map(plain);
  return one.literals.every((literal) => said.some((text) => (one.demand === 'partial' ? text.includes(plain(literal)) : text === plain(literal))));
}

/** Packages whose failing only says that the ground for a test could not be laid. */
const GROUND = /^(?:os|ioutil|io|filepath|fs|net|http|httptest|httputil|url|exec|time|json|strconv|sql|template|bufio|tar|zip|gzip|hex|base64|pem|x509|rsa|ecdsa|tls|rand)\./;

/** Go's `if err != nil { t.Fatal(err) }` after a call of the standard library that the test does not make any more, such as `os.MkdirTemp`. */
export function isGround(one: Assertion, base: TestCase, candidate: TestCase): boolean {
  if (base.language.id === 'go' && one.demand === 'true' && one.subject === 'ok') return isTypeTest(one, base, candidate);
  if (base.language.id !== 'go' || one.demand !== 'equal' || one.expected !== 'null') return false;
  const alike = base.assertions.filter((other) => other.key === one.key);
  const laid = alike.filter((other) => {
    const called = /=\s*([A-Za-z_][\w.]*)\(/.exec(textOf(base.tree, assigning(other.node) ?? other.node).slice(0, 300))?.[1] ?? '';
    return GROUND.test(called) && !textOf(candidate.tree, candidate.node).includes(`${called}(`);
  });
  // All errors are called `err`: which of them is gone is told by how many are left.
  return laid.length > 0 && candidate.assertions.filter((other) => other.key === one.key).length >= alike.length - laid.length;
}

/** `pe, ok := err.(*ParseError)` with a demand on `ok` became `errors.As(err, &pe)`. */
const isTypeTest = (one: Assertion, base: TestCase, candidate: TestCase): boolean => /\.\([*\w.]+\)/.test(textOf(base.tree, assigning(one.node) ?? one.node).slice(0, 300)) && candidate.assertions.some((other) => /\b(?:ErrorAs|errors\.As|IsType)\b/.test(other.shown) && other.muted === undefined);

/** The statement that gave the error: the `if`'s own, or the one before it. */
function assigning(node: SyntaxNode): SyntaxNode | undefined {
  const own = node.children.find((one) => one.field === 'initializer');
  if (own !== undefined) return own;
  let at = node;
  while (at.parent !== undefined && !/block|statement_list/.test(at.parent.type)) at = at.parent;
  const row = at.parent?.children.filter((one) => !isComment(one)) ?? [];
  return row[row.indexOf(at) - 1];
}
