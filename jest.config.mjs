const common = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' }, transform: { verbatimModuleSyntax: true } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
};

export default {
  // Most tests wait for processes and servers: one worker for each core, the main one's included, keeps the cores busy.
  maxWorkers: '100%',
  // Tests wait for conditions; a machine with other things to do needs longer for the same, and a wrong result shows all the same.
  testTimeout: 180_000,
  projects: [
    { ...common, displayName: 'fast', testMatch: ['**/*.test.ts'], testPathIgnorePatterns: ['\\.it\\.test\\.ts$'] },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['**/*.it.test.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
  ],
};
