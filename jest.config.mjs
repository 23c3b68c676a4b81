import { existsSync } from 'node:fs';

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

// The servers of a run are started once, by the global set-up of the integration project.
const servers = existsSync(new URL('test/support/global-setup.mjs', import.meta.url))
  ? { globalSetup: '<rootDir>/test/support/global-setup.mjs', globalTeardown: '<rootDir>/test/support/global-teardown.mjs' }
  : {};

export default {
  projects: [
    { ...common, displayName: 'fast', testMatch: ['**/*.test.ts'], testPathIgnorePatterns: ['\\.it\\.test\\.ts$'] },
    { ...common, displayName: 'integration', testMatch: ['**/*.it.test.ts'], ...servers },
  ],
};
