import { useState } from 'react';
import { Link } from '../navigation/link.tsx';
import { productPath } from '../navigation/routes.ts';
import { canCancel, canPay, progressText } from '../order-status/order-progress.ts';
import { useOrderStates } from '../order-status/use-order-states.ts';
import { MissingNotice } from '../parts/missing-notice.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { type Problem, problemOf } from '../problem.ts';
import { cancelOrder, orderStatus, payOrder } from '../session/actions.ts';
import { moneyText } from '../views/money.ts';
import { usePages } from '../views/use-pages.ts';
import { loadOrder } from '../views/view-client.ts';
import type { OrderDetail as OrderData, OrderDetailView, OrderLine, OrderState } from '../views/view-types.ts';
import { CancelButton } from './cancel-button.tsx';
import { dateText } from './date-text.ts';
import { NotFound } from './not-found.tsx';
import { SignedIn } from './signed-in.tsx';

/** Where the pages of an order are kept. */
export const orderKey = (number: string): string => `order/${number}`;

const cursorOf = ({ order }: OrderDetailView): string | undefined => {
  const { hasNextPage, endCursor } = order?.items.pageInfo ?? {};
  return hasNextPage ? (endCursor ?? undefined) : undefined;
};

const Progress = ({ order }: { order: OrderData }) => {
  const [changed, setChanged] = useState<OrderState>();
  const [acting, setActing] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [state = order] = useOrderStates([changed ?? order], async (signal) => [await orderStatus(order.number, signal)]);
  const act = (action: (number: string) => Promise<OrderState>): void => {
    if (acting) return;
    setActing(true);
    setProblem(undefined);
    action(order.number)
      .then(setChanged, (error: unknown) => setProblem(problemOf(error)))
      .finally(() => setActing(false));
  };
  return (
    <section className="progress" aria-label="Progress">
      <p aria-live="polite">
        <StatusBadge order={state} /> {progressText(state)}
      </p>
      {problem && <ProblemNotice problem={problem} />}
      <div className="actions">
        {canPay(state) && (
          <button type="button" className="primary" onClick={() => act(payOrder)} aria-disabled={acting}>
            {`Pay ${moneyText(order.total)}`}
          </button>
        )}
        {canCancel(state) && <CancelButton paid={state.status === 'PAID'} disabled={acting} cancel={() => act(cancelOrder)} />}
      </div>
    </section>
  );
};

const Lines = ({ lines }: { lines: readonly OrderLine[] }) => (
  <table className="lines">
    <caption className="visually-hidden">What was ordered</caption>
    <thead>
      <tr>
        <th scope="col">Product</th>
        <th scope="col">Quantity</th>
        <th scope="col">Each</th>
        <th scope="col">Together</th>
      </tr>
    </thead>
    <tbody>
      {lines.map(({ line, quantity, unitPrice, total, product }) => (
        <tr key={line}>
          <td>{product ? <Link to={productPath(product.sku)}>{product.name}</Link> : 'A product that cannot be shown'}</td>
          <td data-label="Quantity">{quantity}</td>
          <td data-label="Each">{moneyText(unitPrice)}</td>
          <td data-label="Together">{moneyText(total)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const Detail = ({ number }: { number: string }) => {
  const { pages, problem, loading, more, reload } = usePages({
    key: orderKey(number),
    load: (after, signal) => loadOrder(number, after, signal),
    cursorOf,
  });
  if (problem?.code === 'ORDER_NOT_FOUND') return <NotFound what={problem.message} />;
  const order = pages[0]?.order;
  return (
    <>
      <PageTitle title={`Order ${number}`}>
        <p className="muted">{order ? <time dateTime={order.placedAt}>{dateText(order.placedAt)}</time> : ' '}</p>
      </PageTitle>
      {problem && <ProblemNotice problem={problem} retry={pages.length > 0 && more ? more : reload} />}
      {order && (
        <>
          <Progress order={order} />
          <h2>Products</h2>
          <MissingNotice missing={pages.flatMap(({ missing }) => missing)} />
          <Lines lines={pages.flatMap((page) => page.order?.items.nodes ?? [])} />
          <MoreButton more={more} loading={loading} what="lines" />
          <p className="total">
            <span>Total</span> <span className="price large">{moneyText(order.total)}</span>
          </p>
        </>
      )}
      {!order && loading && <p className="rows-placeholder placeholder">Loading …</p>}
    </>
  );
};

export const OrderDetail = ({ number }: { number: string }) => (
  <div className="narrow">
    <p className="back">
      <Link to="/orders">← My orders</Link>
    </p>
    <SignedIn to={`see order ${number}`}>
      <Detail number={number} />
    </SignedIn>
  </div>
);
