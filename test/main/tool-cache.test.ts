import { describe, expect, it } from '@jest/globals';
import { toolCacheFrom } from '../../src/main/tool-cache.js';

describe('the tool cache', () => {
  it.each([
    [{ RUNNER_TOOL_CACHE: '/opt/tools', HOME: '/home/me' }, 1000, '/opt/tools/heddle'],
    [{ RUNNER_TOOL_CACHE: '/opt/tools', HOME: '/root' }, 0, '/opt/tools/heddle'],
    [{ HOME: '/home/me' }, 1000, '/home/me/.cache/heddle'],
    // Its home is closed to the program's own user id.
    [{ HOME: '/root' }, 0, '/var/cache/heddle'],
    [{ RUNNER_TOOL_CACHE: 'relative', HOME: 'relative' }, 1000, '/var/tmp/.cache/heddle'],
  ])('of %j for user %d is %s', (env, uid, folder) => {
    expect(toolCacheFrom(env, uid).folder).toBe(folder);
  });
});
