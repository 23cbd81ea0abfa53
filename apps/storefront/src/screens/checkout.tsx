import { useState } from 'react';
import { basketSum } from '../basket/basket.ts';
import { basket, useBasketLines } from '../basket/use-basket.ts';
import { Link } from '../navigation/link.tsx';
import { navigate } from '../navigation/location.ts';
import { orderPath } from '../navigation/routes.ts';
import { announce } from '../parts/announcements.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { type Problem, problemOf, withOrderAdvice } from '../problem.ts';
import { moneyText, times } from '../views/money.ts';
import { keepPage } from '../views/use-pages.ts';
import { checkOut } from '../views/view-client.ts';
import type { CheckoutView } from '../views/view-types.ts';
import { BasketTotal, EmptyBasket } from './basket.tsx';
import { orderKey } from './order-detail.tsx';
import { SignedIn } from './signed-in.tsx';

const finish = ({ order, missing }: CheckoutView, expected: string): void => {
  basket.clear();
  keepPage(orderKey(order.number), { order, missing });
  navigate(orderPath(order.number), { replace: true });
  const total = moneyText(order.total);
  announce(total === expected ? 'Thank you for your order.' : `Thank you for your order. Prices have changed: it costs ${total}, not ${expected}.`);
};

const Review = () => {
  const lines = useBasketLines();
  const [placing, setPlacing] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const place = (): void => {
    if (placing) return;
    setPlacing(true);
    setProblem(undefined);
    const expected = basketSum(lines).totals.map(moneyText).join(' + ');
    checkOut(lines.map(({ sku, quantity }) => ({ sku, quantity }))).then(
      (view) => finish(view, expected),
      (error: unknown) => {
        setPlacing(false);
        setProblem(withOrderAdvice(problemOf(error)));
      },
    );
  };
  if (lines.length === 0) return <EmptyBasket />;
  return (
    <>
      <ul className="rows">
        {lines.map((line) => (
          <li key={line.sku} className="review-line">
            <span>
              {line.quantity} × {line.name}
            </span>
            <span className="price">{moneyText(times(line.price, line.quantity))}</span>
          </li>
        ))}
      </ul>
      <BasketTotal lines={lines} />
      <p className="muted">The prices are those of when you filled the basket; the order has the shop’s prices of now.</p>
      {problem && <ProblemNotice problem={problem} />}
      <p className="actions">
        <Link to="/basket">Change the basket</Link>
        <button type="button" className="primary" onClick={place} aria-disabled={placing}>
          {placing ? 'Ordering …' : 'Place order'}
        </button>
      </p>
    </>
  );
};

export const Checkout = () => (
  <div className="narrow">
    <PageTitle title="Check out" />
    <SignedIn to="order">
      <Review />
    </SignedIn>
  </div>
);
