import { request } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { BFFS, type Bff, type BffWorld, startBffWorld } from '../bffs/bff-world.ts';
import { type CountingProxy, startCountingProxy } from '../bffs/counting-proxy.ts';
import { setup } from '../postgres.ts';
import { bearer } from '../world.ts';

/**
 * `npm run bench:bffs`: how many bytes each screen is, on mobile and on the web, with the same number of rows, and how many operations of the
 * router it takes. Exits 1 when a promise is not kept.
 */
const CUSTOMER = 'customer-17850@example.com';
/** Rows of the lists on the screens that are compared. */
const ROWS = 24;
const MOST_SHARE = 0.25;
const MOST_HOME_BYTES = 6 * 1_024;

interface Screen {
  name: string;
  path: string;
  isPrivate: boolean;
  /** What is compared: mobile against the web, row by row. */
  isJudged: boolean;
  rows: (body: Body) => number;
}

// biome-ignore lint/suspicious/noExplicitAny: each screen has its own form.
type Body = any;

interface Size {
  raw: number;
  brotli: number;
  rows: number;
  operations: number;
}

const SCREENS: readonly Screen[] = [
  { name: 'home', path: `/views/home?first=${ROWS}`, isPrivate: false, isJudged: true, rows: (body) => body.products.nodes.length },
  {
    name: 'category',
    path: `/views/category/candles?first=${ROWS}`,
    isPrivate: false,
    isJudged: false,
    rows: (body) => body.category.products.nodes.length,
  },
  { name: 'product', path: '/views/product/85123A', isPrivate: false, isJudged: false, rows: () => 1 },
  { name: 'my-orders', path: `/views/my-orders?first=${ROWS}`, isPrivate: true, isJudged: true, rows: (body) => body.orders.nodes.length },
  { name: 'order-detail', path: '/views/order-detail/536365', isPrivate: true, isJudged: false, rows: (body) => body.order.items.nodes.length },
];

const write = (text: string): void => void process.stdout.write(`${text}\n`);

const get = (url: string, headers: Record<string, string>): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { headers, signal: AbortSignal.timeout(10_000) }, async (response) => {
      const bytes = Buffer.concat(await response.toArray());
      if (response.statusCode === 200) resolve(bytes);
      else reject(new Error(`${url}: ${response.statusCode} ${bytes.toString().slice(0, 300)}`));
    });
    sent.once('error', reject).end();
  });

const measure = async (world: BffWorld, proxy: CountingProxy, bff: Bff, screen: Screen, token: string): Promise<Size> => {
  const url = `${world.bffs[bff].url}${screen.path}`;
  const identity = bearer(screen.isPrivate ? token : undefined);
  const raw = await get(url, { ...identity, 'accept-encoding': 'identity' });
  proxy.take();
  const small = await get(url, { ...identity, 'accept-encoding': 'br' });
  const operations = proxy.take().length;
  // An answer of less than 1 KB is not compressed at all.
  const isCompressed = raw.length >= 1_024;
  if (!(isCompressed ? brotliDecompressSync(small) : small).equals(raw)) throw new Error(`${bff} ${screen.name}: another answer when compressed`);
  const body = JSON.parse(raw.toString()) as Body;
  if (body.missing.length > 0) throw new Error(`${bff} ${screen.name} lacks ${body.missing}`);
  return { raw: raw.length, brotli: small.length, rows: screen.rows(body), operations };
};

const placeAnOrder = async (world: BffWorld, proxy: CountingProxy, bff: Bff, token: string): Promise<Size> => {
  proxy.take();
  const { status, text } = await world.view(bff, '/views/checkout', { token, body: { items: [{ sku: '85123A', quantity: 2 }] } });
  if (status !== 201) throw new Error(`checkout: ${status} ${text}`);
  return { raw: text.length, brotli: text.length, rows: 1, operations: proxy.take().length };
};

const share = (mobile: number, web: number): string => `${((100 * mobile) / web).toFixed(1)} %`;
const line = (...cells: readonly (string | number)[]): string =>
  cells.map((cell, index) => (index === 0 ? String(cell).padEnd(14) : String(cell).padStart(11))).join('');

let failed = false;
const judge = (isKept: boolean, promise: string): void => {
  write(`${isKept ? 'PASS' : 'FAIL'}  ${promise}`);
  failed ||= !isKept;
};

const compare = (name: string, sizes: Readonly<Record<Bff, Size>>): void => {
  const { mobile, web } = sizes;
  write(
    line(
      name,
      mobile.rows,
      web.rows,
      mobile.raw,
      web.raw,
      share(mobile.raw, web.raw),
      mobile.brotli,
      web.brotli,
      share(mobile.brotli, web.brotli),
      `${mobile.operations}, ${web.operations}`,
    ),
  );
};

const teardown = await setup();
let proxy: CountingProxy | undefined;
const world = await startBffWorld({
  routerFor: async (url) => {
    proxy = await startCountingProxy(url);
    return proxy.url;
  },
});
try {
  if (proxy === undefined) throw new Error('there is nothing that counts');
  const token = await world.signIn(CUSTOMER);
  const results = new Map<Screen | 'checkout', Record<Bff, Size>>();
  for (const screen of SCREENS) {
    const [mobile, web] = [await measure(world, proxy, 'mobile', screen, token), await measure(world, proxy, 'web', screen, token)];
    results.set(screen, { mobile, web });
  }
  results.set('checkout', { mobile: await placeAnOrder(world, proxy, 'mobile', token), web: await placeAnOrder(world, proxy, 'web', token) });

  write('bytes of each screen; ops: operations of the router\n');
  write(line('', 'rows', 'rows', 'raw', 'raw', '', 'brotli', 'brotli', '', 'ops'));
  write(line('screen', 'mobile', 'web', 'mobile', 'web', 'share', 'mobile', 'web', 'share', 'm, w'));
  for (const [screen, sizes] of results) compare(screen === 'checkout' ? screen : screen.name, sizes);
  write('');
  for (const [screen, { mobile, web }] of results) {
    if (screen === 'checkout' || !screen.isJudged) continue;
    judge(mobile.rows === web.rows && mobile.rows > 0, `${screen.name}: as many rows on mobile as on the web (${mobile.rows})`);
    judge(mobile.raw <= MOST_SHARE * web.raw, `${screen.name}: mobile has at most 25 % of the web's bytes (${share(mobile.raw, web.raw)})`);
    if (screen.name === 'home') judge(mobile.brotli <= MOST_HOME_BYTES, `home: mobile has at most 6 KB with brotli (${mobile.brotli} bytes)`);
  }
  judge(
    [...results.values()].every((sizes) => BFFS.every((bff) => sizes[bff].operations === 1)),
    'every screen is one operation of the router',
  );
} finally {
  await world.stop();
  proxy?.close();
  await teardown();
}
process.exitCode = failed ? 1 : 0;
