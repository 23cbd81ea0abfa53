import { useEffect, useRef } from 'react';
import { hasMoved, usePath } from './navigation/location.ts';
import { type Route, routeOf } from './navigation/routes.ts';
import { Announcements } from './parts/announcements.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Header } from './parts/header.tsx';
import { Basket } from './screens/basket.tsx';
import { Category } from './screens/category.tsx';
import { Checkout } from './screens/checkout.tsx';
import { Home } from './screens/home.tsx';
import { MyOrders } from './screens/my-orders.tsx';
import { NotFound } from './screens/not-found.tsx';
import { OrderDetail } from './screens/order-detail.tsx';
import { Product } from './screens/product.tsx';
import { SignIn, SignUp } from './screens/sign-in.tsx';

const Screen = ({ route }: { route: Route }) => {
  switch (route.screen) {
    case 'home':
      return <Home />;
    case 'category':
      return <Category slug={route.slug} />;
    case 'product':
      return <Product sku={route.sku} />;
    case 'basket':
      return <Basket />;
    case 'checkout':
      return <Checkout />;
    case 'orders':
      return <MyOrders />;
    case 'order':
      return <OrderDetail number={route.number} />;
    case 'sign-in':
      return <SignIn next={route.next} />;
    case 'sign-up':
      return <SignUp next={route.next} />;
    case 'not-found':
      return <NotFound />;
  }
};

export const App = () => {
  const path = usePath();
  const main = useRef<HTMLElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each move starts at the top of the new screen, for the keyboard too
  useEffect(() => {
    if (hasMoved()) main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1} ref={main}>
        <ErrorBoundary key={path}>
          <Screen route={routeOf(path)} />
        </ErrorBoundary>
      </main>
      <footer className="site-footer">
        <p>
          Sample data: <a href="https://doi.org/10.24432/C5BW33">Online Retail</a>, CC BY 4.0. Nothing here is really sold.
        </p>
      </footer>
      <Announcements />
    </>
  );
};
