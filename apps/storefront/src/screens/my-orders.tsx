import { useEffect, useRef } from 'react';
import { Link } from '../navigation/link.tsx';
import { orderPath } from '../navigation/routes.ts';
import { statusText } from '../order-status/order-progress.ts';
import { useOrderStates } from '../order-status/use-order-states.ts';
import { sayQuietly } from '../parts/announcements.tsx';
import { MissingNotice } from '../parts/missing-notice.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { orderStatuses } from '../session/actions.ts';
import { moneyText } from '../views/money.ts';
import { usePages } from '../views/use-pages.ts';
import { loadMyOrders } from '../views/view-client.ts';
import type { MyOrdersView, OrderState, OrderSummary } from '../views/view-types.ts';
import { dateText } from './date-text.ts';
import { SignedIn } from './signed-in.tsx';

/** The largest page there is: orders beyond it are too old to change before people's eyes. */
const MOST_POLLED = 100;

const cursorOf = ({ orders }: MyOrdersView): string | undefined => {
  const { hasNextPage, endCursor } = orders?.pageInfo ?? {};
  return hasNextPage ? (endCursor ?? undefined) : undefined;
};

const contentsText = ({ items }: OrderSummary): string =>
  items.nodes
    .slice(0, 3)
    .map(({ quantity, product }) => `${quantity} × ${product?.name ?? 'another product'}`)
    .join(', ') + (items.nodes.length > 3 || items.pageInfo.hasNextPage ? ' …' : '');

const Row = ({ order, state }: { order: OrderSummary; state: OrderState }) => (
  <li className="order-row">
    <Link to={orderPath(order.number)}>Order {order.number}</Link>
    <StatusBadge order={state} />
    <time dateTime={order.placedAt} className="muted">
      {dateText(order.placedAt)}
    </time>
    <span className="price">{moneyText(order.total)}</span>
    <span className="muted contents">{contentsText(order)}</span>
  </li>
);

/** Says what changed while people were looking; what is there from the start is not news. */
const useSaidChanges = (states: readonly OrderState[]): void => {
  const said = useRef(new Map<string, string>());
  useEffect(() => {
    const news = states.filter((state) => (said.current.get(state.number) ?? state.status) !== state.status);
    for (const { number, status } of states) said.current.set(number, status);
    if (news.length > 0) sayQuietly(news.map((state) => `Order ${state.number}: ${statusText(state)}`).join('. '));
  }, [states]);
};

const Rows = ({ orders }: { orders: readonly OrderSummary[] }) => {
  const states = useOrderStates(orders, (signal) => orderStatuses(Math.min(MOST_POLLED, orders.length), signal));
  useSaidChanges(states);
  return (
    <ul className="rows">
      {orders.map((order, index) => (
        <Row key={order.number} order={order} state={states[index] ?? order} />
      ))}
    </ul>
  );
};

const PlaceholderRows = () => (
  <div className="rows-placeholder" aria-hidden="true">
    <span className="placeholder wide">…</span>
    <span className="placeholder wide">…</span>
    <span className="placeholder wide">…</span>
  </div>
);

const OrderList = () => {
  const { pages, problem, loading, more, reload } = usePages({ key: 'orders', load: loadMyOrders, cursorOf });
  const orders = pages.flatMap((page) => page.orders?.nodes ?? []);
  const me = pages[0]?.me;
  return (
    <>
      <p className="muted">{me ? `${me.name}, ${me.email}` : '\u00a0'}</p>
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      {pages.length === 0 && loading && <PlaceholderRows />}
      {pages.length > 0 && orders.length === 0 && (
        <p className="notice">
          You have not ordered anything yet. <Link to="/">Look around</Link>
        </p>
      )}
      <MissingNotice missing={pages.flatMap(({ missing }) => missing)} />
      {orders.length > 0 && <Rows orders={orders} />}
      {pages.length > 0 && <MoreButton more={more} loading={loading} what="orders" />}
    </>
  );
};

export const MyOrders = () => (
  <div className="narrow">
    <PageTitle title="My orders" />
    <SignedIn to="see your orders">
      <OrderList />
    </SignedIn>
  </div>
);
