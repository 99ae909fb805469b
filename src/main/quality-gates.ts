import { create as createForgeCheck } from '../adapters/quality-gate/forge-check/index.js';
import { create as createSonarqube } from '../adapters/quality-gate/sonarqube/index.js';
import type { ExternalGateConfig } from '../config/quality-config.js';
import type { ForgeReader } from '../ports/forge.js';
import type { QualityGateSource } from '../ports/quality-gate.js';
import { pause, systemClock } from './clock.js';
import type { Secrets } from './secrets.js';

/** Makes the service behind one external gate; its token is known to that service alone. A check is asked of the forge itself. */
export function qualityGateFor(secrets: Secrets, reader: ForgeReader): (config: ExternalGateConfig) => QualityGateSource {
  const waiting = { pause, monotonicMs: () => systemClock.monotonicMs() };
  return (config) => {
    if (config.kind === 'check') return createForgeCheck({ name: config.name, comes: config.on === 'head', ...(config.app === undefined ? {} : { app: config.app }) }, { reader, ...waiting });
    const { url, project, branch } = config;
    return createSonarqube({ url, project, ...(branch === undefined ? {} : { branch }) }, { token: secrets['sonar-token'], ...waiting });
  };
}
