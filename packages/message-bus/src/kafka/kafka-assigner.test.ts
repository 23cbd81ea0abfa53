import { describe, expect, test } from 'vitest';
import { shareOut } from './kafka-assigner.ts';

const PARTITIONS = [0, 1, 2, 3, 4, 5, 6, 7];

describe('sharing out partitions', () => {
  test('everybody keeps what they have, as far as the shares stay even', () => {
    const shares = shareOut(
      PARTITIONS,
      new Map([
        ['a', [0, 1, 2, 3]],
        ['b', [4, 5, 6, 7]],
        ['c', []],
      ]),
    );
    expect(shares.get('a')).toEqual([0, 1, 2]);
    expect(shares.get('b')).toEqual([4, 5, 6]);
    expect(shares.get('c')).toEqual([3, 7]);
  });

  test('each partition goes to one process, also when two claim it', () => {
    const shares = shareOut(
      PARTITIONS,
      new Map([
        ['a', [0, 1, 2, 99]],
        ['b', [0, 1, 2]],
      ]),
    );
    expect([...shares.values()].flat().toSorted()).toEqual(PARTITIONS);
    expect([...shares.values()].map(({ length }) => length)).toEqual([4, 4]);
  });

  test('more processes than partitions: some have none', () => {
    const members = new Map(Array.from({ length: 10 }, (_, index) => [`m-${index}`, [] as number[]]));
    const lengths = [...shareOut(PARTITIONS, members).values()].map(({ length }) => length);
    expect(lengths.toSorted()).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });
});
