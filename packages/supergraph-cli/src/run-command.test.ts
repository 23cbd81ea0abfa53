import { describe, expect, test } from 'vitest';
import { EnvironmentError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { runCommand } from './run-command.ts';
import { createFolder, runIn, SMALL_GRAPH } from './testing/small-graph.ts';

describe('the command', () => {
  test('names every command in its help, and explains each by its own', async () => {
    const { code, out } = await runIn('/', ['--help']);
    expect(code).toBe(0);
    for (const [name, { summary }] of Object.entries(COMMANDS)) {
      expect(out).toContain(`  ${name} `);
      const help = await runIn('/', [name, '--help']);
      expect(help.code, name).toBe(0);
      expect(help.out).toContain(`supergraph ${name} — ${summary}`);
      expect(help.out).toContain(`Usage\n  supergraph ${name}`);
      const { options } = (await COMMANDS[name]?.load()) ?? { options: {} };
      for (const option of Object.keys(options)) expect(help.out, `${name} --${option}`).toContain(`--${option}`);
      expect((await runIn('/', ['help', name])).out).toBe(help.out);
    }
  });

  test.each([
    [[], 2, 'Commands'],
    [['compsoe'], 2, "✗ there is no command 'compsoe'\n  → did you mean supergraph compose?\n"],
    [['toString'], 2, 'there is no command'],
    [['compose', '--chekc'], 2, "✗ Unknown option '--chekc'\n  → did you mean --check? see supergraph compose --help\n"],
    [['compose', '--output'], 2, '--output'],
    [['--check', 'compose'], 2, 'the command comes first'],
    [['compose', '--check'], 2, 'there is no supergraph.yaml here or in a folder above'],
  ])('%j exits %d and says why', async (args, expected, text) => {
    using place = createFolder({});
    const { code, out, err } = await runIn(place.folder, args);
    expect(code).toBe(expected);
    expect(out + err).toContain(text);
    expect(out + err).not.toMatch(/^\s+at /m);
  });

  test('finds supergraph.yaml in a folder above', async () => {
    using graph = createFolder(SMALL_GRAPH);
    expect((await runIn(`${graph.folder}/shop`, ['compose'])).out).toBe('✓ written: contracts/public.graphql, supergraph.graphql\n');
  });

  test('exits 3 for what lies outside the project', async () => {
    const failing = { usage: '', options: {}, run: () => Promise.reject(new EnvironmentError('git cannot be run', 'install it')) };
    const said: string[] = [];
    const environment = { cwd: '/', env: {}, write: () => undefined, writeError: (text: string) => void said.push(text) };
    expect(await runCommand(['x'], environment, { x: { summary: '', load: async () => failing } })).toBe(3);
    expect(said.join('')).toBe('✗ git cannot be run\n  → install it\n');
  });
});
