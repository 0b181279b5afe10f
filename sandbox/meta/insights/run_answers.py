"""Owns the Graph's answers about report runs: asking for one, polling it, reading its rows; no progress rules."""

import re
from dataclasses import replace

from sandbox.meta.calls import GraphCall
from sandbox.meta.errors import missing_object
from sandbox.meta.field_trees import parse_fields
from sandbox.meta.insights.report import open_report
from sandbox.meta.insights.report_runs import LIFE_S, ReportRun, RunStatus
from sandbox.meta.paging import Page, page_limit, start_of
from sandbox.meta.sign_in.access import require_scope, sees, token_of, visible
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.heaviness import check_call, check_run_page, run_fate

# Since this version a failed run says why.
_EXPLAINED_SINCE = 25


def create_run(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    token = token_of(sandbox, call)
    require_scope(token, "ads_read")
    thing = visible(sandbox, token, object_id=call.path.partition("/")[0])
    report = open_report(sandbox, call, thing=thing)
    check_call(report)
    # Old people's breakdowns are for runs only, and few of them a day.
    if not report.shows_reach and sandbox.runs.spend_reach(thing.account_id, report.query.today):
        report = replace(report, shows_reach=True)
    run_id = sandbox.runs.next_id()
    run = ReportRun(
        run_id=run_id,
        account_id=thing.account_id,
        params=call.loggable,
        report=report,
        period=report.whole_period,
        limit=page_limit(call),
        fields=len(report.query.fields),
        created_s=sandbox.stopwatch.now_s(),
        time_ref=sandbox.clock.now_s(),
        takes_s=sandbox.runs.life_s(sandbox.config.seed, sandbox.run_seconds),
        fate=run_fate(report),
    )
    sandbox.runs.add(run)
    return {"report_run_id": int(run_id) if sandbox.config.has_numeric_run_ids else run_id}


def read_run(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    run = _visible_run(sandbox, call)
    status = run.poll(sandbox.stopwatch.now_s())
    told = _told(sandbox, run, status=status)
    if status.is_failed and int(re.findall(r"\d+", call.version)[0]) >= _EXPLAINED_SINCE:
        told |= _explained(run)
    asked = parse_fields(call.params.get("fields", ""))
    return {name: value for name, value in told.items() if not asked or name in asked or name == "id"}


def run_page(sandbox: Sandbox, call: GraphCall) -> Page:
    run = _visible_run(sandbox, call)
    limit = page_limit(call) if call.params.get("limit") else run.limit
    check_run_page(sandbox.heaviness, limit * run.fields)
    return run.fetch(start_of(call), limit=limit, now_s=sandbox.stopwatch.now_s())


def _visible_run(sandbox: Sandbox, call: GraphCall) -> ReportRun:
    token = token_of(sandbox, call)
    require_scope(token, "ads_read")
    run_id = call.path.partition("/")[0]
    run = sandbox.runs.find(run_id)
    if run is None or not sees(token, run.account_id) or sandbox.clock.now_s() >= run.time_ref + LIFE_S:
        raise missing_object(run_id)
    return run


def _told(sandbox: Sandbox, run: ReportRun, *, status: RunStatus) -> dict[str, object]:
    since, until = run.period
    told: dict[str, object] = {
        "id": run.run_id,
        "account_id": run.account_id.removeprefix("act_"),
        "time_ref": run.time_ref,
        "async_status": status.word,
        "async_percent_completion": status.percent,
        "is_running": status.word in ("Job Started", "Job Running"),
        "date_start": since.isoformat(),
        "date_stop": until.isoformat(),
    }
    if status.is_completed:
        told["time_completed"] = sandbox.clock.now_s()
    return told


def _explained(run: ReportRun) -> dict[str, object]:
    if run.fate is None:
        return {}
    return {
        "error_code": run.fate.code,
        "error_message": run.fate.message,
        "error_subcode": run.fate.subcode or 0,
        "error_user_title": "The report could not be made",
        "error_user_msg": "Please ask for less data, or try again later.",
    }
