import type { Component, Invocation, Rule, Tool } from './sarif-schema.js';

/** How a result names its rule (SARIF 3.52): by id, by place, and in which part of the tool. */
export interface RuleReference {
  readonly id: string | undefined;
  readonly index: number | undefined;
  readonly component: { readonly name?: string | undefined; readonly index?: number | undefined } | undefined;
}

/** The rules of a tool and of its extensions, found as results name them. */
export class RuleTable {
  private readonly tool: Tool | undefined;
  private readonly byId = new Map<string, { readonly rule: Rule; readonly component: Component }>();
  private readonly overrides = new Map<string, string>();

  constructor(tool: Tool | undefined, invocations: readonly Invocation[]) {
    this.tool = tool;
    for (const component of tool === undefined ? [] : [tool.driver, ...tool.extensions ?? []]) {
      for (const rule of component.rules ?? []) if (!this.byId.has(rule.id)) this.byId.set(rule.id, { rule, component });
    }
    for (const { descriptor, configuration } of invocations.flatMap((invocation) => invocation.ruleConfigurationOverrides ?? [])) {
      const found = this.find({ id: descriptor.id, index: descriptor.index, component: descriptor.toolComponent });
      if (found !== undefined && configuration.level !== undefined) this.overrides.set(found.rule.id, configuration.level);
    }
  }

  /** The rule of a result. A place that holds another rule than the id says is not believed: the id is what people see. */
  find(reference: RuleReference): { readonly rule: Rule; readonly component: Component } | undefined {
    const { id, index, component } = reference;
    const holder = this.componentOf(component);
    const placed = index === undefined || index < 0 ? undefined : holder?.rules?.[index];
    if (holder !== undefined && placed !== undefined && (id === undefined || placed.id === id || id.startsWith(`${placed.id}/`))) return { rule: placed, component: holder };
    if (id === undefined) return undefined;
    // A hierarchical id, `CA1000/1`, belongs to the rule `CA1000` (SARIF 3.5.4).
    return this.byId.get(id) ?? this.byId.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  }

  levelOf(rule: Rule | undefined): string | undefined {
    return rule === undefined ? undefined : this.overrides.get(rule.id) ?? rule.defaultConfiguration?.level;
  }

  private componentOf(reference: RuleReference['component']): Component | undefined {
    if (reference?.index !== undefined && reference.index >= 0) return this.tool?.extensions?.[reference.index];
    if (reference?.name !== undefined && reference.name !== this.tool?.driver.name) return this.tool?.extensions?.find((extension) => extension.name === reference.name) ?? this.tool?.driver;
    return this.tool?.driver;
  }
}
