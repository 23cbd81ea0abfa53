create table outbox (
  id bigint generated always as identity primary key,
  envelope text not null
);
