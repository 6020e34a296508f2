-- What is left behind on a connection for whoever comes next.

-- attempt: no time-out for the session
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select set_config('statement_timeout', '0', false) $$;

-- attempt: no time-out by SET
-- refused: statement_not_allowed
set statement_timeout = 0;

-- attempt: answers' headers for the next
-- refused: function_not_allowed
create function attack() returns text language sql
  as $$ select set_config('response.headers', '[{"set-cookie": "stolen"}]', false) || set_config('response.status', '418', false) $$;

-- attempt: claims for the next
-- refused: function_not_allowed
create function attack() returns text language sql
  as $$ select set_config('request.jwt.claims', '{"sub": "11111111-1111-4111-8111-111111111111"}', false) $$;

-- attempt: a way of writing for the next
-- refused: function_not_allowed
create function attack() returns text language sql as $$
  select set_config('standard_conforming_strings', 'off', false) || set_config('client_encoding', 'SJIS', false)
    || set_config('datestyle', 'German', false) || set_config('search_path', '{own}', false) $$;

-- attempt: row security off
-- refused: function_not_allowed
create function attack() returns text language plpgsql as $$ begin
  perform set_config('row_security', 'off', false);
  return (select string_agg(body, ',') from "{victim}".todos);
end $$;

-- attempt: triggers off
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select set_config('session_replication_role', 'replica', false) $$;

-- attempt: a transaction that only reads, for the next
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select set_config('default_transaction_read_only', 'on', false) $$;

-- attempt: a lock by number, kept
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select pg_advisory_lock(7)::text $$;

-- attempt: the platform's own lock
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select pg_advisory_lock(hashtext('overskill-shard'))::text $$;

-- attempt: listening
-- refused: statement_not_allowed
listen stolen;
unlisten *;

-- attempt: listening in a function
-- refused: body_not_allowed
create function attack() returns text language plpgsql as $$ begin listen stolen; return 'x'; end $$;

-- attempt: notifying
-- refused: statement_not_allowed
notify overskill, 'stolen';

-- attempt: notifying by function
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select pg_notify('overskill', repeat('x', 7000))::text $$;

-- attempt: a temporary table in the way
-- refused: temporary
create temporary table todos (id bigint, user_id uuid, body text);

-- attempt: a temporary table in a function
-- refused: body_not_allowed
create function attack() returns text language plpgsql as $$ begin
  create temp table users (id uuid, email text); return 'x';
end $$;

-- attempt: a function in pg_temp
-- refused: schema_not_allowed
create function pg_temp.uid() returns uuid language sql as $$ select null::uuid $$;

-- attempt: a prepared statement left behind
-- refused: statement_not_allowed
prepare left_behind as select 1;

-- attempt: prepared statements of the others
-- refused: catalog_not_allowed
insert into loot select statement from pg_prepared_statements where statement like '%secret%';

-- attempt: all prepared statements thrown away
-- refused: body_not_allowed
create function attack() returns text language plpgsql as $$ begin deallocate all; return 'x'; end $$;

-- attempt: everything thrown away
-- refused: statement_not_allowed
discard all;
discard plans;

-- attempt: a cursor left behind
-- refused: body_not_allowed
create function attack() returns text language plpgsql as $$
declare behind cursor for select 1;
begin
  open behind; return 'x';
end $$;

-- attempt: cursors of the others
-- refused: catalog_not_allowed
insert into loot select statement from pg_cursors where statement like '%secret%';

-- attempt: the transaction ended
-- refused: body_not_allowed
create function attack() returns text language plpgsql as $$ begin rollback; return 'x'; end $$;

-- attempt: the transaction ended by a statement
-- refused: statement_not_allowed
commit;
rollback;

-- attempt: a result that does not fit
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select lpad(repeat('x', 2000000000), pg_backend_pid()) $$;

-- attempt: a recursion without end
-- refused: function_not_allowed
create function attack() returns text language plpgsql as $$ begin return attack() || pg_backend_pid(); end $$;
