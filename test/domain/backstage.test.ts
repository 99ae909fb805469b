import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEntities } from '../../src/domain/backstage.js';

const TEXT = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments
  annotations:
    acme.dev/tier: "1"
spec: { type: service, lifecycle: production, owner: group:payments, dependsOn: ['component:default/ledger', 'resource:db'] }
---
kind: Component
metadata: { name: shop }
spec: { tier: critical, dependsOn: [component:payments] }
---
: broken [
---
kind: Component
metadata: { name: 7 }
`;

describe('readEntities', () => {
  it('reads what it knows, and passes over what it cannot read', () => {
    expect(readEntities(TEXT).slice(0, 2)).toMatchObject([
      { kind: 'Component', name: 'payments', tier: '1', lifecycle: 'production', owner: 'group:payments', dependsOn: ['ledger', 'db'] },
      { kind: 'Component', name: 'shop', tier: 'critical', dependsOn: ['payments'] },
    ]);
  });

  it('answers anything, bombs of aliases too', () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 20 }, (_, index) => `b${index}: &b${index} [*${index === 0 ? 'a' : `b${index - 1}`}, *${index === 0 ? 'a' : `b${index - 1}`}]`).join('\n')}\nkind: Component\nmetadata: { name: x }\n`;
    expect(readEntities(bomb)).toEqual([]);
    expect(readEntities('['.repeat(50_000))).toEqual([]);
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => {
      expect(Array.isArray(readEntities(text))).toBe(true);
    }));
  });
});
