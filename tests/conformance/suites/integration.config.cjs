const { join } = require('node:path');

const modules = join(__dirname, '../../../node_modules');

module.exports = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/integration.test.cjs'],
  testEnvironment: 'node',
  // jose comes as modules only.
  transform: { '\\.ts$|/node_modules/jose/': join(__dirname, 'to-common-js.cjs') },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  // The house's own copies: GraphQL does not work with two, and Apollo Server is what is under test.
  moduleNameMapper: {
    '^graphql$': join(modules, 'graphql'),
    '^graphql/(.*)$': join(modules, 'graphql/$1'),
    '^@apollo/server$': join(modules, '@apollo/server'),
    '^@apollo/server/(.*)$': join(modules, '@apollo/server/$1'),
  },
};
