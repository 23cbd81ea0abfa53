import { StartupError } from '@supergraph/service/startup-error';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { readConfig } from './config.ts';

describe('command line', () => {
  it('stands for environment variables and wins over them', () => {
    const { settings } = readCommandLine(['--supergraph', '/any/graph.graphql', '--port', '4100']);
    const config = readConfig({ ROUTER_SUPERGRAPH: '/other.graphql', ROUTER_PORT: '1', ...settings });
    expect(config).toMatchObject({ supergraphFile: '/any/graph.graphql', port: 4100 });
  });

  it.each([['--bogus'], ['--port'], ['--port', 'abc'], ['--port', '70000'], ['--port', '1.5'], ['stray']])('refuses %s %s', (...args) => {
    expect(() => readCommandLine(args)).toThrow(StartupError);
  });
});

describe('config', () => {
  it('has defaults that fit this checkout, moved by PORT_OFFSET', () => {
    const config = readConfig({ PORT_OFFSET: '200' });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4200,
      engine: 'supergraph',
      introspection: undefined,
      redisUrl: undefined,
      operationFolders: [],
      corsOrigins: [],
      production: false,
    });
    expect(config.supergraphFile).toMatch(/\/supergraph\.graphql$/);
    expect(config.settingsFile).toMatch(/\/router\/router\.yaml$/);
  });

  it('reads where subgraphs are', () => {
    const { subgraphUrls } = readConfig({ ROUTER_SUBGRAPH_URLS: 'category=http://127.0.0.1:5001/graphql, user=http://u/?a=b,' });
    expect([...subgraphUrls]).toEqual([
      ['category', 'http://127.0.0.1:5001/graphql'],
      ['user', 'http://u/?a=b'],
    ]);
  });

  it('reports every wrong variable at once', () => {
    const read = () => readConfig({ ROUTER_SUBGRAPH_URLS: 'category', ROUTER_PORT: 'x', ROUTER_CORS_ORIGINS: 'https://a.example/path' });
    expect(read).toThrow(/3 environment variables wrong.*ROUTER_PORT.*ROUTER_SUBGRAPH_URLS.*ROUTER_CORS_ORIGINS/);
  });
});
