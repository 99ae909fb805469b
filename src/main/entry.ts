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
  const { startClean } = await import('./clean-start.js');
  const start = await startClean();
  process.exitCode = 'exit' in start ? start.exit : await (await import('./action.js')).runAction(start.secrets);
}
