/** What the guard can say. Each is a rule of its own, `test-tampering/<rule>`, with an effect that the configuration can set. */
export const TAMPER_RULES = {
  'deleted-test': 'hold', 'skipped-test': 'hold', 'focused-test': 'deny', 'emptied-test': 'deny', 'removed-assertion': 'hold', 'weakened-assertion': 'hold',
  'vacuous-assertion': 'deny', 'changed-expectation': 'hold', 'swallowed-failure': 'deny', 'conditional-assertion': 'hold', 'unawaited-assertion': 'hold',
  'removed-case': 'hold', 'rewritten-snapshot': 'hold', 'raised-timeout': 'hold', 'added-retry': 'hold', 'lowered-threshold': 'hold', 'suppression': 'hold',
  'coverage-exclude': 'hold', 'test-environment': 'deny', 'hard-coded-result': 'hold', 'mocked-subject': 'hold', 'test-selection': 'hold', 'ignored-failure': 'deny',
  'test-harness': 'deny', 'check-configuration': 'hold', 'unread': 'hold', 'fewer-tests': 'hold',
  'updated-expectation': 'note', 'updated-snapshot': 'note', 'deleted-with-code': 'note', 'new-skipped-test': 'note', 'unread-other': 'note', 'fewer-tests-explained': 'note',
} as const satisfies Readonly<Record<string, TamperEffect>>;

export type TamperEffect = 'off' | 'note' | 'hold' | 'deny';
export type TamperRule = keyof typeof TAMPER_RULES;

/** One thing that was seen. `before` and `after` are foreign text, shortened. */
export interface TamperFinding {
  readonly rule: TamperRule;
  readonly path: string;
  readonly line: number;
  readonly words: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}
