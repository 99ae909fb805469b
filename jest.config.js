export default {
  testEnvironment: 'node',
  // Real processes on busy machines: a deadline against hanging, no assertion about speed.
  testTimeout: 240_000,
  // The default leaves one core idle; on the two cores of a hosted runner that is half the machine.
  maxWorkers: '100%',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/real-agents/'],
  setupFiles: ['<rootDir>/test/setup-properties.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      swcrc: false,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    }],
  },
};
