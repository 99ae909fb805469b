import type { Phase } from '../domain/phase.js';

/**
 * The two doors of the packaged file set. Nothing but types is imported up here: whatever a start does not need must not cost it
 * anything. `__agent`, `__inside` and `__obedient` are programs of ours that run inside the sandbox.
 */
export async function startCli(argv: readonly string[]): Promise<void> {
  switch (argv[0]) {
    case '__agent': {
      const { runBuiltinAgent } = await import('../adapters/agent/builtin/program/run-builtin-agent.js');
      process.exitCode = await runBuiltinAgent();
      return;
    }
    case '__inside': {
      const { runInside } = await import('../containment/sandbox/inside.js');
      process.exitCode = await runInside(argv.slice(1));
      return;
    }
    case '__drill': {
      const { drillRun } = await import('./redteam/drill-run.js');
      process.exitCode = await orBug(() => drillRun(argv.slice(1)));
      return;
    }
    case '__obedient': {
      const { runObedientAgent } = await import('../adapters/agent/obedient/program/run-obedient-agent.js');
      process.exitCode = await runObedientAgent();
      return;
    }
    default: {
      process.exitCode = await orBug(async () => (await import('./cli.js')).runCli(argv));
    }
  }
}

/** `phase`: the door of one of the four jobs of the split. */
export async function startAction(phase?: Phase): Promise<void> {
  process.exitCode = await orBug(async () => (await import('./action.js')).runAction(phase));
}

/** Expected failures are values by now; what is thrown up to here is a bug, or a machine that fails (a full disk). It is our fault: exit code 1. */
async function orBug(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (cause) {
    const { logText } = await import('../kit/log-text.js');
    const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    process.stderr.write(`${logText(`Heddle failed in a way it did not foresee. What was recorded is kept; \`heddle resume\` may go on. Please report this:\n${words}`)}\n`);
    return 1;
  }
}
