import { startCli } from './main/entry.js';

/**
 * The door of the compiled, unpackaged sources, at their top so that showing its folder to a sandbox shows all of them. The
 * packaged file set has `dist/cli.js` in its place.
 */
await startCli(process.argv.slice(2));
