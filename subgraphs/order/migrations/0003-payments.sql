-- One attempt to take the money for an order. `next_attempt_at` says when the provider has to be asked (to start a `requested`
-- payment, to refund a `refund-due` one); null when there is nothing to ask.
create table payments (
  id uuid primary key,
  order_number text not null,
  status text not null check (status in ('requested', 'started', 'settled', 'failed', 'refund-due', 'refunded')),
  -- The provider's own id; null until it is known.
  provider_id text constraint payments_provider_id_unique unique,
  amount integer not null check (amount >= 0),
  currency text not null,
  -- Why it failed.
  reason text,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  created_at timestamptz not null
);
create index payments_by_order on payments (order_number, created_at);
create index payments_due on payments (next_attempt_at) where next_attempt_at is not null;
