import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cartTotal, lineTotal } from '../src/cart.js';

test('a line is price times quantity', () => {
  assert.equal(lineTotal({ price: 1.25, quantity: 4 }), 5);
});

test('a discount is taken off the line', () => {
  assert.equal(lineTotal({ price: 10, quantity: 1, discount: 0.15 }), 8.5);
});

test('a cart is the sum of its printed lines', () => {
  assert.equal(cartTotal([{ price: 0.1, quantity: 3 }, { price: 0.2, quantity: 1 }]), 0.5);
});
