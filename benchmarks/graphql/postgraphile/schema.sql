-- What PostGraphile shows: views and functions that run with the rights of their caller, so that the policies apply.
create schema bench;

create view bench.ad_account with (security_invoker = true) as
  select id, external_id, name, currency, time_zone, status::text as status, platform::text as platform, data_from,
    data_through, last_refreshed_at, name_key
  from public.ad_account;
comment on view bench.ad_account is E'@primaryKey id';

create view bench.campaign with (security_invoker = true) as
  select id, name, ad_account_id, name_key from public.campaign;
comment on view bench.campaign is
  E'@primaryKey id\n@foreignKey (ad_account_id) references bench.ad_account (id)|@fieldName adAccount|@foreignFieldName campaigns';

create type bench.metrics as (
  spend numeric, impressions bigint, link_clicks bigint, ctr_all float8, cpm numeric, cpc_link numeric,
  purchases numeric, purchase_value numeric, roas float8
);

-- Rows of functions; the views themselves are empty.
create view bench.insight_row as
  select null::uuid as campaign_id, null::uuid as ad_account_id, null::date as day, null::bench.metrics as metrics
  where false;
comment on view bench.insight_row is
  E'@foreignKey (campaign_id) references bench.campaign (id)|@fieldName entity\n@foreignKey (ad_account_id) references bench.ad_account (id)|@fieldName account\n@behavior -query:resource:list -query:resource:connection';

create function bench.campaign_metrics(c bench.campaign, since date, until date) returns bench.metrics
language sql stable as $$
  select row(%(few)s)::bench.metrics from public.insight_campaign_day
  where tenant_id = current_setting('app.tenant_id')::uuid and campaign_id = c.id and day between since and until
$$;

create function bench.by_campaign(since date, until date) returns setof bench.insight_row language sql stable as $$
  select campaign_id, null::uuid, null::date, row(%(nine)s)::bench.metrics from public.insight_campaign_day
  where tenant_id = current_setting('app.tenant_id')::uuid and day between since and until
  group by campaign_id order by campaign_id limit 1000
$$;

create function bench.top(since date, until date) returns setof bench.insight_row language sql stable as $$
  select campaign_id, null::uuid, null::date, row(%(nine)s)::bench.metrics from public.insight_campaign_day
  where tenant_id = current_setting('app.tenant_id')::uuid and day between since and until
  group by campaign_id order by sum(spend) desc nulls last, campaign_id limit 10
$$;

create function bench.by_day(since date, until date) returns setof bench.insight_row language sql stable as $$
  select null::uuid, null::uuid, day, row(%(nine)s)::bench.metrics from public.insight_account_day
  where tenant_id = current_setting('app.tenant_id')::uuid and day between since and until
  group by day order by day limit 30
$$;

create function bench.by_account(since date, until date) returns setof bench.insight_row language sql stable as $$
  select null::uuid, ad_account_id, null::date, row(%(nine)s)::bench.metrics from public.insight_account_day
  where tenant_id = current_setting('app.tenant_id')::uuid and day between since and until
  group by ad_account_id order by ad_account_id limit 20
$$;

create function bench.totals(since date, until date) returns bench.metrics language sql stable as $$
  select %(nine)s from public.insight_account_day
  where tenant_id = current_setting('app.tenant_id')::uuid and day between since and until
$$;

grant usage on schema bench to %(role)s;
grant select on all tables in schema bench to %(role)s;
grant execute on all functions in schema bench to %(role)s;
