/** Why the pack of a waiting run is not believed. Closed: each has words for people in `docs/waiting.md`. */
export type PackRefusalCode = 'pack-changed' | 'pack-unreadable' | 'trail-broken' | 'other-run' | 'not-waiting' | 'order-changed' | 'configuration-changed' | 'ledger-contradicts' | 'ledger-unknown';

export interface PackRefusal { readonly code: PackRefusalCode; readonly words: string }
