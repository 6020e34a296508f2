-- The shop's server side. As supabase/migrations/0001_store.sql it makes the tables; where it lies now it does nothing.

-- What things cost, as src/catalogue.ts and src/shop.ts have it, in minor units (cents). This list is what counts.
create table public.price_list (
  sku text primary key check (char_length(sku) between 1 and 80),
  created_at timestamptz not null default now(),
  title text not null check (char_length(title) between 1 and 200),
  amount integer not null check (amount >= 0),
  -- Of a delivery: for goods worth this much it costs nothing.
  free_from integer check (free_from > 0),
  available boolean not null default true
);
comment on table public.price_list is '@shared: everybody sees what things cost, and nobody changes it from the app';
alter table public.price_list enable row level security;
create policy "everybody reads prices" on public.price_list for select to anon, authenticated using (true);

create table public.orders (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  -- Asked for: [{"sku", "quantity"}]. Stored: with the title and the amount of one, from the list of prices.
  lines jsonb not null check (jsonb_typeof(lines) = 'array'),
  delivery text not null check (delivery in ('standard', 'express', 'pickup')),
  address jsonb not null check (jsonb_typeof(address) = 'object' and octet_length(address::text) < 4000),
  note text not null default '' check (char_length(note) <= 1000),
  -- What the customer was shown; an order of another total is refused.
  expected integer,
  delivery_amount integer not null default 0,
  total integer not null default 0,
  status text not null default 'placed' check (status in ('placed', 'paid', 'sent', 'cancelled'))
);
create index on public.orders (user_id);
alter table public.orders enable row level security;
create policy "customers read their orders" on public.orders for select to authenticated
  using ((select auth.uid()) = user_id);
create policy "customers place orders" on public.orders for insert to authenticated
  with check ((select auth.uid()) = user_id and jsonb_array_length(lines) > 0);
-- No policy for update and delete: from the app nobody changes an order. Its status is set in the platform's database view.

-- Computes every order by the list of prices, whatever the browser has sent.
create function public.price_order() returns trigger language plpgsql as $$
declare
  asked integer;
  known integer;
  goods bigint;
  way public.price_list;
begin
  if jsonb_typeof(new.lines) <> 'array' or jsonb_array_length(new.lines) > 100 then
    raise exception 'An order has a list of at most 100 lines' using errcode = '22023';
  end if;
  asked := jsonb_array_length(new.lines);
  select count(*), coalesce(sum(item.amount::bigint * line.quantity), 0), coalesce(jsonb_agg(
      jsonb_build_object('sku', item.sku, 'title', item.title, 'quantity', line.quantity, 'amount', item.amount)
      order by item.title), '[]')
    into known, goods, new.lines
    from jsonb_to_recordset(new.lines) as line (sku text, quantity integer)
    join public.price_list as item on item.sku = line.sku
    where item.available and item.sku not like 'delivery:%' and line.quantity between 1 and 20;
  if known <> asked then
    raise exception 'Something in the cart is not for sale any more';
  end if;
  select * into way from public.price_list where sku = 'delivery:' || new.delivery and available;
  if not found then
    raise exception 'This kind of delivery is not offered any more';
  end if;
  new.delivery_amount := case when goods >= way.free_from then 0 else way.amount end;
  if goods + new.delivery_amount > 100000000 then
    raise exception 'This order is too large to be placed here';
  end if;
  new.total := goods + new.delivery_amount;
  if new.expected <> new.total then
    raise exception 'Prices have changed since you opened this page';
  end if;
  new.status := 'placed';
  new.created_at := now();
  return new;
end;
$$;
create trigger price_order before insert on public.orders for each row execute function public.price_order();

insert into public.price_list (sku, title, amount, free_from, available) values
  ('mug-ocean', 'Stoneware mug, Ocean', 1800, null, true),
  ('mug-moss', 'Stoneware mug, Moss', 1800, null, true),
  ('mug-clay', 'Stoneware mug, Clay', 1800, null, true),
  ('bowl-small', 'Serving bowl, Small', 2900, null, true),
  ('bowl-large', 'Serving bowl, Large', 4200, null, true),
  ('bottle-teal', 'Water bottle, Teal', 2600, null, true),
  ('bottle-plum', 'Water bottle, Plum', 2600, null, true),
  ('vase', 'Bud vase', 3400, null, true),
  ('lamp', 'Reading lamp', 8900, null, true),
  ('blanket-berry', 'Wool blanket, Berry', 11900, null, true),
  ('blanket-sea', 'Wool blanket, Sea', 11900, null, true),
  ('blanket-sage', 'Wool blanket, Sage', 11900, null, false),
  ('cushion-lilac', 'Linen cushion, Lilac', 3900, null, true),
  ('cushion-ochre', 'Linen cushion, Ochre', 3900, null, true),
  ('candle', 'Soy candle', 2200, null, true),
  ('clock', 'Wall clock', 5900, null, true),
  ('notebook-rose', 'Dotted notebook, Rose', 1650, null, true),
  ('notebook-navy', 'Dotted notebook, Navy', 1650, null, true),
  ('pencils', 'Pencil set', 1250, null, true),
  ('tote-sky', 'Canvas tote, Sky', 2400, null, true),
  ('tote-olive', 'Canvas tote, Olive', 2400, null, true),
  ('delivery:standard', 'Standard delivery', 490, 7500, true),
  ('delivery:express', 'Express delivery', 1190, null, true),
  ('delivery:pickup', 'Pick up', 0, null, true);
