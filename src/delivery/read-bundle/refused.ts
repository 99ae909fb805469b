import type { BundleRefusal, BundleRefusalCode } from '../../domain/bundle-refusal.js';
import { err, type Err } from '../../kit/result.js';

/** A refusal as a result. The words are ours alone: nothing of the bundle is repeated in them. */
export function refused(code: BundleRefusalCode, message: string): Err<BundleRefusal> {
  return err({ code, message });
}
