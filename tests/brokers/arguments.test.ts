import { describe, expect, test } from 'vitest';
import { readArguments } from './arguments.ts';

describe('the arguments of npm run brokers', () => {
  test('without any, every broker runs in the foreground', () => {
    expect(readArguments([])).toEqual({ command: 'run', names: ['rabbitmq', 'redis', 'kafka', 'sqs'], isHelpAsked: false });
  });

  test('a command may be limited to some brokers', () => {
    expect(readArguments(['stop', '--only', 'redis, kafka'])).toMatchObject({ command: 'stop', names: ['redis', 'kafka'] });
  });

  test.each([
    [['restart'], "there is no command 'restart'"],
    [['start', 'redis'], "there is no command 'start redis'"],
    [['--only', 'nats'], "there is no broker 'nats'"],
    [['--onyl', 'redis'], "Unknown option '--onyl'"],
  ])('%j is refused with a way out', (args, what) => {
    expect(() => readArguments(args)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(what), fix: expect.stringMatching(/--help|--only/) }),
    );
  });
});
