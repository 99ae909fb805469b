import path from 'node:path';

/**
 * Where agents' programs are kept: the runner's tool cache when it has one, else the person's cache folder, for root that
 * of the machine. Programs in the sandbox have a user id of their own on most rungs, and root's home is closed to others.
 * Never below a work tree. The registry is the one that npm would take on this machine.
 */
export function toolCacheFrom(env: NodeJS.ProcessEnv, uid = process.geteuid?.()): { readonly folder: string; readonly registry: string | undefined } {
  const runner = env['RUNNER_TOOL_CACHE'] ?? '';
  const registry = env['npm_config_registry'] ?? env['NPM_CONFIG_REGISTRY'] ?? '';
  return {
    folder: path.join(path.isAbsolute(runner) ? runner : uid === 0 ? '/var/cache' : personal(env), 'heddle'),
    registry: registry === '' ? undefined : registry,
  };
}

function personal(env: NodeJS.ProcessEnv): string {
  const home = env['HOME'] ?? '';
  return path.join(path.isAbsolute(home) ? home : '/var/tmp', '.cache');
}
