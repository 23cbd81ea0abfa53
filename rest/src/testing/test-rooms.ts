import { DomainError } from '@supergraph/errors';
import { requireVersion } from '@supergraph/errors/version-mismatch';
import { createGrpcServer, type GrpcServer, type Handlers } from '@supergraph/grpc/grpc-server';
import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { createLogger } from '@supergraph/service/logging';
import type { CatalogueDefinition } from '../generated/proto/supergraph/category/v1/Catalogue.ts';
import type { Category__Output as Category } from '../generated/proto/supergraph/category/v1/Category.ts';
import type { Product__Output as Product } from '../generated/proto/supergraph/category/v1/Product.ts';
import type { UsersDefinition } from '../generated/proto/supergraph/user/v1/Users.ts';
import { createSubgraphClients, type Room, type SubgraphClients } from '../subgraphs.ts';

const KEY = 'k'.repeat(40);

/** A call as a room got it. */
export interface Received {
  method: string;
  caller: Caller;
  request: unknown;
}

export interface TestRooms {
  clients: SubgraphClients;
  products: Product[];
  categories: Category[];
  received: Received[];
  /** How often a caller of GetCategoryPaths, which never answers, gave up. */
  givenUp(): number;
  close(): Promise<void>;
}

const product = (number: number): Product => ({
  id: String(number),
  sku: `P${String(number).padStart(2, '0')}`,
  name: `PRODUCT ${number}`,
  price: { amount: 100 * number, currency: 'GBP' },
  categoryId: '1',
  categorySlug: number % 2 === 0 ? 'candles' : 'home',
  version: 1,
});

const pageOf = <Item>(items: readonly Item[], page: { first?: number; after?: string } | null) => {
  const start = page?.after === undefined ? 0 : Number(page.after);
  const end = start + (page?.first || 20);
  const pageInfo = { hasNextPage: end < items.length, hasPreviousPage: start > 0, endCursor: String(Math.min(end, items.length)) };
  return { items: items.slice(start, end), pageInfo };
};

const untested = async (): Promise<never> => {
  throw new Error('secret detail of a fault');
};

const productOf = (products: Product[], sku: string): Product => {
  const found = products.find((one) => one.sku === sku);
  if (found === undefined) throw new DomainError('not-found', 'PRODUCT_NOT_FOUND', `There is no product '${sku}'.`, { sku });
  return found;
};

/** What the catalogue does as far as REST can tell: pages, versions, rights. */
const catalogue = ({ products, categories }: Pick<TestRooms, 'products' | 'categories'>, onGivenUp: () => void): Handlers<CatalogueDefinition> => ({
  GetCategories: async ({ slugs }) => ({ categories: categories.filter(({ slug }) => slugs.includes(slug)) }),
  GetCategoriesById: untested,
  GetCategoryPaths: (_request, { signal }) => new Promise(() => signal.addEventListener('abort', onGivenUp)),
  ListCategories: async ({ page }) => {
    const { items, pageInfo } = pageOf(categories, page);
    return { categories: items, pageInfo };
  },
  ListCategoryProducts: untested,
  GetProducts: async ({ skus }) => ({ products: products.filter(({ sku }) => skus.includes(sku)) }),
  ListProducts: async ({ page, categorySlug }) => {
    const { items, pageInfo } = pageOf(
      products.filter((one) => categorySlug === undefined || one.categorySlug === categorySlug),
      page,
    );
    return { products: items, pageInfo };
  },
  CreateCategory: untested,
  UpdateCategory: async ({ slug }) => ({ category: categories.find((one) => one.slug === slug) }),
  DeleteCategory: async ({ slug, ifVersion }, { identity }) => {
    requireStaff(identity.caller, 'delete categories');
    requireVersion(`Category '${slug}'`, ifVersion, 1);
    return { deletedId: '1' };
  },
  CreateProduct: async ({ sku, name, price, categorySlug }, { identity }) => {
    requireStaff(identity.caller, 'add products');
    return { product: { id: '99', sku, name, price, categoryId: '1', categorySlug, version: 1 } };
  },
  UpdateProduct: async ({ sku, ifVersion, ...change }, { identity }) => {
    requireStaff(identity.caller, 'change products');
    const found = productOf(products, sku);
    requireVersion(`Product '${sku}'`, ifVersion, found.version);
    Object.assign(found, { name: change.name ?? found.name, price: change.price ?? found.price, version: found.version + 1 });
    return { product: found };
  },
});

const ADA = {
  id: '7',
  email: 'ada@example.com',
  name: 'Ada',
  country: 'Ireland',
  role: 'CUSTOMER',
  createdAt: '2026-11-22T16:00:00.000Z',
  version: 3,
};
const session = (refreshToken: string) => ({ session: { accessToken: 'at', refreshToken, expiresIn: 900, user: ADA } });

const users: Handlers<UsersDefinition> = {
  GetUsers: async ({ ids }, { identity: { caller } }) => ({ users: 'userId' in caller && ids.includes(ADA.id) ? [ADA] : [] }),
  GetMe: async (_request, { identity: { caller } }) => ({ user: 'userId' in caller && caller.userId === ADA.id ? ADA : null }),
  SignUp: async () => session('r1'),
  SignIn: async ({ password }) => {
    if (password !== 'correct horse') throw new DomainError('unauthenticated', 'CREDENTIALS_INVALID', 'No account has this email and password.');
    return session('r1');
  },
  RefreshSession: async ({ refreshToken }) => session(`${refreshToken}+1`),
  SignOut: async () => ({ signedOut: true }),
  UpdateProfile: async ({ name, ifVersion }) => {
    requireVersion('your profile', ifVersion, ADA.version);
    return { user: { ...ADA, name: name ?? ADA.name, version: ADA.version + 1 } };
  },
};

/** Writes down every call before it is handled. */
const recorded = <Definition>(handlers: Handlers<Definition>, received: Received[]): Handlers<Definition> =>
  Object.fromEntries(
    Object.entries(handlers as unknown as Record<string, (request: unknown, context: { identity: { caller: Caller } }) => Promise<unknown>>).map(
      ([method, handle]) => [
        method,
        (request: unknown, context: { identity: { caller: Caller } }) => {
          received.push({ method, caller: context.identity.caller, request });
          return handle(request, context);
        },
      ],
    ),
  ) as unknown as Handlers<Definition>;

const serve = async <Definition>(room: Room, service: string, handlers: Handlers<Definition>): Promise<{ server: GrpcServer; address: string }> => {
  const server = await createGrpcServer<Definition>({
    name: room,
    protoFile: new URL(import.meta.resolve(`@supergraph/${room}/${room}.proto`)),
    service,
    handlers,
    internalKey: KEY,
    logger: createLogger(room, 'silent'),
    readiness: async () => undefined,
  });
  return { server, address: `127.0.0.1:${await server.listen('127.0.0.1', 0)}` };
};

/** The rooms category and user as REST sees them: their gRPC, over real channels. Nobody is at home in order. */
export const startTestRooms = async (): Promise<TestRooms> => {
  const received: Received[] = [];
  let givenUp = 0;
  const products = Array.from({ length: 45 }, (_, index) => product(index + 1));
  const categories: Category[] = [
    { id: '1', slug: 'home', name: 'Home', version: 1 },
    { id: '2', slug: 'candles', name: 'Candles', parentId: '1', parentSlug: 'home', version: 4 },
  ];
  const category = await serve(
    'category',
    'supergraph.category.v1.Catalogue',
    recorded(
      catalogue({ products, categories }, () => givenUp++),
      received,
    ),
  );
  const user = await serve('user', 'supergraph.user.v1.Users', recorded(users, received));
  const addresses = { category: category.address, user: user.address, order: '127.0.0.1:1' };
  const clients = createSubgraphClients({ addresses, keys: { category: KEY, user: KEY, order: KEY } });
  return {
    clients,
    products,
    categories,
    received,
    givenUp: () => givenUp,
    close: async () => {
      clients.close();
      await Promise.all([category.server.close(), user.server.close()]);
    },
  };
};
