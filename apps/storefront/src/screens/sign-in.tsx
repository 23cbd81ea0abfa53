import { type FormEvent, type ReactNode, useState } from 'react';
import { Link } from '../navigation/link.tsx';
import { navigate } from '../navigation/location.ts';
import { signInPath, signUpPath } from '../navigation/routes.ts';
import { announce } from '../parts/announcements.tsx';
import { Field } from '../parts/field.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { type Problem, problemOf } from '../problem.ts';
import { signIn, signUp } from '../session/actions.ts';

interface AccountFormProps {
  /** Called with the form's fields by name. */
  send: (fields: (name: string) => string) => Promise<void>;
  next: string;
  label: string;
  children: ReactNode;
}

const AccountForm = ({ send, next, label, children }: AccountFormProps) => {
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (sending) return;
    const form = new FormData(event.currentTarget);
    setSending(true);
    setProblem(undefined);
    send((name) => String(form.get(name) ?? '')).then(
      () => {
        navigate(next, { replace: true });
        announce('You are signed in.');
      },
      (error: unknown) => {
        setSending(false);
        setProblem(problemOf(error));
      },
    );
  };
  return (
    <form className="account-form" onSubmit={submit}>
      {problem && <ProblemNotice problem={problem} />}
      {children}
      <button type="submit" className="primary" aria-disabled={sending}>
        {sending ? 'One moment …' : label}
      </button>
    </form>
  );
};

const Email = () => <Field label="Email" name="email" type="email" autoComplete="username" required maxLength={254} />;

export const SignIn = ({ next }: { next: string }) => (
  <div className="form-page">
    <PageTitle title="Sign in" />
    <AccountForm label="Sign in" next={next} send={(field) => signIn(field('email'), field('password'))}>
      <Email />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required maxLength={128} />
    </AccountForm>
    <p>
      New here? <Link to={signUpPath(next)}>Make an account</Link>
    </p>
  </div>
);

export const SignUp = ({ next }: { next: string }) => (
  <div className="form-page">
    <PageTitle title="Make an account" />
    <AccountForm
      label="Make the account"
      next={next}
      send={(field) => signUp({ name: field('name'), email: field('email'), country: field('country'), password: field('password') })}
    >
      <Field label="Name" name="name" autoComplete="name" required maxLength={100} />
      <Email />
      <Field label="Country" name="country" autoComplete="country-name" required maxLength={64} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={128}
        hint="8 characters or more"
      />
    </AccountForm>
    <p>
      You have an account? <Link to={signInPath(next)}>Sign in</Link>
    </p>
  </div>
);
