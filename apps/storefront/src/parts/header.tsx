import { basketSum } from '../basket/basket.ts';
import { useBasketLines } from '../basket/use-basket.ts';
import { Link } from '../navigation/link.tsx';
import { navigate, usePath } from '../navigation/location.ts';
import { signInPath } from '../navigation/routes.ts';
import { session } from '../session/actions.ts';
import { useSession } from '../session/use-session.ts';
import { announce } from './announcements.tsx';

const signOut = (): void => {
  // The tokens of this tab are gone at once; when the shop cannot be told, its session ends by itself.
  session.signOut().catch(() => undefined);
  announce('You are signed out.');
  navigate('/');
};

const Account = () => {
  const state = useSession();
  const path = usePath();
  if (state.kind === 'restoring') return <span className="placeholder">Sign in</span>;
  if (state.kind === 'anonymous')
    return (
      <Link to={signInPath(/^\/sign-(in|up)/.test(path) ? '/' : path)} className="header-link">
        Sign in
      </Link>
    );
  return (
    <>
      <span className="account-name" title={state.user.email}>
        {state.user.name}
      </span>
      <button type="button" className="quiet" onClick={signOut}>
        Sign out
      </button>
    </>
  );
};

export const Header = () => {
  const { count } = basketSum(useBasketLines());
  const path = usePath();
  const current = (to: string) => (path === to ? { 'aria-current': 'page' as const } : {});
  return (
    <header className="site-header">
      <div className="bar">
        <Link to="/" className="brand">
          Storefront
        </Link>
        <div className="account">
          <Account />
        </div>
        <nav aria-label="Main">
          <Link to="/orders" className="header-link" {...current('/orders')}>
            My orders
          </Link>
          <Link to="/basket" className="header-link" {...current('/basket')}>
            Basket <span className="count">{count}</span>
          </Link>
        </nav>
      </div>
    </header>
  );
};
