import type { LineRun } from './changed-lines.js';
import { inventoryBefore } from './inventory/inventory-before.js';
import { readInventory } from './inventory/read-inventory.js';
import type { TestInventory } from './inventory/test-inventory.js';
import type { Language } from './language/language.js';
import type { Unparsed } from './syntax/parse.js';
import type { SyntaxTree } from './syntax/syntax-node.js';
import type { FileSide } from './tamper-file.js';

export interface SideSource {
  readonly path: string;
  readonly text: string;
  readonly language: Language;
  /** Whether it may hold tests, so that they are worth being looked for. */
  readonly tests: boolean;
  readonly parseText: (text: string) => SyntaxTree | Unparsed;
  readonly fail: (why: Unparsed) => undefined;
}

/** A side that is parsed when a rule asks for its tree or tests, and then once. Most rules can tell from the text that they need neither. */
export class ParsedSide implements FileSide {
  readonly text: string;
  protected readonly source: SideSource;
  private made: SyntaxTree | undefined;
  private tests: TestInventory | undefined;
  private asked = false;
  private askedTests = false;

  constructor(source: SideSource) {
    this.text = source.text;
    this.source = source;
  }

  get tree(): SyntaxTree | undefined {
    if (this.asked) return this.made;
    this.asked = true;
    const made = this.source.parseText(this.text);
    this.made = typeof made === 'string' ? this.source.fail(made) : made;
    return this.made;
  }

  get inventory(): TestInventory | undefined {
    if (this.askedTests || !this.source.tests) return this.tests;
    this.askedTests = true;
    this.tests = this.findTests();
    return this.tests;
  }

  /** The tests as its own tree shows them. */
  protected findTests(): TestInventory | undefined {
    const { path, language } = this.source;
    return this.tree === undefined ? undefined : readInventory(path, language, this.tree);
  }
}

/** The side before a change that only put lines in: when those are whole tests and imports, the later side's tree tells its tests as well. */
export class InsertedInto extends ParsedSide {
  private readonly later: FileSide;
  private readonly runs: readonly LineRun[];

  constructor(source: SideSource, later: FileSide, runs: readonly LineRun[]) {
    super(source);
    this.later = later;
    this.runs = runs;
  }

  protected override findTests(): TestInventory | undefined {
    const { inventory } = this.later;
    return (inventory === undefined ? undefined : inventoryBefore(inventory, this.runs, () => super.findTests())) ?? super.findTests();
  }
}
