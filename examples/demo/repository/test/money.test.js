import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEuros, roundToCents } from '../src/money.js';

test('whole cents stay as they are', () => {
  assert.equal(roundToCents(4.35), 4.35);
});

test('a refund of half a cent rounds away from zero', () => {
  assert.equal(roundToCents(-2.345), -2.35);
});

test('receipts use a comma', () => {
  assert.equal(formatEuros(12.3), '12,30 €');
});
