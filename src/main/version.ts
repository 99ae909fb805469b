/** Kept equal to package.json by a test: the packaged file set carries no package.json of ours. */
export const VERSION = '0.1.0';
