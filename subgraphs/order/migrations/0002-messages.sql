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

-- When the catalogue changed a price: an event that comes late must not undo a newer one.
alter table price_list add column changed_at timestamptz not null default '-infinity';

-- Customers as the documents of orders name them, kept from the events of the user subgraph.
create table customers (
  id text primary key,
  name text not null,
  changed_at timestamptz not null default '-infinity'
);
