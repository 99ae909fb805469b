import { create as createSonarqube } from '../adapters/quality-gate/sonarqube/index.js';
import type { ExternalGateConfig } from '../config/quality-config.js';
import type { QualityGateSource } from '../ports/quality-gate.js';
import { pause, systemClock } from './clock.js';
import type { Secrets } from './secrets.js';

/** Makes the service behind one external gate; its token is known to that service alone. */
export function qualityGateFor(secrets: Secrets): (config: ExternalGateConfig) => QualityGateSource {
  return ({ url, project, branch }) => createSonarqube({ url, project, ...(branch === undefined ? {} : { branch }) }, { token: secrets['sonar-token'], pause, monotonicMs: () => systemClock.monotonicMs() });
}
