import type { Fault, FaultCode } from '../../../domain/fault.js';
import { remoteFault, type RemoteSpeaker } from '../../git-client/remote-fault.js';

export const SPEAKER: RemoteSpeaker = {
  source: 'ledger-store/git-branch', what: 'the ledger',
  refused: 'The token needs the right to read and write the repository\'s contents; or set `ledger.store` to `folder` or `none`.',
};

/** A fault of a ledger that is kept on a git remote. */
export function ledgerFault(code: FaultCode, side: Fault['side'], message: string, retryable = false): Fault {
  return remoteFault(SPEAKER, code, message, { side, retryable });
}
