import type { Configuration, CheckConfig } from '../config/configuration.js';
import { durationMs } from '../config/duration.js';
import { CheckId } from '../domain/ids.js';
import type { CheckDefinition } from '../domain/check.js';
import { err, ok, type Result } from '../kit/result.js';
import { cleanFolder } from './derive/derived-plan.js';

/** Exactly the checks of the configuration, or the first mistake with its key and what is allowed there. */
export function configuredChecks(checks: NonNullable<Configuration['checks']>, checkTimeoutMs: number): Result<CheckDefinition[], { readonly message: string }> {
  const names = Object.keys(checks);
  const definitions: CheckDefinition[] = [];
  for (const [name, config] of Object.entries(checks)) {
    const definition = definitionOf({ name, config, names, checkTimeoutMs });
    if (!definition.ok) return definition;
    definitions.push(definition.value);
  }
  const circle = findCircle(definitions);
  if (circle !== undefined) {
    return err({ message: `.heddle.yml: checks.${circle[0]}.needs: these checks wait for each other: ${[...circle, circle[0]].join(' -> ')}. Take one of the needs out.` });
  }
  return ok(definitions);
}

function definitionOf(input: { readonly name: string; readonly config: CheckConfig; readonly names: readonly string[]; readonly checkTimeoutMs: number }): Result<CheckDefinition, { readonly message: string }> {
  const { name, config, names } = input;
  const key = `.heddle.yml: checks.${name}`;
  const id = CheckId.safeParse(name);
  if (!id.success) return err({ message: `${key}: the name may have letters, digits, '.', '_', ':' and '-', starts with a letter or digit, and has at most 80 characters.` });
  const needs: CheckId[] = [];
  for (const needed of config.needs) {
    if (!names.includes(needed) || needed === name) return err({ message: `${key}.needs: there is no other check '${needed}'. Allowed: ${names.filter((other) => other !== name).join(', ') || '(no other check is configured)'}.` });
    needs.push(CheckId.parse(needed));
  }
  const workdir = cleanFolder(config.workdir);
  if (workdir === undefined) return err({ message: `${key}.workdir: '${config.workdir}' is not a folder below the repository root. Write it like packages/api.` });
  const badReport = config.reports.find((report) => cleanFolder(report.path) === undefined);
  if (badReport !== undefined) return err({ message: `${key}.reports: '${badReport.path}' is not a path below the check's workdir. Write it like reports/junit.xml.` });
  return ok({
    id: id.data, run: config.run, needs: [...new Set(needs)], workdir, timeoutMs: config.timeout === undefined ? input.checkTimeoutMs : durationMs(config.timeout),
    reports: config.reports, network: config.network, paths: [...(config.when?.paths ?? [])], ...(config.inputs === undefined ? {} : { inputs: [...config.inputs] }), role: config.role, origin: `.heddle.yml checks.${name}`,
  });
}

/** The members of one circle of needs, in order, or undefined. */
export function findCircle(checks: readonly Pick<CheckDefinition, 'id' | 'needs'>[]): readonly string[] | undefined {
  const byId = new Map(checks.map((check) => [check.id, check]));
  const done = new Set<string>();
  for (const start of checks) {
    const trail: { readonly id: CheckId; next: number }[] = [{ id: start.id, next: 0 }];
    const open = new Set<string>([start.id]);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const needed = done.has(top.id) ? undefined : byId.get(top.id)?.needs[top.next];
      if (needed === undefined) {
        done.add(top.id);
        open.delete(top.id);
        trail.pop();
        continue;
      }
      top.next += 1;
      if (open.has(needed)) return trail.slice(trail.findIndex((step) => step.id === needed)).map((step) => step.id);
      if (!done.has(needed)) {
        open.add(needed);
        trail.push({ id: needed, next: 0 });
      }
    }
  }
  return undefined;
}
