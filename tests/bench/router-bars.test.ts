import { describe, expect, test } from 'vitest';
import { judgeCold, judgeRatios, type Results } from './router-bars.ts';
import type { GatewayName } from './router-gateways.ts';
import { drawPicture } from './router-picture.ts';
import type { Block } from './router-rounds.ts';

const blocks = (...cpu: number[]): Block[] => cpu.map((cpuMs) => ({ cpuMs, requestsPerSecond: 1, fetches: 1, residentBytes: 1, latencies: [1] }));

const heavy = (ours: number[], stock: number[]): Results =>
  new Map([
    [
      'heavy-1',
      new Map<GatewayName, Block[]>([
        ['ours', blocks(...ours)],
        ['stock', blocks(...stock)],
        ['hive rust', blocks(3.5)],
      ]),
    ],
  ]);

describe('the bars', () => {
  test('compare medians, so that one wild round decides nothing', () => {
    const verdicts = judgeRatios(heavy([1, 1, 9], [0.1, 5, 5]));
    expect(verdicts.map(({ value, passes }) => [value, passes])).toEqual([
      ['5.00 ×', true],
      ['3.50 ×', true],
    ]);
  });

  test('fail below, and when a gateway was not measured', () => {
    expect(judgeRatios(heavy([1], [4.99]))[0]?.passes).toBe(false);
    expect(judgeRatios(heavy([], [5]))[0]?.passes).toBe(false);
    expect(judgeCold({ bytesEach: 150_000, longestBlockMs: 50 }).map(({ passes }) => passes)).toEqual([true, true]);
    expect(judgeCold({ bytesEach: 150_001, longestBlockMs: 50.1 }).map(({ passes }) => passes)).toEqual([false, false]);
  });
});

test('the picture tells text from markup, and draws bars in proportion', () => {
  const svg = drawPicture([
    {
      title: 'a < b & `c`',
      bars: [
        { label: 'ours', value: 1, isOurs: true },
        { label: 'other', value: 4, isOurs: false },
      ],
    },
  ]);
  expect(svg).toContain('>a &lt; b &amp; c</text>');
  const [ours, other] = [...svg.matchAll(/<rect class="(?:ours|peer)"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect((other ?? 0) / (ours ?? 1)).toBeCloseTo(4);
});
