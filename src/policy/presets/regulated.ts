import { COMMON_RULES, sizeRule } from './common.js';
import type { Preset } from './preset.js';

export const regulated: Preset = {
  description: 'For systems under audit: nothing passes without a second person, and what touches money, persons or access needs two.',
  default: 'hold',
  rules: [
    { id: 'four-eyes', description: 'Segregation of duties: whoever asked for the work does not approve it.', effect: 'hold', require: { count: 1, not_requester: true }, message: 'every change is approved by somebody who did not ask for it', overridable: false, reviewers: { owners: true } },
    { id: 'sensitive-data', description: 'Services that handle data under special rules, by `policy.services`.', match: { data: ['pii', 'phi', 'pci', 'personal', 'health', 'payment', 'secret'] }, effect: 'hold', require: { count: 2, not_requester: true }, message: 'the change touches a service that handles data under special rules', labels: ['sensitive-data'], overridable: false },
    { id: 'access', description: 'Who may do what.', match: { paths: ['**/auth/**', '**/authn/**', '**/authz/**', '**/permissions/**', '**/rbac/**', '**/crypto/**', '**/security/**', '**/*.rego', '**/iam/**'], kinds: ['code', 'config', 'other'] }, effect: 'hold', require: { count: 2, not_requester: true }, message: 'the change touches access control or cryptography', labels: ['security'] },
    { id: 'audit-trail', description: 'What records who did what.', match: { paths: ['**/audit/**', '**/auditlog/**', '**/audit_log*'] }, effect: 'hold', require: { count: 2, not_requester: true }, message: 'the change touches the audit trail itself' },
    { id: 'migrations-refused', description: 'Stored data is changed by people.', match: { kinds: ['migrations'], change: ['modified', 'deleted'] }, effect: 'deny', message: 'a migration that exists is never changed or taken away; add a new one' },
    { id: 'bots', description: 'A machine account does not ask for regulated work.', match: { source: { requester_kind: ['bot'] } }, effect: 'deny', message: 'work on a regulated system is asked for by a person' },
    { id: 'risk', description: 'What is risky goes to two people.', match: { any: [{ risk: ['high', 'critical'] }] }, effect: 'hold', require: { count: 2, not_requester: true }, message: 'the risk is high', labels: ['high-risk'] },
    ...COMMON_RULES,
    sizeRule(300, 20),
    { id: 'budget', description: 'Bounded tries: what does not come right soon needs a person.', budget: { attempts: 2 } },
  ],
};
