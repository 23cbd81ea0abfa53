import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { expect, test } from 'vitest';
import { openDatasetFolder } from './dataset-folder.ts';
import { readCatalogue } from './read-catalogue.ts';
import { collect, collectRejections, writeTestDataset } from './testing.ts';

const failureOf = async (path: string): Promise<string> => {
  const error = await openDatasetFolder(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StartupError);
  return (error as StartupError).message.replace(`nothing is imported from ${path}: `, '');
};

test('tells of everything that is missing at once', async () => {
  using dataset = writeTestDataset({ users: null, products: 'sku,name\nL1,Lamp\n', orders: '', categories: 'slug,slug,name,parent_slug\n' });
  expect(await failureOf(dataset.path)).toBe(
    'categories.csv has more than one column slug; products.csv has no column unit_price_pence, category_slug; it has sku, name; users.csv (or users.csv.gz) is missing; orders.csv is empty',
  );
});

test('a folder that is not there, a file in its place, a file twice', async () => {
  using dataset = writeTestDataset();
  expect(await failureOf(join(dataset.path, 'none'))).toBe('there is no such folder');
  expect(await failureOf(join(dataset.path, 'users.csv'))).toBe('it is not a folder');
  writeFileSync(join(dataset.path, 'users.csv.gz'), '');
  expect(await failureOf(dataset.path)).toBe('there are both users.csv and users.csv.gz');
});

test('a damaged gzip file', async () => {
  using dataset = writeTestDataset({}, true);
  writeFileSync(join(dataset.path, 'users.csv.gz'), 'id,email\n');
  expect(await failureOf(dataset.path)).toBe('users.csv.gz cannot be read: incorrect header check');
});

test('columns in any order, columns that are not ours, .csv and .csv.gz', async () => {
  const products = 'note,category_slug,unit_price_pence,name,sku\n"two\nlines",lamps,1000,"Lamp, tall",L1\n';
  for (const zipped of [false, true]) {
    using dataset = writeTestDataset({ products }, zipped);
    const { lines, reject } = collectRejections();
    const catalogue = await readCatalogue(await openDatasetFolder(dataset.path), reject);
    expect(await collect(catalogue.products())).toEqual([{ sku: 'L1', name: 'Lamp, tall', unitPricePence: 1000, categorySlug: 'lamps' }]);
    expect(lines).toEqual([]);
  }
});

test('progress ends where it said it would', async () => {
  using dataset = writeTestDataset();
  let done = 0;
  let total = 0;
  const progress = {
    expect: (units: number) => {
      total += units;
    },
    advance: (units: number) => {
      done += units;
    },
  };
  const catalogue = await readCatalogue(await openDatasetFolder(dataset.path, progress), () => undefined);
  await collect(catalogue.products());
  expect(done).toBe(total);
  expect(total).toBeGreaterThan(100);
});
