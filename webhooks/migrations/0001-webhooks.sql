-- Who wants which events, where.
create table endpoints (
  id uuid primary key,
  owner_id text not null,
  -- Whether the owner is staff: others are told only of what is theirs.
  owner_sees_everything boolean not null default false,
  url text not null,
  event_types text[] not null,
  -- A GraphQL selection on the event's entity, or null for the plain event.
  query text,
  status text not null check (status in ('active', 'paused', 'disabled')),
  disabled_reason text,
  -- Since when every attempt has failed; null after a success.
  first_failure_at timestamptz,
  created_at timestamptz not null
);
create index endpoints_by_owner on endpoints (owner_id, created_at, id);
create index endpoints_oldest on endpoints (created_at, id);
create index endpoints_by_type on endpoints using gin (event_types) where status <> 'disabled';

-- Signing keys, encrypted with WEBHOOKS_KEY_SECRET. Two sign during the 24 hours after a rotation.
create table endpoint_keys (
  endpoint_id uuid not null references endpoints on delete cascade,
  sealed_key bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (endpoint_id, created_at)
);

-- One event for one endpoint. `id` is the webhook-id of every attempt.
create table deliveries (
  id text primary key,
  endpoint_id uuid not null references endpoints on delete cascade,
  event_id text not null,
  event_type text not null,
  envelope text not null,
  -- The body as it was first sent; the same over all attempts.
  body text,
  status text not null check (status in ('pending', 'delivered', 'exhausted', 'cancelled')),
  attempts integer not null default 0,
  -- Attempts made before the last replay: the schedule starts again behind them.
  attempts_before integer not null default 0,
  next_attempt_at timestamptz not null,
  leased_until timestamptz,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (endpoint_id, event_id)
);
create index deliveries_due on deliveries (endpoint_id, next_attempt_at) where status = 'pending';
create index deliveries_leased on deliveries (endpoint_id) where status = 'pending' and leased_until is not null;
create index deliveries_by_endpoint on deliveries (endpoint_id, created_at desc, id desc);
create index deliveries_oldest on deliveries (created_at);

create table attempts (
  delivery_id text not null references deliveries on delete cascade,
  attempt integer not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  -- Null when there was no answer; then `failure` says why.
  status_code integer,
  response text,
  failure text,
  primary key (delivery_id, attempt)
);

-- Callbacks of the payment provider, each once by its id.
create table callbacks (
  id text primary key,
  body_hash text not null,
  received_at timestamptz not null
);

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
