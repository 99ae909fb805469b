import { PolicyDocument } from '../rule-schema.js';
import type { BuiltInPreset } from '../source-name.js';
import { docsOnly } from './docs-only.js';
import { library } from './library.js';
import { nodeService } from './node-service.js';
import type { Preset } from './preset.js';
import { pythonService } from './python-service.js';
import { regulated } from './regulated.js';

const PRESETS: Readonly<Record<BuiltInPreset, Preset>> = { 'node-service': nodeService, 'python-service': pythonService, library, 'docs-only': docsOnly, regulated };

/** A golden path that comes with the program. */
export function builtInPreset(name: BuiltInPreset): PolicyDocument {
  return PolicyDocument.parse(PRESETS[name]);
}
