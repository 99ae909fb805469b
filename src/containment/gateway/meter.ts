import { addMicroUsd, MicroUsd, ZERO_USD } from '../../domain/money.js';
import type { AttemptStop } from '../../domain/stop-reason.js';
import type { ModelUsage } from '../../domain/usage.js';
import { NO_USAGE } from '../../domain/usage.js';
import type { CallPrice, TokenCounts } from './prices.js';

export type BudgetStop = Extract<AttemptStop, 'cost' | 'tokens' | 'model-calls'>;

export interface Budget {
  readonly costMax: MicroUsd;
  readonly tokensMax: number;
  readonly callsMax: number;
}

/** What a call may need at most. */
export interface Demand {
  readonly bodyBytes: number;
  readonly outputAsked: number;
  /** Below this an answer is of no use; the call then waits for others to end, or ends the budget. */
  readonly outputMin: number;
  /** The request writes into the provider's cache, which may cost more than plain input. */
  readonly writesCache: boolean;
}

/** The part of the budget that one call holds while it runs. */
export interface Lease {
  /** What the provider may be asked to write at most. */
  readonly outputMax: number;
  /** Called with the running figures of a stream; a reason means: cut it here. Reported input corrects the estimate. */
  advance(output: number, input?: TokenCounts): BudgetStop | undefined;
  /** The output that is held now: what the provider may have written when nobody saw the end of its answer. */
  held(): number;
  /** Gives the rest back. `undefined` costs nothing: the provider did not do the work. */
  settle(counts: TokenCounts | undefined): MicroUsd;
}

export interface Meter {
  /** Counts a call that costs nothing else. */
  count(): BudgetStop | undefined;
  /** Waits while other calls hold what this one needs, so that calls side by side can never spend the same money. */
  reserve(demand: Demand): Promise<Lease | BudgetStop>;
  usage(): ModelUsage;
  /** What is used, and what the running calls hold: never less than what the provider may ask for. */
  atMost(): ModelUsage;
  /** The reason, once a call was refused or cut for it. */
  ended(): BudgetStop | undefined;
}

/**
 * Reservations are made with three bytes a token, which is more than most text has, and with the highest ratio that
 * this session's provider has reported, so that one long prompt cannot carry the sum past the budget.
 */
const TOKENS_PER_BYTE_RESERVED = 1 / 3;
const GROWTH_TOKENS = 256;

interface State {
  readonly budget: Budget;
  readonly price: CallPrice;
  readonly onEnd: (reason: BudgetStop) => void;
  readonly onGrowth: () => void;
  usage: ModelUsage;
  tokens: number;
  reservedTokens: number;
  /** Of these, the output. */
  reservedOutput: number;
  reservedCost: number;
  running: number;
  tokensPerByte: number;
  ended: BudgetStop | undefined;
  waiting: (() => void)[];
}

/** Holds one session's budget. At every moment spent + reserved is within it; only what a provider does unasked can pass it. */
export function createMeter(budget: Budget, price: CallPrice, { onEnd, onGrowth }: Pick<State, 'onEnd' | 'onGrowth'>): Meter {
  const state: State = {
    budget, price, onEnd, onGrowth, usage: NO_USAGE, tokens: 0, reservedTokens: 0, reservedOutput: 0, reservedCost: 0, running: 0,
    tokensPerByte: TOKENS_PER_BYTE_RESERVED, ended: undefined, waiting: [],
  };
  return {
    count: () => countCall(state),
    reserve: (demand) => reserve(state, demand),
    usage: () => state.usage,
    atMost: () => ({
      ...state.usage,
      inputTokens: state.usage.inputTokens + state.reservedTokens - state.reservedOutput,
      outputTokens: state.usage.outputTokens + state.reservedOutput,
      cost: MicroUsd.parse(state.usage.cost + Math.ceil(state.reservedCost)),
    }),
    ended: () => state.ended,
  };
}

function countCall(state: State): BudgetStop | undefined {
  if (state.ended === undefined && state.usage.calls >= state.budget.callsMax) end(state, 'model-calls');
  if (state.ended !== undefined) return state.ended;
  state.usage = { ...state.usage, calls: state.usage.calls + 1 };
  return undefined;
}

async function reserve(state: State, demand: Demand): Promise<Lease | BudgetStop> {
  const refused = countCall(state);
  if (refused !== undefined) return refused;
  for (;;) {
    if (state.ended !== undefined) return state.ended;
    const fit = fitOutput(state, inputReserve(state, demand));
    const outputMax = Math.min(demand.outputAsked, fit.outputMax);
    if (outputMax >= Math.min(demand.outputAsked, demand.outputMin)) return openLease(state, demand, outputMax);
    if (state.running === 0) return end(state, fit.scarce);
    await new Promise<void>((resume) => state.waiting.push(resume));
  }
}

function inputReserve(state: State, demand: Demand): TokenCounts {
  const tokens = Math.ceil(demand.bodyBytes * state.tokensPerByte);
  const plain = { input: tokens, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0 };
  if (!demand.writesCache) return plain;
  const cached = { ...plain, input: 0, cacheWrite: tokens, cacheWriteHour: tokens };
  return state.price(cached) > state.price(plain) ? cached : plain;
}

interface Fit { readonly outputMax: number; readonly scarce: 'cost' | 'tokens'; readonly inputCost: number; readonly outputCost: number; readonly inputTokens: number }

/** How much output fits beside this input into what is neither spent nor reserved. Output is linear once the input (and so the tier) is fixed. */
function fitOutput(state: State, input: TokenCounts): Fit {
  const inputCost = state.price({ ...input, output: 0 });
  const outputCost = (state.price({ ...input, output: 1_000_000 }) - inputCost) / 1_000_000;
  const inputTokens = input.input + input.cacheRead + input.cacheWrite;
  const freeCost = state.budget.costMax - state.usage.cost - state.reservedCost - inputCost;
  const byTokens = state.budget.tokensMax - state.tokens - state.reservedTokens - inputTokens;
  const byCost = freeCost < 0 ? -1 : outputCost > 0 ? Math.floor(freeCost / outputCost) : Number.MAX_SAFE_INTEGER;
  return { outputMax: Math.min(byTokens, byCost), scarce: byCost < byTokens ? 'cost' : 'tokens', inputCost, outputCost, inputTokens };
}

function openLease(state: State, demand: Demand, outputMax: number): Lease {
  let input = inputReserve(state, demand);
  let corrected = false;
  let settled = false;
  let held = { tokens: 0, cost: 0, output: 0 };
  // The first figure is noted by whoever sends the call, before it is sent.
  let noted = Number.POSITIVE_INFINITY;
  const release = (): void => {
    state.reservedTokens -= held.tokens;
    state.reservedOutput -= held.output;
    state.reservedCost -= held.cost;
  };
  /** Replaces what this call holds by what it needs now; undefined when even `least` does not fit any more. */
  const hold = (wanted: number, least: number): BudgetStop | undefined => {
    release();
    const fit = fitOutput(state, input);
    const output = Math.max(Math.min(wanted, fit.outputMax), least);
    held = { tokens: fit.inputTokens + output, cost: Math.ceil(fit.inputCost + output * fit.outputCost), output };
    state.reservedTokens += held.tokens;
    state.reservedOutput += held.output;
    state.reservedCost += held.cost;
    if (held.cost > noted) state.onGrowth();
    noted = Math.max(noted, held.cost);
    return fit.outputMax < least ? end(state, fit.scarce) : undefined;
  };
  hold(outputMax, 0);
  noted = held.cost;
  state.running += 1;
  return {
    outputMax,
    advance(output, reported) {
      if (reported !== undefined && !corrected) {
        corrected = true;
        input = reported;
        const stop = hold(Math.max(held.output, output), output);
        wake(state);
        return stop;
      }
      return output <= held.output ? undefined : hold(output + GROWTH_TOKENS, output);
    },
    held: () => held.output,
    settle(counts) {
      if (settled) throw new TypeError('a lease was settled twice');
      settled = true;
      release();
      state.running -= 1;
      const cost = counts === undefined ? ZERO_USD : charge(state, counts, demand.bodyBytes);
      wake(state);
      return cost;
    },
  };
}

function charge(state: State, counts: TokenCounts, bodyBytes: number): MicroUsd {
  const cost = state.price(counts);
  const input = counts.input + counts.cacheRead + counts.cacheWrite;
  state.tokens += input + counts.output;
  state.usage = {
    ...state.usage,
    inputTokens: state.usage.inputTokens + counts.input,
    cacheReadTokens: state.usage.cacheReadTokens + counts.cacheRead,
    cacheWriteTokens: state.usage.cacheWriteTokens + counts.cacheWrite,
    outputTokens: state.usage.outputTokens + counts.output,
    cost: addMicroUsd(state.usage.cost, cost),
  };
  // A provider that claims more than a token a byte is believed for its bill, not as a forecast.
  if (bodyBytes > 0) state.tokensPerByte = Math.min(1, Math.max(state.tokensPerByte, input / bodyBytes));
  if (state.usage.cost > state.budget.costMax) end(state, 'cost');
  else if (state.tokens > state.budget.tokensMax) end(state, 'tokens');
  return cost;
}

function end(state: State, reason: BudgetStop): BudgetStop {
  if (state.ended === undefined) {
    state.ended = reason;
    state.onEnd(reason);
    wake(state);
  }
  return state.ended;
}

function wake(state: State): void {
  const waiting = state.waiting;
  state.waiting = [];
  for (const resume of waiting) resume();
}
