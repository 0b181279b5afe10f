"""Stands in for Citus in one database of plain Postgres: its catalogue, what distributes a table, and its refusals.

Rows stay where they are. What is refused is what a cluster of three nodes refused, with its words where they are known.
Every call and every change of a table is noted with its transaction, and at any of them the client's backend can be
ended.
"""

from dataclasses import dataclass

import psycopg

SCHEMA = "citus_stand_in"

_CATALOGUE = """
    create schema citus_stand_in;
    grant usage on schema citus_stand_in to public;
    create table citus_stand_in.pg_dist_node (
      nodeid int primary key, groupid int, nodename text, nodeport int, noderole text default 'primary',
      isactive bool default true, shouldhaveshards bool default true
    );
    insert into citus_stand_in.pg_dist_node values
      (1, 0, 'coordinator', 5432), (2, 1, 'worker-1', 5432), (3, 2, 'worker-2', 5432);
    update citus_stand_in.pg_dist_node set shouldhaveshards = false where groupid = 0;
    create table citus_stand_in.pg_dist_partition (
      logicalrelid regclass primary key, partmethod "char", partkey text, colocationid int
    );
    -- What a node says when it is asked for a setting; null: it does not let the role in.
    create table citus_stand_in.answer (nodename text primary key, said text);
    insert into citus_stand_in.answer values
      ('coordinator', '200'), ('worker-1', '200'), ('worker-2', '200');
    create table citus_stand_in.old_copy (of regclass primary key, rows bigint);
    create table citus_stand_in.call (number bigint, transaction xid8, what text);
    create sequence citus_stand_in.call_number;
    create table citus_stand_in.fuse (call_number bigint, is_error bool);
    create table citus_stand_in.loses_a_row (of regclass);
    create table citus_stand_in.changes_a_number (of regclass, name text);
    grant select on all tables in schema citus_stand_in to public;
"""

# A sequence counts what is rolled back too.
_NOTE = """
    create function citus_stand_in.note(what text) returns void language plpgsql security definer as $$
    declare n bigint := nextval('citus_stand_in.call_number');
    begin
      if exists (select from citus_stand_in.fuse where call_number = n and is_error) then
        raise 'failure on connection marked as essential: worker-2:5432';
      elsif exists (select from citus_stand_in.fuse where call_number = n) then
        perform pg_terminate_backend(pg_backend_pid());
        perform pg_sleep(10);
      end if;
      insert into citus_stand_in.call values (n, pg_current_xact_id(), what);
    end $$
"""

_REFUSALS = """
    create function citus_stand_in.refuse_what_is_refused() returns void language plpgsql security definer as $$
    declare bad record;
    begin
      select c.conname, c.confrelid::regclass as target into bad from pg_constraint c
      join citus_stand_in.pg_dist_partition p on p.logicalrelid = c.conrelid
      where c.contype = 'f' and not exists (
        select from citus_stand_in.pg_dist_partition q
        where q.logicalrelid = c.confrelid and q.colocationid = p.colocationid);
      if found then
        raise 'referenced table "%" must be a distributed table or a reference table', bad.target;
      end if;
      select c.conname into bad from pg_constraint c
      join citus_stand_in.pg_dist_partition p on p.logicalrelid = c.confrelid
      where c.contype = 'f' and not exists (
        select from citus_stand_in.pg_dist_partition q where q.logicalrelid = c.conrelid);
      if found then
        raise 'failed to postpone qual containing lateral reference';
      end if;
      select conname into bad from pg_constraint join citus_stand_in.pg_dist_partition on logicalrelid = conrelid
      where contype = 'f' and confdeltype in ('n', 'd');
      if found then
        raise 'SET NULL or SET DEFAULT is not supported in ON DELETE operation when distribution key is included';
      end if;
      select i.indrelid::regclass as of into bad from pg_index i
      join citus_stand_in.pg_dist_partition p on p.logicalrelid = i.indrelid
      join pg_attribute a on a.attrelid = i.indrelid and a.attname = p.partkey
      where i.indisunique and not a.attnum = any (i.indkey);
      if found then
        raise 'cannot create constraint on "%"', bad.of using detail = 'Distributed relations cannot have UNIQUE,'
          ' EXCLUDE, or PRIMARY KEY constraints that do not include the partition column';
      end if;
      select polname into bad from pg_policy join citus_stand_in.pg_dist_partition on logicalrelid = polrelid
      where coalesce(polqual::text, '') || coalesce(polwithcheck::text, '') like '%{SUBLINK%';
      if found then
        raise 'cannot create policy' using detail = 'Subqueries are not supported in policies on distributed tables';
      end if;
      select tgname into bad from pg_trigger join citus_stand_in.pg_dist_partition on logicalrelid = tgrelid
      where not tgisinternal;
      if found then
        raise 'triggers are not supported on distributed tables';
      end if;
    end $$
"""

_DISTRIBUTE = """
    create function citus_stand_in.create_distributed_table(
      table_name regclass, distribution_column text, distribution_type text default 'hash',
      colocate_with text default 'default', shard_count int default null
    ) returns void language plpgsql security definer as $$
    declare
      held bigint;
      changed text := (select name from citus_stand_in.changes_a_number where of = table_name);
      near int := (select colocationid from citus_stand_in.pg_dist_partition
                   where logicalrelid = to_regclass(colocate_with));
    begin
      perform citus_stand_in.note(
        format('create_distributed_table %s %s %s', table_name, distribution_column, colocate_with));
      if exists (select from citus_stand_in.pg_dist_partition where logicalrelid = table_name and partmethod = 'h') then
        raise 'table "%" is already distributed', table_name;
      elsif near is null and colocate_with not in ('default', 'none') then
        raise 'relation "%" is not distributed', colocate_with;
      elsif exists (select from pg_constraint where contype = 'f' and confrelid = table_name) then
        raise 'cannot distribute "%": it is referred to by a foreign key', table_name;
      end if;
      execute format('select count(*) from %s', table_name) into held;
      if held > 0 and exists (select from pg_class where oid = table_name and relrowsecurity and relforcerowsecurity)
        and not exists (select from pg_roles where rolname = session_user and (rolsuper or rolbypassrls)) then
        raise 'COPY FROM not supported with row-level security';
      end if;
      delete from citus_stand_in.pg_dist_partition where logicalrelid = table_name;
      insert into citus_stand_in.pg_dist_partition values (table_name, 'h', distribution_column,
        coalesce(near, (select coalesce(max(colocationid), 0) + 1 from citus_stand_in.pg_dist_partition)));
      perform citus_stand_in.refuse_what_is_refused();
      insert into citus_stand_in.old_copy select table_name, held where held > 0;
      if exists (select from citus_stand_in.loses_a_row where of = table_name) then
        execute format('delete from %s where ctid = (select min(ctid) from %1$s)', table_name);
      end if;
      if changed is not null then
        execute format('update %s set %I = 1 + %2$I where ctid = (select min(ctid) from %1$s)', table_name, changed);
      end if;
    end $$
"""

_OTHERS = """
    create function citus_stand_in.truncate_local_data_after_distributing_table(relation regclass) returns void
    language plpgsql security definer as $$
    begin
      perform citus_stand_in.note(format('truncate_local_data_after_distributing_table %s', relation));
      if not exists (select from citus_stand_in.pg_dist_partition where logicalrelid = relation) then
        raise 'supplied parameter is not a distributed relation';
      end if;
      delete from citus_stand_in.old_copy where of = relation;
    end $$;
    create function citus_stand_in.run_command_on_workers(
      command text, parallel bool default true, out nodename text, out nodeport int, out success bool, out result text
    ) returns setof record language sql security definer as $$
      select n.nodename, n.nodeport, a.said is not null, coalesce(a.said, 'fe_sendauth: no password supplied')
      from citus_stand_in.pg_dist_node n join citus_stand_in.answer a using (nodename)
      where n.isactive and n.groupid > 0 order by n.nodeid
    $$;
    create function citus_stand_in.current_setting(name text) returns text language sql security definer as $$
      select case name when 'max_prepared_transactions'
        then (select said from citus_stand_in.answer where nodename = 'coordinator')
        else pg_catalog.current_setting(name) end
    $$;
    -- This one and the last are found before Postgres' own by who puts the schema first in their path: the file of a
    -- distributed table on the coordinator holds the old copy alone.
    create function citus_stand_in.pg_relation_size(relation regclass) returns bigint
    language sql security definer as $$
      select case when exists (select from citus_stand_in.pg_dist_partition where logicalrelid = relation)
        then coalesce((select 8192 from citus_stand_in.old_copy where of = relation), 0)
        else pg_catalog.pg_relation_size(relation) end
    $$;
    create function citus_stand_in.on_change() returns event_trigger language plpgsql security definer as $$
    begin
      perform citus_stand_in.note(current_query());
      perform citus_stand_in.refuse_what_is_refused();
    end $$;
    create function citus_stand_in.on_drop() returns event_trigger language plpgsql security definer as $$
    begin
      delete from citus_stand_in.pg_dist_partition where logicalrelid::oid in (
        select objid from pg_event_trigger_dropped_objects() where object_type = 'table');
    end $$;
    create event trigger stand_in_changes on ddl_command_end
      when tag in ('ALTER TABLE', 'CREATE INDEX', 'CREATE POLICY', 'ALTER POLICY', 'CREATE TABLE', 'CREATE TRIGGER')
      execute function citus_stand_in.on_change();
    create event trigger stand_in_drops on sql_drop execute function citus_stand_in.on_drop();
"""

_EXTENSION = """
    insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    select pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), 'citus', 10, 11, false, '14.0-1'
"""


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked of the stand-in and committed: a call of a function, or a statement that changed a table."""

    transaction: int
    what: str


def install(admin_url: str) -> None:
    """Makes the stand-in in the database of a superuser's URL."""
    with psycopg.connect(admin_url) as connection:
        connection.execute("set allow_system_table_mods = on")
        for part in (_CATALOGUE, _NOTE, _REFUSALS, _DISTRIBUTE, _OTHERS, _EXTENSION):
            connection.execute(part.encode())


def calls(admin_url: str) -> list[Call]:
    """Everything that was committed since the stand-in was made, in its order."""
    with psycopg.connect(admin_url) as connection:
        rows = connection.execute("select transaction::text, what from citus_stand_in.call order by number")
        return [Call(int(transaction), " ".join(what.split())) for transaction, what in rows]


def end_at(admin_url: str, call: int, *, with_error: bool = False) -> None:
    """Ends the client's backend at the `call`-th call from now, as if the client had died; or refuses that call."""
    with psycopg.connect(admin_url) as connection:
        connection.execute("delete from citus_stand_in.fuse")
        connection.execute(
            "insert into citus_stand_in.fuse select last_value + case when is_called then 0 else -1 end + %s, %s"
            " from citus_stand_in.call_number",
            (call, with_error),
        )
