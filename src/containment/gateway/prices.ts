import { microUsd } from '../../domain/money.js';
import type { MicroUsd } from '../../domain/money.js';
import type { ModelApi } from '../../ports/model-gateway.js';

/** The tokens of ONE call, each counted once: `input` came from no cache and went into none. */
export interface TokenCounts {
  readonly input: number;
  readonly cacheRead: number;
  /** Written to a cache, the short-lived and the one-hour kind together. */
  readonly cacheWrite: number;
  /** The part of `cacheWrite` with one hour to live, which some providers charge more for. */
  readonly cacheWriteHour: number;
  readonly output: number;
}

/** Prices one call. Tier prices belong to a call, so a sum of calls must never be given. */
export type CallPrice = (counts: TokenCounts) => MicroUsd;

export interface PriceTable {
  readonly source: string;
  /** Undefined when nobody knows a price: never zero instead. */
  priceOf(model: string, api: ModelApi): Promise<CallPrice | undefined>;
}

/**
 * US dollars per million tokens. A cache price left out is the input price; what is written to a cache of the Anthropic
 * format costs a quarter more, and twice the input with one hour to live: never cheaper than it could be.
 */
export interface PriceOverride {
  readonly input: number;
  readonly output: number;
  readonly cache_read?: number | undefined;
  readonly cache_write?: number | undefined;
}

/**
 * The bundled price list, by its version and the day that version was published: the package carries no date of its data, and a bundled program cannot read
 * the version of a package at run time. A test compares this with what is installed.
 */
export const PRICE_LIST = 'genai-prices 0.1.8 of 2026-09-23';

const PROVIDER_OF: Record<ModelApi, string> = {
  'anthropic-messages': 'anthropic', 'openai-chat': 'openai', 'openai-responses': 'openai', gemini: 'google',
};

/**
 * Prices from the configuration (`model.price`) for every model, or from the bundled list, which is loaded only when
 * first asked (it takes some 50 ms). The list is asked for the provider of the wire format first, then for the model
 * alone, since many providers speak the same format, and last for the cloud whose model names are its own.
 */
export function createPriceTable(options: { readonly override?: PriceOverride | undefined } = {}): PriceTable {
  const { override } = options;
  if (override !== undefined) {
    return { source: 'configuration', priceOf: (_model, api) => Promise.resolve((counts: TokenCounts) => priceByOverride(override, api, counts)) };
  }
  return { source: PRICE_LIST, priceOf: priceFromList };
}

function priceByOverride(price: PriceOverride, api: ModelApi, counts: TokenCounts): MicroUsd {
  const write = price.cache_write ?? price.input * (api === 'anthropic-messages' ? WRITE_SURCHARGE : 1);
  const hour = api === 'anthropic-messages' ? write * HOUR_SURCHARGE : write;
  const perMillion = counts.input * price.input + counts.output * price.output
    + counts.cacheRead * (price.cache_read ?? price.input) + (counts.cacheWrite - counts.cacheWriteHour) * write + counts.cacheWriteHour * hour;
  return microUsd(perMillion / 1_000_000);
}

const WRITE_SURCHARGE = 1.25;
/** Twice the input is this much more than a quarter above it. */
const HOUR_SURCHARGE = 2 / WRITE_SURCHARGE;

async function priceFromList(model: string, api: ModelApi): Promise<CallPrice | undefined> {
  const { calcPrice } = await import('@pydantic/genai-prices');
  const usd = (counts: TokenCounts, options: { providerId?: string }): number | undefined => calcPrice({
    // The list wants the whole input here, with both cached parts in it.
    input_tokens: counts.input + counts.cacheRead + counts.cacheWrite,
    cache_read_tokens: counts.cacheRead,
    cache_write_tokens: counts.cacheWrite,
    ...(counts.cacheWriteHour > 0 && { cache_write_1h_tokens: counts.cacheWriteHour }),
    output_tokens: counts.output,
  }, model, options)?.total_price;
  const probe: TokenCounts = { input: 1000, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 1000 };
  for (const options of [{ providerId: PROVIDER_OF[api] }, {}, { providerId: 'aws' }]) {
    if (usd(probe, options) === undefined) continue;
    return (counts) => {
      const price = usd(counts, options);
      if (price === undefined) throw new TypeError(`the price of ${model} was known and is not any more`);
      return microUsd(price);
    };
  }
  return undefined;
}
