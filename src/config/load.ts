import { digestOfJson } from '../domain/digest.js';
import type { Digest } from '../domain/ids.js';
import { ok, type Result } from '../kit/result.js';
import { withAgentDefaults } from './agent-defaults.js';
import { Configuration } from './configuration.js';
import { configProblemText, readDocument, type ConfigProblem, type Override, type ReadDocument } from './read-document.js';

export { configProblemText, type ConfigProblem, type Override } from './read-document.js';

export interface LoadedConfiguration {
  readonly config: Configuration;
  /** Of the effective configuration, overrides included: what the order binds to. */
  readonly digest: Digest;
  /** Where the text came from, or `built-in defaults`. */
  readonly origin: string;
  /** The place of a setting for a message, with its name: `.heddle.yml:7:13: agent.tools`. */
  readonly where?: (setting: string) => string;
  /** The same as data, also inside of a text. Absent when the configuration was recorded and not read from a file of people. */
  readonly locate?: ReadDocument<Configuration>['locate'];
}

/**
 * Reads a configuration. Unknown keys, wrong types and duplicate keys are errors, never defaults. All problems are given at
 * once. The text is our own repository's at a pinned commit, yet it is bounded like foreign text: aliases are limited
 * (a YAML "bomb") and the size is capped by the caller.
 */
export function loadConfiguration(source: { readonly text: string; readonly file: string } | undefined, overrides: readonly Override[] = []): Result<LoadedConfiguration, readonly ConfigProblem[]> {
  const file = source?.file ?? 'built-in defaults';
  const read = readDocument({ text: source?.text ?? '', file }, Configuration, { overrides, prepare: withAgentDefaults });
  if (!read.ok) return read;
  const { data, locate } = read.value;
  const where = (setting: string): string => configProblemText({ ...locate(setting.split('.')), setting, message: '' }).replace(/: $/, '');
  return ok({ config: data, digest: digestOfJson(data), origin: file, where, locate });
}
