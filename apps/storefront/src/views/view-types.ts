import type { paths } from '../generated/web-bff.ts';

type Bodies<Responses> = { [Status in keyof Responses]: Responses[Status] extends { content: { 'application/json': infer Body } } ? Body : never };

/** What a view answers when all goes well, from the web BFF's OpenAPI document. */
type Answer<Path extends keyof paths, Method extends 'get' | 'post' = 'get'> =
  paths[Path] extends Record<Method, { responses: infer Responses }> ? Bodies<Responses>[keyof Responses & (200 | 201)] : never;

export type HomeView = Answer<'/views/home'>;
export type CategoryView = Answer<'/views/category/{slug}'>;
export type ProductView = Answer<'/views/product/{sku}'>;
export type MyOrdersView = Answer<'/views/my-orders'>;
export type OrderDetailView = Answer<'/views/order-detail/{number}'>;
export type CheckoutView = Answer<'/views/checkout', 'post'>;

export type TreeCategory = NonNullable<CategoryView['categories']>['nodes'][number];
export type Product = NonNullable<ProductView['product']>;
export type ProductSummary = Product['related'][number];
export type Money = ProductSummary['price'];
export type Trail = Product['category']['path'];
export type OrderSummary = NonNullable<MyOrdersView['orders']>['nodes'][number];
export type OrderDetail = NonNullable<OrderDetailView['order']>;
export type OrderLine = OrderDetail['items']['nodes'][number];
/** How far an order and its payment have come: what changes while people look at it. */
export type OrderState = Pick<OrderSummary, 'number' | 'status' | 'payment'>;
/** The parts that a view may leave out. */
export type MissingPart = (CategoryView | MyOrdersView | OrderDetailView)['missing'][number];
