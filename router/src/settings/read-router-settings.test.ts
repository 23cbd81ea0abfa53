import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartupError } from '@supergraph/service/startup-error';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../testing/router.ts';
import { settingsOfContract } from './contract-view.ts';
import { parseRouterSettings, readRouterSettings } from './read-router-settings.ts';
import { trafficOf } from './router-settings.ts';

const DOCUMENTED = fileURLToPath(new URL('../../router.yaml', import.meta.url));
const NOT_UTF8 = Buffer.from([0x61, 0x3a, 0x0a, 0x20, 0xff, 0xfe]);

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => removeFolder(folder));

const parse = (text: string | Uint8Array) => parseRouterSettings(Buffer.from(text as string), '/etc/router.yaml');

const problems = (text: string | Uint8Array): string[] => {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as StartupError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
};

const aliasBomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[index]}`)}]`).join('\n')}`;

const wrong: [string, string | Uint8Array, string[]][] = [
  ['a text for a number', 'limits:\n  depth: deep\n', ['router.yaml:2:10: limits.depth: got "deep", expected a whole number from 1 to 1000']],
  ['a number in quotes', 'limits: { depth: "15" }', ['router.yaml:1:18: limits.depth: got "15", expected a whole number from 1 to 1000']],
  ['a fraction', 'limits:\n  tokens: 1.5\n', ['router.yaml:2:11: limits.tokens: got 1.5, expected a whole number from 1 to 100000']],
  ['out of range', 'limits:\n  tokens: -1\n', ['router.yaml:2:11: limits.tokens: got -1, expected a whole number from 1 to 100000']],
  ['infinity', 'limits:\n  tokens: .inf\n', ['router.yaml:2:11: limits.tokens: got null, expected a whole number from 1 to 100000']],
  ['a setting without a value', 'limits:\n  depth:\n', ['router.yaml:2:9: limits.depth: got null, expected a whole number from 1 to 1000']],
  ['yes for true', 'cost:\n  enabled: yes\n', ['router.yaml:2:12: cost.enabled: got "yes", expected true or false']],
  ['a typo', 'limits:\n  dpeth: 3\n', ['router.yaml:2:3: limits.dpeth: there is no such setting, did you mean depth?']],
  ['a typo at the top', 'limit: {}\n', ['router.yaml:1:1: limit: there is no such setting, did you mean limits?']],
  ['another spelling', 'rate_limits: {}\n', ['router.yaml:1:1: rate_limits: there is no such setting, did you mean rateLimits?']],
  ['an unknown name', 'cors:\n  wildcard: true\n', ['router.yaml:2:3: cors.wildcard: there is no such setting, expected one of origins']],
  [
    'prototype names',
    '__proto__: { a: 1 }\nconstructor: 2\n',
    [
      'router.yaml:1:1: __proto__: there is no such setting, expected one of limits, cost, rateLimits, traffic, requests, subscriptions, operations, caching, overrides, cors, identity, usage, contracts, introspection',
      'router.yaml:2:1: constructor: there is no such setting, expected one of limits, cost, rateLimits, traffic, requests, subscriptions, operations, caching, overrides, cors, identity, usage, contracts, introspection',
    ],
  ],
  [
    'names of subgraphs that cannot be',
    'traffic:\n  subgraphs:\n    __proto__: { timeoutMs: 1 }\n',
    ['router.yaml:3:16: traffic.subgraphs.__proto__: got {"timeoutMs":1}, expected names like ^[A-Za-z][\\w-]{0,63}$'],
  ],
  [
    'a subgraph without a name',
    'traffic:\n  subgraphs:\n    "": {}\n',
    ['router.yaml:3:5: traffic.subgraphs.: expected names like ^[A-Za-z][\\w-]{0,63}$'],
  ],
  [
    'a typo of a subgraph',
    'traffic:\n  subgraphs:\n    order: { timeoutMS: 1 }\n',
    ['router.yaml:3:14: traffic.subgraphs.order.timeoutMS: there is no such setting, did you mean timeoutMs?'],
  ],
  ['a list for a section', 'limits: [1]\n', ['router.yaml:1:9: limits: got [1], expected settings by name']],
  ['a list for the file', '- limits\n', ['router.yaml:1:1: the file: got ["limits"], expected settings by name']],
  ['a text for a list', 'cors:\n  origins: https://a.example\n', ['router.yaml:2:12: cors.origins: got "https://a.example", expected a list']],
  [
    'an origin with a path, and *',
    'cors:\n  origins:\n    - https://a.example/\n    - "*"\n',
    [
      'router.yaml:3:7: cors.origins.0: got "https://a.example/", expected an origin (https://example.com, no path)',
      'router.yaml:4:7: cors.origins.1: got "*", expected an origin (https://example.com, no path)',
    ],
  ],
  [
    'a trusted proxy that is every address',
    'rateLimits:\n  trustedProxies: [0.0.0.0/0, 10.0.0.0/8, proxy]\n',
    [
      'router.yaml:2:20: rateLimits.trustedProxies.0: got "0.0.0.0/0", expected an IP address or a range of them (10.0.0.0/8)',
      'router.yaml:2:43: rateLimits.trustedProxies.2: got "proxy", expected an IP address or a range of them (10.0.0.0/8)',
    ],
  ],
  [
    'an issuer with HS256, over http, without an audience',
    'identity:\n  issuers:\n    - issuer: https://a.example\n      jwksUrl: http://a.example/jwks\n      algorithms: [HS256]\n',
    [
      'router.yaml:3:7: identity.issuers.0.audience: got nothing, expected a text of 1 to 2048 characters',
      'router.yaml:4:16: identity.issuers.0.jwksUrl: got "http://a.example/jwks", expected an https:// URL without a password, or http:// on this machine',
      'router.yaml:5:20: identity.issuers.0.algorithms.0: got "HS256", expected EdDSA or ES256 or ES384 or ES512 or RS256 or RS384 or RS512 or PS256 or PS384 or PS512',
    ],
  ],
  [
    'deadlines that contradict each other',
    'requests: { headersTimeoutMs: 9000, bodyTimeoutMs: 5000 }\n',
    ['router.yaml:1:52: requests.bodyTimeoutMs: got 5000, expected no less than requests.headersTimeoutMs: the body comes after the headers'],
  ],
  ['a word for introspection', 'introspection: on\n', ['router.yaml:1:16: introspection: got "on", expected true or false or default']],
  [
    'several things',
    'limits:\n  depth: 0\ncosst: {}\ncost: { enabled: 1 }\n',
    [
      'router.yaml:2:10: limits.depth: got 0, expected a whole number from 1 to 1000',
      'router.yaml:3:1: cosst: there is no such setting, did you mean cost?',
      'router.yaml:4:18: cost.enabled: got 1, expected true or false',
    ],
  ],
  ['a duplicate key', 'limits:\n  depth: 1\n  depth: 2\n', ['router.yaml:3:3: Map keys must be unique']],
  ['a tab', 'limits:\n\tdepth: 1\n', ['router.yaml:2:1: Tabs are not allowed as indentation']],
  ['a quote that does not end', 'cors: "a\n', ['router.yaml:2:1: Missing closing "quote']],
  ['two documents', 'cost: {}\n---\ncost: {}\n', ['router.yaml:2:1: Source contains multiple documents; please use YAML.parseAllDocuments()']],
  [
    'a source that is none',
    'subscriptions: { max: 0, subgraphs: { order: { protocol: grpc, path: "ws://elsewhere" } } }',
    [
      'router.yaml:1:23: subscriptions.max: got 0, expected a whole number from 1 to 1000000',
      'router.yaml:1:58: subscriptions.subgraphs.order.protocol: got "grpc", expected sse or ws',
      'router.yaml:1:70: subscriptions.subgraphs.order.path: got "ws://elsewhere", expected the path of a URL (/graphql/stream)',
    ],
  ],
  ['a tag', 'cost: !!js/function x\n', ['router.yaml:1:7: Unresolved tag: tag:yaml.org,2002:js/function']],
  ['an alias of nothing', 'cost: *x\n', ['router.yaml:1:7: Unresolved alias (the anchor must be set before the alias): x']],
  ['an alias bomb', aliasBomb, ['router.yaml:2:8: Excessive alias count indicates a resource exhaustion attack']],
  ['bytes that are not UTF-8', NOT_UTF8, ['router.yaml:2:1: got bytes that are not UTF-8, expected UTF-8 text']],
  ['UTF-16', Buffer.from('\ufeffcost: {}', 'utf16le'), ['router.yaml:1:1: got bytes that are not UTF-8, expected UTF-8 text']],
  ['too much', '#'.repeat(65_537), ['router.yaml: got more than 65536 bytes, expected no more']],
];

describe('router settings', () => {
  it.each(wrong)('refuse %s', (_what, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('say how many problems there are, list 20 at most, and how to mend them', () => {
    const text = Array.from({ length: 30 }, (_, index) => `unknown${index}: 1\n`).join('');
    expect(() => parse(text)).toThrowError(/^router cannot use \/etc\/router\.yaml, 30 problems:\n/);
    expect(problems(text)).toHaveLength(21);
    expect(problems(text).at(-1)).toBe('and 10 more');
    expect(() => parse('limits: 1')).toThrowError(/1 problem:/);
  });

  it('never take long over a hostile file', () => {
    for (const text of ['['.repeat(65_000), '{a: '.repeat(16_000), '- '.repeat(32_000), `a: ${'&x '.repeat(20_000)}`, 'a\n:'.repeat(20_000)]) {
      const started = performance.now();
      expect(problems(text).length).toBeGreaterThan(0);
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });

  it.each(['', '# nothing\n', 'limits:\ncost:\ncors:\n  origins: []\n', '\ufeff{}'])('have a default for everything: %j', (text) => {
    const settings = parse(text);
    expect(settings.limits).toMatchObject({ enabled: true, bodyBytes: 262_144, tokens: 2_000, expandedSelections: 1_000 });
    expect(settings.cost.budgets).toEqual({ anonymous: 20_000, customer: 50_000, staff: 200_000, admin: 200_000, service: 200_000 });
    expect(settings.requests).toMatchObject({ timeoutMs: 10_000, maxInFlight: 1_000, headersTimeoutMs: 10_000, bodyTimeoutMs: 15_000 });
    expect(settings.rateLimits.trustedProxies).toEqual([]);
    expect(settings.introspection).toBe('default');
  });

  it('are those of the documented file when nothing is set, but for the contracts: it shows the defaults', async () => {
    const { contracts, ...documented } = await readRouterSettings(DOCUMENTED);
    expect({ ...documented, contracts: {} }).toEqual(parse(''));
    const standard = parse('contracts: { c: {} }').contracts['c'];
    expect(contracts).toEqual({
      mobile: { ...standard, exclude: ['staff', 'integration', 'web'], clients: ['mobile-bff', 'mobile-app'] },
      web: { ...standard, exclude: ['staff', 'integration'], clients: ['web-bff', 'web-app'] },
      partner: { ...standard, include: ['partner'], exclude: ['staff', 'integration', 'web'], clients: ['partner-app'] },
    });
    const shown = (await readFile(DOCUMENTED, 'utf8')).match(/\b[a-z]\w*(?=:)/gi);
    const names = (value: object): string[] =>
      Object.entries(value).flatMap(([name, inner]) => [name, ...(typeof inner === 'object' ? names(inner) : [])]);
    for (const name of names(parse(''))) expect(shown).toContain(name);
  });

  it('give a subgraph its own traffic rules over those of all', () => {
    const { traffic } = parse('traffic:\n  all: { maxQueued: 7 }\n  subgraphs:\n    order: { timeoutMs: 2000, breaker: { failures: 2 } }\n');
    expect(trafficOf(traffic, 'order')).toEqual({
      ...traffic.all,
      maxQueued: 7,
      timeoutMs: 2_000,
      breaker: { failures: 2, openMs: 5_000, halfOpenProbes: 1 },
    });
    expect(trafficOf(traffic, 'user')).toEqual(traffic.all);
    expect(trafficOf(traffic, 'constructor')).toEqual(traffic.all);
  });
});

describe('a contract', () => {
  it('has what it says over the common settings, and nothing else', () => {
    const own = 'limits: { depth: 3 }, cost: { budgets: { staff: 7 } }, rateLimits: { anonymous: { points: 9, perSeconds: 5 } }';
    const settings = parse(`limits: { aliases: 4 }\ncontracts: { web: { ${own} }, app: {} }\n`);
    expect(settingsOfContract(settings, 'app')).toEqual(settings);
    expect(settingsOfContract(settings, 'web')).toEqual({
      ...settings,
      limits: { ...settings.limits, depth: 3 },
      cost: { ...settings.cost, budgets: { ...settings.cost.budgets, staff: 7 } },
      rateLimits: { ...settings.rateLimits, anonymous: { points: 9, perSeconds: 5 } },
    });
  });

  it.each([
    ['contracts: { graphql: {} }', /^router.yaml:1:14: contracts.graphql: expected names like/],
    ['contracts: { a: { exclude: [a b] } }', /^router.yaml:1:29: contracts.a.exclude.0: got "a b", expected a tag/],
    ['contracts: { a: { clients: [../a] } }', /^router.yaml:1:29: contracts.a.clients.0: got "..\/a", expected the name of a folder/],
    ['contracts: { a: { safelst: true } }', /contracts.a.safelst: there is no such setting, did you mean safelist\?/],
    ['contracts: { a: { limits: { bodyBytes: 5000 } } }', /contracts.a.limits.bodyBytes: there is no such setting/],
    ['contracts: { a: { rateLimits: { anonymous: { points: 9 } } } }', /contracts.a.rateLimits.anonymous.perSeconds: got nothing, expected a whole/],
  ])('is checked like the rest: %s', (text, expected) => {
    expect(problems(text).join('\n')).toMatch(expected);
  });
});

describe('the settings file', () => {
  it('may be missing', async () => {
    expect(await readRouterSettings(join(folder, 'none.yaml'))).toEqual(parse(''));
  });

  it('must be a file that can be read', async () => {
    await mkdir(join(folder, 'folder.yaml'));
    await expect(readRouterSettings(join(folder, 'folder.yaml'))).rejects.toThrowError(/router cannot read .*folder\.yaml: it is not a file/);
  });

  it('stops the start with exit code 2 within 2 s when it is wrong', async () => {
    const file = join(folder, 'router.yaml');
    await writeFile(file, 'limits:\n  depth: deep\n');
    const program = `import { runProcess } from '@supergraph/service/process';
      import { readRouterSettings } from './src/settings/read-router-settings.ts';
      await runProcess('router', async () => { await readRouterSettings(${JSON.stringify(file)}); return { close: async () => {} }; });`;
    const started = performance.now();
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const cwd = fileURLToPath(new URL('../..', import.meta.url));
      execFile(process.execPath, ['--input-type=module', '-e', program], { cwd }, (error, _out, stderr) => resolve({ code: error?.code, stderr }));
    });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(stderr).toContain('router.yaml:2:10: limits.depth: got "deep", expected a whole number from 1 to 1000');
    expect(code).toBe(2);
    await rm(file);
  });
});
