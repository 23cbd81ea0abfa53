import { type BasketLine, basketSum, MAX_QUANTITY } from '../basket/basket.ts';
import { basket, useBasketLines } from '../basket/use-basket.ts';
import { Link } from '../navigation/link.tsx';
import { navigate } from '../navigation/location.ts';
import { productPath } from '../navigation/routes.ts';
import { announce } from '../parts/announcements.tsx';
import { Field } from '../parts/field.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { moneyText, times } from '../views/money.ts';

const remove = ({ sku, name }: BasketLine): void => {
  basket.setQuantity(sku, 0);
  announce(`Removed from the basket: ${name}`);
};

const Line = ({ line }: { line: BasketLine }) => (
  <li className="basket-line">
    <div className="line-name">
      <Link to={productPath(line.sku)}>{line.name}</Link>
      <span className="muted">{moneyText(line.price)} each</span>
    </div>
    <Field
      label="Quantity"
      aria-label={`Quantity of ${line.name}`}
      type="number"
      inputMode="numeric"
      min={1}
      max={MAX_QUANTITY}
      value={line.quantity}
      onChange={({ target }) => target.valueAsNumber >= 1 && basket.setQuantity(line.sku, target.valueAsNumber)}
    />
    <button type="button" className="quiet" onClick={() => remove(line)} aria-label={`Remove ${line.name}`}>
      Remove
    </button>
    <span className="price">{moneyText(times(line.price, line.quantity))}</span>
  </li>
);

export const BasketTotal = ({ lines }: { lines: readonly BasketLine[] }) => (
  <p className="total">
    <span>Total</span> <span className="price large">{basketSum(lines).totals.map(moneyText).join(' + ')}</span>
  </p>
);

export const EmptyBasket = () => (
  <p className="notice">
    Your basket is empty. <Link to="/">Look around</Link>
  </p>
);

export const Basket = () => {
  const lines = useBasketLines();
  return (
    <div className="narrow">
      <PageTitle title="Basket" />
      {lines.length === 0 ? (
        <EmptyBasket />
      ) : (
        <>
          <ul className="rows">
            {lines.map((line) => (
              <Line key={line.sku} line={line} />
            ))}
          </ul>
          <BasketTotal lines={lines} />
          <p className="actions">
            <button type="button" className="primary" onClick={() => navigate('/checkout')}>
              Check out
            </button>
          </p>
        </>
      )}
    </div>
  );
};
