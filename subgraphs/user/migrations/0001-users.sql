create table users (
  id text primary key,
  email text not null constraint users_email_unique unique,
  password_hash text,
  name text not null,
  country text not null,
  role text not null check (role in ('CUSTOMER', 'STAFF', 'ADMIN')),
  development boolean not null default false,
  created_at timestamptz not null
);
create index users_by_name on users (name, id);

-- A session is a family of refresh tokens: each use spends one and adds the next; ending the session forgets them all.
create table sessions (
  id uuid primary key,
  user_id text not null references users (id) on delete cascade,
  expires_at timestamptz not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table refresh_tokens (
  hash text primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  spent_at timestamptz
);
create index refresh_tokens_by_session on refresh_tokens (session_id, spent_at);

create table signing_keys (
  id text primary key,
  public_jwk jsonb not null,
  encrypted_private_jwk text not null,
  signs_until timestamptz not null
);
