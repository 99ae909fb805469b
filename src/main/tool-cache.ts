import path from 'node:path';

/**
 * Where agents' programs are kept: the runner's tool cache when it has one, else the person's cache folder. Never below a
 * work tree. The registry is the one that npm would take on this machine.
 */
export function toolCacheFrom(env: NodeJS.ProcessEnv): { readonly folder: string; readonly registry: string | undefined } {
  const runner = env['RUNNER_TOOL_CACHE'] ?? '';
  const home = env['HOME'] ?? '';
  const registry = env['npm_config_registry'] ?? env['NPM_CONFIG_REGISTRY'] ?? '';
  return {
    folder: path.isAbsolute(runner) ? path.join(runner, 'heddle') : path.join(path.isAbsolute(home) ? home : '/var/tmp', '.cache', 'heddle'),
    registry: registry === '' ? undefined : registry,
  };
}
