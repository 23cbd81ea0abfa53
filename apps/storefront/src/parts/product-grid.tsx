import { addToBasket } from '../basket/use-basket.ts';
import { Link } from '../navigation/link.tsx';
import { productPath } from '../navigation/routes.ts';
import { moneyText } from '../views/money.ts';
import type { ProductSummary } from '../views/view-types.ts';

const PLACEHOLDERS = Array.from({ length: 8 }, (_, index) => `placeholder-${index}`);

export const soldText = (unitsSold: number | null): string => (unitsSold === null ? '' : `${unitsSold.toLocaleString('en-GB')} sold`);

const ProductCard = ({ product }: { product: ProductSummary }) => (
  <li className="card">
    <h3>
      <Link to={productPath(product.sku)}>{product.name}</Link>
    </h3>
    <p className="card-facts">
      <span className="price">{moneyText(product.price)}</span>
      <span className="muted">{soldText(product.unitsSold)}</span>
    </p>
    <button type="button" onClick={() => addToBasket(product)} aria-label={`Add to basket: ${product.name}`}>
      Add to basket
    </button>
  </li>
);

const PlaceholderCard = () => (
  <li className="card" aria-hidden="true">
    <div className="card-name">
      <span className="placeholder wide">…</span>
    </div>
    <p className="card-facts">
      <span className="placeholder">£0.00</span>
    </p>
    <span className="placeholder button-sized">…</span>
  </li>
);

/** Products; while they are unknown, the room they will take. */
export const ProductGrid = ({ products, compact = false }: { products: readonly ProductSummary[] | undefined; compact?: boolean }) => (
  <ul className={compact ? 'product-grid compact' : 'product-grid'} aria-busy={products === undefined}>
    {products === undefined
      ? PLACEHOLDERS.map((key) => <PlaceholderCard key={key} />)
      : products.map((product) => <ProductCard key={product.sku} product={product} />)}
  </ul>
);
