-- The other's tables, by every name they have.

-- attempt: a view on the other's table
-- refused: schema_not_allowed
create view stolen as select * from "{victim}".todos;

-- attempt: a view with a barrier and a function that tells what it sees
-- refused: schema_not_allowed
create function tell(a text) returns bool language plpgsql cost 0.0001 as $$ begin
  insert into loot values (a); return true;
end $$;
create view stolen with (security_barrier) as select * from "{victim}".todos where tell(body);

-- attempt: a function in SQL
-- refused: schema_not_allowed
create function attack() returns setof text language sql as $$ select body from "{victim}".todos $$;

-- attempt: a function in the standard's form
-- refused: schema_not_allowed
create function attack() returns text begin atomic select string_agg(body, ',') from "{victim}".todos; end;

-- attempt: a function in PL/pgSQL
-- refused: schema_not_allowed
create function attack() returns text language plpgsql as $$
declare one record; found text := '';
begin
  for one in select * from "{victim}".todos loop found := found || one.body; end loop;
  return found;
end $$;

-- attempt: the search path of a function
-- refused: schema_not_allowed
create function attack() returns text language sql set search_path = "{victim}"
  as $$ select string_agg(body, ',') from todos $$;

-- attempt: the search path of the session
-- refused: statement_not_allowed
set search_path = "{victim}";
insert into loot select body from todos;

-- attempt: the search path by set_config
-- refused: function_not_allowed
create function attack() returns text language plpgsql as $$ begin
  perform set_config('search_path', '{victim}', false);
  return (select string_agg(body, ',') from todos);
end $$;

-- attempt: the other's users
-- refused: schema_not_allowed
insert into loot select email || encrypted_password from "{victim}_auth".users;

-- attempt: passwords of one's own users
-- refused: users_not_allowed
create view stolen as select encrypted_password from auth.users;

-- attempt: sessions and tokens of all apps
-- refused: schema_not_allowed
insert into loot select realms::text from overskill_auth.realms;

-- attempt: a policy that looks into the other's table
-- refused: schema_not_allowed
create policy peek on loot using (exists (select from "{victim}".todos where body like 'a%'));

-- attempt: a default from the other's table
-- refused: schema_not_allowed
create function attack() returns text language sql as $$ select body from "{victim}".todos limit 1 $$;
create table bait (a text default attack());
insert into bait default values;

-- attempt: a check that copies
-- refused: schema_not_allowed
create function seen(a int) returns bool language sql as $$ select exists (select from "{victim}".todos) $$;
create table bait (a int check (seen(a)));
insert into bait values (1);

-- attempt: an index over a function that copies
-- refused: schema_not_allowed
create function seen(a text) returns text language sql immutable as $$ select body from "{victim}".todos limit 1 $$;
create index on loot (seen(body));

-- attempt: a trigger that copies
-- refused: schema_not_allowed
create function copy_rows() returns trigger language plpgsql as $$ begin
  insert into loot select body from "{victim}".todos; return new;
end $$;
create table bait (a int);
create trigger copy before insert on bait for each row execute function copy_rows();
insert into bait values (1);

-- attempt: a trigger on the other's table
-- refused: schema_not_allowed
create function copy_rows() returns trigger language plpgsql as $$ begin insert into loot values (new.body); return new; end $$;
create trigger copy after insert on "{victim}".todos for each row execute function copy_rows();

-- attempt: a rule on the other's table
-- refused: statement_not_allowed
create rule copy as on insert to "{victim}".todos do also insert into loot values (new.body);

-- attempt: a materialized view
-- refused: statement_not_allowed
create materialized view stolen as select * from "{victim}".todos;

-- attempt: a table made of the other's
-- refused: statement_not_allowed
create table stolen as select * from "{victim}".todos;

-- attempt: rows inserted from the other's
-- refused: schema_not_allowed
insert into loot select body from "{victim}".todos;

-- attempt: a foreign key into the other's table
-- refused: schema_not_allowed
create table bait (id bigint references "{victim}".todos (id) on delete cascade);

-- attempt: a foreign key to the other's users
-- refused: schema_not_allowed
create table bait (id uuid references "{victim}_auth".users (id));

-- attempt: a table like the other's
-- refused: schema_not_allowed
create table stolen (like "{victim}".todos including all);

-- attempt: a heir of the other's table
-- refused: schema_not_allowed
create table stolen () inherits ("{victim}".todos);

-- attempt: the other's table as a part of one's own
-- refused: schema_not_allowed
create table whole (id bigint, user_id uuid, body text, state text) partition by range (id);
alter table whole attach partition "{victim}".todos default;

-- attempt: the other's type
-- refused: schema_not_allowed
create table stolen (a "{victim}".state, b "{victim}".todos);

-- attempt: a domain over the other's type
-- refused: schema_not_allowed
create domain stolen as "{victim}".state;

-- attempt: the other's sequence
-- refused: schema_not_allowed
create table bait (a bigint default nextval('{victim}.todos_id_seq'));
insert into bait default values;

-- attempt: the other's sequence, set back
-- refused: schema_not_allowed
select setval('"{victim}".todos_id_seq', 1);

-- attempt: the other's sequence by its number
-- refused: function_not_allowed
create function attack() returns text language sql
  as $$ select nextval(oid::regclass)::text from pg_class where relname = 'todos_id_seq' and relnamespace <> '{own}'::regnamespace $$;

-- attempt: the other's rows changed
-- refused: schema_not_allowed
update "{victim}".todos set body = 'changed';

-- attempt: the other's rows deleted
-- refused: schema_not_allowed
delete from "{victim}".todos;

-- attempt: the other's rows merged away
-- refused: statement_not_allowed
merge into "{victim}".todos using loot on true when matched then delete when not matched then insert default values;

-- attempt: the other's table emptied
-- refused: schema_not_allowed
truncate "{victim}".todos cascade;

-- attempt: the other's table dropped
-- refused: schema_not_allowed
drop table "{victim}".todos cascade;

-- attempt: the other's schema dropped
-- refused: statement_not_allowed
drop schema "{victim}" cascade;

-- attempt: the other's table altered
-- refused: schema_not_allowed
alter table "{victim}".todos disable row level security, add column stolen text;

-- attempt: the other's table taken over
-- refused: schema_not_allowed
alter table "{victim}".todos owner to "{own}_owner";

-- attempt: the other's table moved
-- refused: statement_not_allowed
alter table "{victim}".todos set schema "{own}";

-- attempt: an object in the other's schema
-- refused: schema_not_allowed
create function "{victim}".now_mine() returns int language sql as 'select 1';
create view "{victim}".v as select 1;

-- attempt: rights on the other's table
-- refused: schema_not_allowed
grant all on "{victim}".todos to "{own}_anon", authenticated;

-- attempt: rights on all of the other's tables
-- refused: schema_not_allowed
grant select on all tables in schema "{victim}" to anon;

-- attempt: rights on what the other will make
-- refused: statement_not_allowed
alter default privileges for role "{victim}_owner" grant select on tables to public;

-- attempt: a comment on the other's table
-- refused: schema_not_allowed
comment on table "{victim}".todos is '@shared';

-- attempt: a policy on the other's table
-- refused: schema_not_allowed
create policy open on "{victim}".todos to public using (true);

-- attempt: names written by code points
-- refused: unicode_escape
insert into loot select body from U&"\0061{victim_rest}".todos;

-- attempt: statistics of the other's table
-- refused: statement_not_allowed
create statistics stolen on id, body from "{victim}".todos;

-- attempt: a lock on the other's table
-- refused: statement_not_allowed
lock table "{victim}".todos in access exclusive mode;

-- attempt: COPY from and to the other's table
-- refused: statement_not_allowed
copy "{victim}".todos to '/tmp/overskill-stolen';
copy "{victim}".todos to program 'cat';

-- attempt: the catalogue, in the default of a record
-- refused: catalog_not_allowed
create function attack() returns text language plpgsql as $$
declare r record := row((select string_agg(prosrc, ' ') from pg_catalog.pg_proc));
begin return r::text; end $$;

-- attempt: the catalogue, in the default of a row of an inner block
-- refused: catalog_not_allowed
create table held (body text);
create function attack() returns text language plpgsql as $$ begin
  declare r constant held%rowtype := row((select string_agg(polname, ' ') from pg_catalog.pg_policy));
  begin return r::text; end;
end $$;

-- attempt: names of the catalogue by a polymorphic function
-- refused: type_not_allowed
create function told(kind anyelement, n oid) returns text language plpgsql as $$ begin
  kind := n; return kind::text;
end $$;
create function attack() returns text language sql as $$
  select string_agg(told('loot'::regclass, n::oid), ' ') from generate_series(1, 99999) n $$;

-- attempt: names of the roles by a renamed column
-- refused: function_not_allowed
create table held (body text);
alter table held rename body to regrole;
create function attack() returns text language sql as $$
  select string_agg(regrole(n::oid)::text, ' ') from generate_series(1, 99999) n $$;

-- attempt: an own function that opens PostgreSQL's
-- refused: name_reserved
create function format_type(a text) returns text language sql as 'select a';
create function attack() returns text language sql as $$
  select string_agg(format_type(n::oid, 0), ' ') from generate_series(1, 99999) n $$;

-- attempt: names of the catalogue by what looks like a column
-- refused: function_not_allowed
create function attack() returns text language sql as $$
  select string_agg((n::oid).regclass::text, ' ') from generate_series(1, 99999) n $$;
