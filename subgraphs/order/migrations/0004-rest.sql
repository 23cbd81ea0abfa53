-- Grows with each change of the order itself, so that whoever changes it can name what they have seen.
alter table orders add column version integer not null default 1;

-- Answers of writes that were sent with an idempotency key.
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
