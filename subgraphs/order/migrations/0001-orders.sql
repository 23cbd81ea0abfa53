create sequence order_numbers start 1000001;

create table orders (
  id uuid primary key default gen_random_uuid(),
  number text not null constraint orders_number_unique unique,
  customer_id text,
  status text not null check (status in ('PENDING', 'PAID', 'SHIPPED', 'CANCELLED')),
  placed_at timestamptz not null,
  total_amount integer not null check (total_amount >= 0),
  total_currency text not null
);
create index orders_newest on orders (placed_at desc, number desc);
create index orders_by_status on orders (status, placed_at desc, number desc);
create index orders_by_customer on orders (customer_id, placed_at desc, number desc);

-- Lines are only ever written together with their order, in one transaction: a foreign key would check 541,907 times
-- on import what the only writer guarantees.
create table order_items (
  order_number text not null,
  line integer not null,
  sku text not null,
  quantity integer not null check (quantity > 0),
  unit_price integer not null check (unit_price >= 0),
  primary key (order_number, line)
);
create index order_items_by_product on order_items (sku, order_number) include (quantity, unit_price);

create table price_list (
  sku text primary key,
  amount integer not null check (amount >= 0),
  currency text not null
);
