// Lets the bench import the fakes of the tests as they are: Node strips the types, this finds `x.ts` where `x.js` is asked for.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  resolve(specifier, context, next) {
    const parent = context.parentURL ?? '';
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && /\/(?:test|src)\/.*\.ts$/.test(parent)) {
      const url = new URL(specifier.replace(/\.js$/, '.ts'), parent);
      if (existsSync(fileURLToPath(url))) return next(url.href, context);
    }
    return next(specifier, context);
  },
});
