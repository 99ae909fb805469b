import { access, constants, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/** The absolute path of a program with all links resolved, looked up on `searchPath` as a shell does; `undefined` = not there. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  if (name.includes('/')) return isAbsolute(name) ? executable(name) : undefined;
  for (const folder of searchPath.split(delimiter)) {
    const found = isAbsolute(folder) ? await executable(join(folder, name)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function executable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    const target = await realpath(path);
    return (await stat(target)).isFile() ? target : undefined;
  } catch {
    return undefined;
  }
}

/** The folder of the npm package that a program belongs to, or `undefined` for a program that stands alone. */
export async function packageFolder(program: string): Promise<string | undefined> {
  for (let folder = dirname(program); folder !== dirname(folder); folder = dirname(folder)) {
    if (await isFile(join(folder, 'package.json'))) return folder;
  }
  return undefined;
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isFile(), () => false);
}
