import type { ReactNode } from 'react';
import { Link } from '../navigation/link.tsx';
import { usePath } from '../navigation/location.ts';
import { signInPath, signUpPath } from '../navigation/routes.ts';
import { useSession } from '../session/use-session.ts';

/** What only people who are signed in can see; everybody else is asked to sign in. */
export const SignedIn = ({ to, children }: { to: string; children: ReactNode }) => {
  const state = useSession();
  const path = usePath();
  if (state.kind !== 'anonymous') return children;
  return (
    <div className="notice" role="status">
      <p>
        {state.ended && 'Your session has ended. '}Sign in to {to}.
      </p>
      <p className="actions">
        <Link to={signInPath(path)} className="button primary">
          Sign in
        </Link>
        <Link to={signUpPath(path)}>Make an account</Link>
      </p>
    </div>
  );
};
