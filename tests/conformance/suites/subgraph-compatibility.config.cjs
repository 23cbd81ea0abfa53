const { join } = require('node:path');

module.exports = {
  rootDir: join(__dirname, 'node_modules/@apollo/federation-subgraph-compatibility-tests/dist'),
  testMatch: ['<rootDir>/tests/*.test.js'],
  testEnvironment: 'node',
  testPathIgnorePatterns: [],
  haste: { retainAllFiles: true },
  transform: {},
  moduleNameMapper: { '^\\.\\./utils/client$': join(__dirname, 'subgraph-client.cjs') },
};
