import type { Examination } from './examination.js';
import { examineAgent } from './examine-agent.js';
import { examineBase, examineCheckout } from './examine-checkout.js';
import { examineChecks } from './examine-checks.js';
import { examineConfiguration } from './examine-configuration.js';
import { examineForgePermissions, examineForgeRepository, examineForgeToken } from './examine-forge.js';
import { examineHost } from './examine-host.js';
import { examineGit, examineNode } from './examine-machine.js';
import { examineModelKey, examineModelPrice, examineModelRoute } from './examine-model.js';
import { examinePipeline } from './examine-pipeline.js';
import { examineSandbox } from './examine-sandbox.js';
import { examineWaits } from './examine-waits.js';
import { examineWorkflow } from './examine-workflow.js';

/** Everything that `heddle doctor` asks, in the order it is shown. */
export const EXAMINATIONS: readonly Examination[] = [
  examineNode, examineGit, examineSandbox,
  examineCheckout, examineBase, examineConfiguration, examineChecks,
  examineAgent, examineModelKey, examineModelRoute, examineModelPrice,
  examineForgeToken, examineForgeRepository, examineForgePermissions, examineWaits,
  examineHost, examineWorkflow, examinePipeline,
];
