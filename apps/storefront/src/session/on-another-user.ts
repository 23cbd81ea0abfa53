import type { Session } from './session.ts';

/** Acts when nobody is signed in any more, and when somebody else is than before. A renewed session is the same user's. */
export const onAnotherUser = (session: Pick<Session, 'state' | 'subscribe'>, act: () => void): (() => void) => {
  let last: string | undefined;
  return session.subscribe(() => {
    const state = session.state();
    if (state.kind === 'restoring') return;
    const id = state.kind === 'signed-in' ? state.user.id : undefined;
    if (id === undefined || id !== last) act();
    last = id;
  });
};
