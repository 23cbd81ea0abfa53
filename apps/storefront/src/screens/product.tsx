import { type FormEvent, useState } from 'react';
import { MAX_QUANTITY } from '../basket/basket.ts';
import { addToBasket } from '../basket/use-basket.ts';
import { Breadcrumbs } from '../parts/breadcrumbs.tsx';
import { Field } from '../parts/field.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ProductGrid, soldText } from '../parts/product-grid.tsx';
import { moneyText } from '../views/money.ts';
import { usePages } from '../views/use-pages.ts';
import { loadProduct } from '../views/view-client.ts';
import type { Product as ProductData } from '../views/view-types.ts';
import { NotFound } from './not-found.tsx';

const AddForm = ({ product }: { product: ProductData }) => {
  const [quantity, setQuantity] = useState('1');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    addToBasket(product, Number(quantity));
  };
  return (
    <form className="add-form" onSubmit={submit}>
      <Field
        label="Quantity"
        type="number"
        inputMode="numeric"
        min={1}
        max={MAX_QUANTITY}
        required
        value={quantity}
        onChange={(event) => setQuantity(event.target.value)}
      />
      <button type="submit" className="primary">
        Add to basket
      </button>
    </form>
  );
};

const Facts = ({ product }: { product: ProductData }) => (
  <dl className="facts">
    <div>
      <dt>Price</dt>
      <dd className="price large">{moneyText(product.price)}</dd>
    </div>
    <div>
      <dt>Item number</dt>
      <dd>{product.sku}</dd>
    </div>
    {product.unitsSold !== null && (
      <div>
        <dt>Popularity</dt>
        <dd>{soldText(product.unitsSold)}</dd>
      </div>
    )}
  </dl>
);

export const Product = ({ sku }: { sku: string }) => {
  const { pages, problem, reload } = usePages({ key: `product/${sku}`, load: (_, signal) => loadProduct(sku, signal) });
  if (problem?.code === 'PRODUCT_NOT_FOUND') return <NotFound what={problem.message} />;
  const product = pages[0]?.product ?? undefined;
  return (
    <div className="product-page">
      <Breadcrumbs trail={product?.category.path} {...(product && { current: product.name })} />
      <PageTitle title={product?.name} />
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      <div className="product-panel">
        {product && <Facts product={product} />}
        {product && <AddForm product={product} />}
      </div>
      {(product !== undefined || problem === undefined) && (
        <section aria-labelledby="related">
          <h2 id="related">Related products</h2>
          <ProductGrid products={product?.related} compact />
          {product?.related.length === 0 && <p className="notice">There is nothing like it.</p>}
        </section>
      )}
    </div>
  );
};
