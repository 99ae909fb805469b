import type { z } from 'zod';
import type { PolicyDocument } from '../rule-schema.js';

/** A golden path as it is written. It is parsed by the same schema as a preset of anybody else. */
export type Preset = z.input<typeof PolicyDocument>;
