import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { importersOf, importWords } from '../../../src/gates/risk/dependents.js';

describe('importersOf', () => {
  it.each([
    ['src/cart.ts', 'src/shop.ts', 'import { total } from \'./cart.js\';', true],
    ['src/cart.ts', 'test/cart.test.ts', 'const cart = require("../src/cart");', true],
    ['src/cart/index.ts', 'src/shop.ts', 'export * from "./cart";', true],
    ['src/cart.ts', 'src/shop.ts', '// import from ./cart', false],
    ['src/cart.ts', 'src/other.ts', 'import x from "./shopping-cart";', false],
    ['src/cart.ts', 'src/cart.ts', 'import x from "./cart";', false],
    ['shop/cart.py', 'shop/total.py', 'from shop.cart import total', true],
    ['shop/cart.py', 'shop/total.py', 'from .cart import total', true],
    ['shop/cart.py', 'shop/total.py', 'import shop.cart', true],
    ['shop/cart.py', 'a.py', 'import cartography', false],
    ['src/main/java/shop/Cart.java', 'src/main/java/shop/Total.java', 'import shop.Cart;', true],
    ['src/Shop/Cart.cs', 'src/a.cs', 'using Shop.Cart;', true],
    ['pkg/cart/total.go', 'main.go', '\t"acme.dev/shop/pkg/cart"', true],
    ['lib/cart.rb', 'lib/shop.rb', 'require_relative "cart"', true],
    ['src/cart.rs', 'src/main.rs', 'mod cart;', true],
    ['src/cart.rs', 'src/main.rs', 'use crate::cart::Total;', true],
    ['src/Cart.php', 'src/Total.php', 'use Shop\\Cart;', true],
    ['src/cart.h', 'src/main.c', '#include "cart.h"', true],
    ['README.md', 'src/a.ts', 'import "./README"', false],
  ])('%s is imported by %s with %j: %s', (path, importer, text, expected) => {
    expect(importersOf([path], [{ path: importer, text }])).toEqual(expected ? [importer] : []);
  });

  it('searches for words that importing lines must hold', () => {
    expect(importWords(['src/cart.ts', 'src/total/index.ts', 'pkg/shop/a.go', 'docs/a.md', 'src/a.ts'])).toEqual(['cart', 'total', 'shop']);
  });

  it('ends on any line, and finds no importer in a file of its own', () => {
    fc.assert(fc.property(fc.constantFrom('a.ts', 'b.py', 'c.go', 'd.rs', 'e.php', 'f.rb', 'g.java', 'h.c'), fc.string({ maxLength: 600 }), (path, text) => {
      expect(importersOf([path], [{ path, text }])).toEqual([]);
      expect(importersOf(['src/cart.ts'], [{ path, text }]).length).toBeLessThanOrEqual(1);
    }));
  });
});
