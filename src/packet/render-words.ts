import { formatUsd } from '../domain/money.js';
import { inline } from '../kit/harmless.js';
import type { ReviewPacket } from './review-packet.js';

/** The money of a usage; a lower bound says that it is one. */
export function costWords(usage: ReviewPacket['usage']): string {
  return usage.costKnown ? formatUsd(usage.cost) : `at least ${formatUsd(usage.cost)} (the price of a model is not known)`;
}

/** Which of several ways to the rung it was; ours, never the agent's words. */
export function formWords({ rung, form }: ReviewPacket['isolation']): string {
  return form === undefined || rung === 'none' ? '' : ` (${inline(form, 100)})`;
}

/** What a rung means for agent and checks, in one line. */
export const RUNG_WORDS: Readonly<Record<ReviewPacket['isolation']['rung'], string>> = {
  bubblewrap: '`bubblewrap`: agent and checks saw no other process, no secret and no network',
  container: '`container`: agent and checks ran in a container of their own without network',
  landlock: '`landlock`: files and network were closed to agent and checks by the kernel',
  'own-uid': '`own-uid`: agent and checks ran as another account; only its file permissions separated them',
  none: '`none`: **agent and checks were not isolated**; they could read and change whatever this account can',
};
