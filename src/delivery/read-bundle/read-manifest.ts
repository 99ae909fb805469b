import type { BundleRefusal } from '../../domain/bundle-refusal.js';
import { ManifestDocument } from '../../domain/manifest.js';
import { canonicalJson } from '../../kit/canonical-json.js';
import { ok, type Result } from '../../kit/result.js';
import { refused } from './refused.js';

/**
 * The manifest as data. Only its canonical text (RFC 8785 and one line feed) is taken: so a key that stands twice, another
 * spelling of a number, white space, a byte-order mark or bytes that are no UTF-8 never reach a second reader that could
 * understand them in another way. Unknown members are refused by the schema.
 */
export function parseManifest(bytes: Uint8Array): Result<ManifestDocument, BundleRefusal> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const parsed = ManifestDocument.safeParse(JSON.parse(text));
    if (!parsed.success) return refused('manifest-malformed', 'manifest.json does not have the members of a manifest');
    if (text !== `${canonicalJson(parsed.data)}\n`) return refused('manifest-malformed', 'manifest.json is not in canonical form');
    return ok(parsed.data);
  } catch {
    return refused('manifest-malformed', 'manifest.json is not JSON in UTF-8');
  }
}
