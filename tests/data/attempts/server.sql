-- What belongs to the server: catalogues, files, other sessions, extensions.

-- attempt: what others are asking
-- refused: catalog_not_allowed
create view stolen as select query from pg_stat_activity where query like '%secret%';

-- attempt: statistics of values
-- refused: catalog_not_allowed
insert into loot select most_common_vals::text || histogram_bounds::text from pg_stats where schemaname <> '{own}';

-- attempt: the statistics themselves
-- refused: catalog_not_allowed
insert into loot select stavalues1::text from pg_statistic;

-- attempt: passwords of roles
-- refused: catalog_not_allowed
insert into loot select rolpassword from pg_authid union all select passwd from pg_shadow;

-- attempt: large objects
-- refused: catalog_not_allowed
insert into loot select convert_from(lo_get(oid), 'utf8') from pg_largeobject_metadata;
insert into loot select convert_from(data, 'utf8') from pg_largeobject;

-- attempt: large objects from files
-- refused: function_not_allowed
insert into loot select lo_import('/etc/passwd')::text;
insert into loot select lo_export(1, '/tmp/overskill-stolen')::text;

-- attempt: files
-- refused: function_not_allowed
insert into loot select pg_read_file('postgresql.conf');
insert into loot select pg_ls_dir('.');
insert into loot select encode(pg_read_binary_file('base/1/1259'), 'hex');

-- attempt: the catalogue itself
-- refused: catalog_not_allowed
update pg_catalog.pg_class set relowner = '{own}_owner'::regrole where relname = 'todos';
update pg_proc set prosecdef = false where proname = '{own}_owner';
insert into pg_auth_members (roleid, member) select oid, '{own}_owner'::regrole from pg_roles;

-- attempt: a query given as text
-- refused: function_not_allowed
create function attack() returns text language sql
  as $$ select query_to_xml('select body from "{victim}".todos', true, true, '')::text $$;

-- attempt: a table given as a number
-- refused: function_not_allowed
create function attack() returns text language sql
  as $$ select string_agg(table_to_xml(oid, true, true, '')::text, '') from pg_class where relname = 'todos' $$;

-- attempt: words of a query given as text
-- refused: function_not_allowed
create function attack() returns text language sql
  as $$ select string_agg(word, ' ') from ts_stat('select to_tsvector(body) from "{victim}".todos') $$;

-- attempt: other sessions ended
-- refused: function_not_allowed
insert into loot select pg_terminate_backend(pid)::text from pg_stat_activity where pid <> pg_backend_pid();
insert into loot select pg_cancel_backend(pid)::text from pg_stat_activity where pid <> pg_backend_pid();

-- attempt: the log of changes
-- refused: function_not_allowed
insert into loot select pg_create_logical_replication_slot('stolen', 'test_decoding')::text;
insert into loot select data from pg_logical_slot_get_changes('stolen', null, null);

-- attempt: the server's configuration
-- refused: statement_not_allowed
alter system set log_statement = 'all';
insert into loot select pg_reload_conf()::text;

-- attempt: dblink
-- refused: extension_not_allowed
create extension dblink;
insert into loot select * from dblink('dbname=apps', 'select body from "{victim}".todos') as t (body text);

-- attempt: foreign tables
-- refused: extension_not_allowed
create extension postgres_fdw;
create extension file_fdw;
create server other foreign data wrapper postgres_fdw options (dbname 'apps');

-- attempt: an untrusted language
-- refused: extension_not_allowed
create extension plpython3u;
create function attack() returns text language c as 'libc', 'system';

-- attempt: a library
-- refused: statement_not_allowed
load 'auto_explain';

-- attempt: an event trigger
-- refused: statement_not_allowed
create function watch() returns event_trigger language plpgsql as $$ begin insert into loot values (tg_tag); end $$;
create event trigger watching on ddl_command_end execute function watch();

-- attempt: a cast that others would use
-- refused: statement_not_allowed
create function to_number(a text) returns int language sql as 'select 1';
create cast (text as int) with function to_number(text) as implicit;

-- attempt: an operator that others would use
-- refused: statement_not_allowed
create function equal(a uuid, b uuid) returns bool language sql as 'select true';
create operator = (function = equal, leftarg = uuid, rightarg = uuid);
create operator "{victim}".= (function = equal, leftarg = uuid, rightarg = uuid);

-- attempt: an aggregate over the other's type
-- refused: statement_not_allowed
create aggregate stolen ("{victim}".state) (sfunc = array_append, stype = text[]);

-- attempt: a function of the shared schemas
-- refused: schema_not_allowed
create or replace function auth.uid() returns uuid language sql as $$ select '11111111-1111-4111-8111-111111111111'::uuid $$;
create function extensions.now() returns int language sql as 'select 1';

-- attempt: shared schemas taken over
-- refused: statement_not_allowed
alter schema auth rename to stolen;
create schema stolen;
create schema authorization "{victim}_owner";
alter schema "{own}" rename to stolen;

-- attempt: another database
-- refused: statement_not_allowed
create database stolen template apps;
alter database apps set role = '{own}_owner';

-- attempt: a publication and a subscription
-- refused: statement_not_allowed
create publication stolen for all tables;
create subscription stolen connection 'dbname=apps' publication stolen;

-- attempt: a tablespace
-- refused: statement_not_allowed
create tablespace stolen location '/tmp';

-- attempt: a dictionary read from a file
-- refused: statement_not_allowed
create text search dictionary stolen (template = synonym, synonyms = '../../../../etc/passwd');

-- attempt: a snapshot handed on
-- refused: function_not_allowed
insert into loot select pg_export_snapshot();

-- attempt: a constraint of the other's by oid
-- refused: catalog_not_allowed
insert into loot select pg_get_constraintdef(oid) from pg_constraint where pg_get_constraintdef(oid) like '%secret%';

-- attempt: pages and tuples
-- refused: function_not_allowed
insert into loot select pg_get_sequence_data(oid)::text from pg_class where relname = 'todos_id_seq';
insert into loot select brin_summarize_new_values(oid)::text from pg_class where relname = 'todos';
