-- Ways out of one's role. {victim} is the other app's realm, {own} the attacker's.

-- attempt: SET ROLE
-- refused: statement_not_allowed
set role "{victim}_owner";

-- attempt: SET LOCAL ROLE
-- refused: statement_not_allowed
set local role "{victim}_authenticated";

-- attempt: RESET ROLE
-- refused: statement_not_allowed
reset role;

-- attempt: SET SESSION AUTHORIZATION
-- refused: statement_not_allowed
set session authorization "{victim}_owner";

-- attempt: RESET SESSION AUTHORIZATION, then the other's gate
-- refused: body_not_allowed
create function attack() returns text language plpgsql as $$ begin
  reset session authorization;
  return (select body from overskill_gate."{victim}_owner"('select 1::bigint, 1::bigint, body from todos', '{}', ''));
end $$;

-- attempt: the role by set_config in a function
-- refused: function_not_allowed
create function attack() returns text language plpgsql as $$ begin
  perform set_config('role', '{victim}_owner', true);
  return (select string_agg(body, ',') from "{victim}".todos);
end $$;

-- attempt: the role by set_config for the session
-- refused: function_not_allowed
create function attack() returns text language sql as $$ select set_config('role', '{victim}_owner', false) $$;

-- attempt: the role by pg_settings
-- refused: catalog_not_allowed
update pg_settings set setting = '{victim}_owner' where name = 'role';

-- attempt: the role by a function's SET clause
-- refused: function_setting
create function attack() returns text language sql set role = '{victim}_owner'
  as $$ select string_agg(body, ',') from "{victim}".todos $$;

-- attempt: the role by ALTER FUNCTION
-- refused: statement_not_allowed
create function attack() returns text language sql as $$ select current_user::text $$;
alter function attack() set role = '{victim}_owner';

-- attempt: the role by dynamic SQL
-- refused: dynamic_sql
create function attack() returns text language plpgsql as $$ begin
  execute 'set role "{victim}_owner"';
  return (select string_agg(body, ',') from "{victim}".todos);
end $$;

-- attempt: settings of the own role
-- refused: statement_not_allowed
alter role "{own}_owner" set role = '{victim}_owner';

-- attempt: a role that may do everything
-- refused: statement_not_allowed
create role intruder superuser login;
alter role "{own}_owner" superuser;

-- attempt: membership in the other's role
-- refused: statement_not_allowed
grant "{victim}_owner" to "{own}_owner";

-- attempt: a function with its owner's rights
-- refused: security_definer
create function attack() returns text language sql security definer
  as $$ select string_agg(body, ',') from "{victim}".todos $$;

-- attempt: a DO block
-- refused: statement_not_allowed
do $$ begin set role "{victim}_owner"; delete from "{victim}".todos; end $$;

-- attempt: a procedure that commits first
-- refused: statement_not_allowed
create procedure leave() language plpgsql as $$ begin commit; set role "{victim}_owner"; end $$;
call leave();

-- attempt: a deferred trigger
-- refused: deferrable
create table bait (a int);
create function spring() returns trigger language plpgsql as $$ begin
  insert into "{own}".loot select body from overskill_gate."{victim}_owner"('select 1::bigint, 1::bigint, body from todos', '{}', '');
  return null;
end $$;
grant usage on schema "{own}" to public;
grant execute on all functions in schema "{own}" to public;
grant insert on loot to public;
create constraint trigger later after insert on bait deferrable initially deferred
  for each row execute function spring();
insert into bait values (1);

-- attempt: a deferred trigger that puts itself off again and holds a cursor
-- refused: deferrable
create table bait (a int);
create function read_other() returns text language plpgsql as $$ begin
  insert into "{own}".loot select body from overskill_gate."{victim}_owner"('select 1::bigint, 1::bigint, body from todos', '{}', '');
  return 'x';
end $$;
create function spring() returns trigger language plpgsql as $$ begin
  execute 'set constraints all deferred';
  if new.a < 3 then insert into "{own}".bait values (new.a + 1);
  else execute 'declare held cursor with hold for select "{own}".read_other()'; end if;
  return null;
end $$;
grant usage on schema "{own}" to public;
grant execute on all functions in schema "{own}" to public;
grant insert on loot to public;
create constraint trigger later after insert on bait deferrable initially deferred
  for each row execute function spring();
insert into bait values (1);
create function attack() returns text language sql as $$ insert into bait values (1) returning 'x' $$;

-- attempt: a deferred exclusion constraint with a function of one's own
-- refused: deferrable
create function spring(a int) returns int language plpgsql immutable as $$ begin
  execute 'declare held cursor with hold for select body from overskill_gate."{victim}_owner"(''select 1::bigint, 1::bigint, body from todos'', ''{}'', '''')';
  return a;
end $$;
grant usage on schema "{own}" to public;
grant execute on all functions in schema "{own}" to public;
grant insert on loot to public;
create table bait (a int, exclude using btree (spring(a) with =) deferrable initially deferred);
insert into bait values (1);

-- attempt: a cursor that is read at the commit
-- refused: dynamic_sql
create function read_other() returns text language plpgsql as $$ begin
  insert into "{own}".loot select body from overskill_gate."{victim}_owner"('select 1::bigint, 1::bigint, body from todos', '{}', '');
  return 'x';
end $$;
create function attack() returns text language plpgsql as $$ begin
  execute 'declare held cursor with hold for select "{own}".read_other()';
  return 'held';
end $$;
grant usage on schema "{own}" to public;
grant execute on all functions in schema "{own}" to public;
grant insert on loot to public;
do $$ begin perform attack(); end $$;

-- attempt: another statement under the name of a prepared one
-- refused: dynamic_sql
create function read_other() returns text language plpgsql as $$ begin
  return (select body from overskill_gate."{victim}_owner"('select 1::bigint, 1::bigint, body from todos', '{}', ''));
end $$;
grant usage on schema "{own}" to public;
grant execute on all functions in schema "{own}" to public;
create function attack() returns text language plpgsql as $$
declare one record;
begin
  for one in select name from pg_prepared_statements loop
    execute format('deallocate %I', one.name);
    execute format('prepare %I (text, text[], text) as select 1::bigint as total, 1::bigint as returned, '
      '"{own}".read_other() as body, null::text as headers, null::text as status', one.name);
  end loop;
  return 'replaced';
end $$;
do $$ begin perform attack(); end $$;

-- attempt: the other's gate
-- refused: schema_not_allowed
create view stolen as select body from overskill_gate."{victim}_owner"('select 1::bigint, 1::bigint, body from todos', '{}', '');

-- attempt: the own gate, turned around
-- refused: statement_not_allowed
alter function overskill_gate."{own}_anon"(text, text[], text) security invoker;
alter function overskill_gate."{own}_owner"(text, text[], text) reset all;

-- attempt: a gate replaced
-- refused: schema_not_allowed
create or replace function overskill_gate."{victim}_anon"(query text, params text[], claims text)
  returns text language sql as $$ select 'x' $$;

-- attempt: what the other owns, dropped
-- refused: statement_not_allowed
drop owned by "{victim}_owner" cascade;

-- attempt: what the other owns, taken over
-- refused: statement_not_allowed
reassign owned by "{victim}_owner" to "{own}_owner";

-- attempt: membership for whoever makes the next role
-- refused: statement_not_allowed
set createrole_self_grant = 'set, inherit';
create function attack() returns text language sql as $$ select set_config('createrole_self_grant', 'set, inherit', false) $$;

-- attempt: claims of somebody else
-- refused: function_not_allowed
create function attack() returns text language plpgsql as $$ begin
  perform set_config('request.jwt.claims', '{"sub": "11111111-1111-4111-8111-111111111111"}', true);
  return (select string_agg(body, ',') from "{victim}".todos);
end $$;
