/**
 * The two doors of the packaged file set. Nothing is imported up here: whatever a start does not need must not cost it
 * anything. `__agent` and `__inside` are programs of ours that run inside the sandbox.
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
    default: {
      const { runCli } = await import('./cli.js');
      process.exitCode = await runCli(argv);
    }
  }
}

export async function startAction(): Promise<void> {
  const { runAction } = await import('./action.js');
  process.exitCode = await runAction();
}
