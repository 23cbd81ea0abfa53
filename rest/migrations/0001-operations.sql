-- What was asked for with `Prefer: respond-async`, and what became of it.
create table operations (
  -- Also the id of the command on the message bus.
  id uuid primary key,
  owner_id text not null,
  kind text not null check (kind in ('pay', 'cancel', 'ship')),
  order_number text not null,
  status text not null check (status in ('pending', 'succeeded', 'failed')),
  -- Why it was refused; null unless it failed.
  error_code text,
  error_message text,
  created_at timestamptz not null,
  finished_at timestamptz,
  check ((status = 'failed') = (error_code is not null)),
  check ((status = 'pending') = (finished_at is null))
);
create index operations_oldest on operations (created_at);

create table idempotency_keys (
  caller_id text not null,
  key text not null,
  operation text not null,
  request_hash text not null,
  result jsonb not null,
  created_at timestamptz not null default now(),
  primary key (caller_id, key)
);
create index idempotency_keys_oldest on idempotency_keys (created_at);

create table outbox (
  id bigint generated always as identity primary key,
  envelope text not null
);

create table inbox (
  consumer text not null,
  event_id text not null,
  handled_at timestamptz not null default now(),
  primary key (consumer, event_id)
);
create index inbox_oldest on inbox (handled_at);
