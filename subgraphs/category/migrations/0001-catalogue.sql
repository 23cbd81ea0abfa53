create table categories (
  id uuid primary key default gen_random_uuid(),
  slug text not null constraint categories_slug_unique unique,
  name text not null,
  parent_id uuid references categories (id)
);
create index categories_by_name on categories (name, slug);
create index categories_by_parent on categories (parent_id, name, slug);

create table products (
  id uuid primary key default gen_random_uuid(),
  sku text not null constraint products_sku_unique unique,
  name text not null,
  price_amount integer not null check (price_amount >= 0),
  price_currency text not null,
  category_id uuid not null constraint products_category references categories (id)
);
create index products_by_name on products (name, sku);
create index products_by_category on products (category_id, name, sku);
create index products_by_category_and_price on products (category_id, price_amount, sku);
