"""Commands that ask the record: status, roster, history."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.opening import content_of, filled, treaty_named
from api.cli.options import (
    AnyParty,
    AnyTreaty,
    AsJson,
    AsOf,
    AsRecorded,
    AsSeen,
    FirstDay,
    FirstRecord,
    LastDay,
    LastRecord,
    Party,
    Treaty,
    command,
)
from api.cli.printing import print_json, print_table, remark, standard_output
from api.cli.words import day_of, kind_of, number_of, source_of


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    command(
        application,
        "status open-skies Russia --as-of 2021-06-16 --explain",
        "status open-skies RUS --as-of 2022-01-01 --as-seen 2021-06-08",
        "status apostille XKX --towards DEU",
    )(status)
    command(application, "roster open-skies --as-of 2021-05-27", "roster rome-statute --json")(
        roster
    )
    command(application, "history open-skies USA", "history npt --json")(history)
    command(
        application, "changes --from today", "changes open-skies --from 2020-01-01 --to 2021-12-31"
    )(changes)
    command(
        application,
        "diff open-skies --from 2020-01-01 --to 2022-01-01",
        "diff open-skies --recorded-from 1000 --recorded-to 1451",
    )(diff)
    command(application, "whatif notice.json --as-of 2027-12-31")(whatif)


def status(  # noqa: PLR0917 (options of the command)
    treaty: Treaty,
    party: Party,
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
    towards: Annotated[
        str | None,
        typer.Option(metavar="PARTY", help="Whether the treaty operates between the two."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Give the reasons.")] = False,
    as_json: AsJson = False,
) -> None:
    """What one party's position under one treaty was on a day, and why."""
    from api import answering

    with filled(as_json=as_json) as service:
        bounds = service.bounds(as_of, as_seen, as_recorded)
        slug = treaty_named(service, treaty, bounds.record)
        said = answering.answer(service, slug, party, bounds, towards=towards, explain=explain)
        if as_json:
            print_json(said)
            return
        from api.cli.opinion import Papers, show_answer

        entries = {each.content.id: each for each in service.entries(slug, bounds.record)}
        title = service.dossiers.definition(slug, bounds.record).title
        papers = Papers(title=title, entries=entries, today=service.clock.today())
        show_answer(standard_output(), said, papers)


def roster(
    treaty: Treaty,
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
    as_json: AsJson = False,
) -> None:
    """The status list of a treaty on a day."""
    from api import answering

    with filled(as_json=as_json) as service:
        bounds = service.bounds(as_of, as_seen, as_recorded)
        slug = treaty_named(service, treaty, bounds.record)
        said = answering.roster_document(service, slug, bounds)
        if as_json:
            print_json(said)
            return
        title = service.dossiers.definition(slug, bounds.record).title
        _show_roster(title, said)


def history(
    treaty: AnyTreaty = None,
    party: AnyParty = None,
    as_recorded: AsRecorded = None,
    as_json: AsJson = False,
) -> None:
    """The acts in the order in which they were recorded, with source and recorder."""
    from api import answering
    from api.dependencies import Wanted

    with filled(as_json=as_json) as service:
        bounds = service.bounds(None, None, as_recorded)
        slug = treaty_named(service, treaty, bounds.record) if treaty is not None else None
        code = service.party(party, bounds) if party is not None else None
        wanted = Wanted(treaty=slug, party=code, done_by=bounds.as_of)
        said = answering.history(service, wanted, bounds.record)
        if as_json:
            print_json(said)
        else:
            _show_history(said["acts"])
        if not said["acts"]:
            remark("There is no such act on record.")
            raise typer.Exit(1)


def changes(  # noqa: PLR0917 (options of the command)
    treaty: AnyTreaty = None,
    party: AnyParty = None,
    first: FirstDay = None,
    last: LastDay = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUS", help="Only changes that lead to this status."),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="OUTCOME",
            help="Only changes that became this: lies_ahead, come_about, moved, cancelled, or any.",
        ),
    ] = None,
    from_position: Annotated[
        int | None,
        typer.Option(
            "--from-position",
            metavar="POSITION",
            min=1,
            help="Only changes that this log position or a later one made known.",
        ),
    ] = None,
    to_position: Annotated[
        int | None,
        typer.Option(
            "--to-position",
            metavar="POSITION",
            min=1,
            help="Only changes that this log position or an earlier one made known.",
        ),
    ] = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
    as_json: AsJson = False,
) -> None:
    """Derived changes of status, past and coming: an exit takes effect on a day on which nothing is signed."""
    if first is not None and last is not None and last < first:
        raise typer.BadParameter("--to is before --from")
    from api import answering
    from api.dependencies import ChangesWanted
    from api.following import wanted_of
    from api.telling import ToldWanted, outcomes_in, told_changes
    from domain.answers import bounds_of

    with filled(as_json=as_json) as service:
        bounds = service.bounds(None, as_seen, as_recorded)
        slug = treaty_named(service, treaty, bounds.record) if treaty is not None else None
        code = service.party(party, bounds) if party is not None else None
        names: tuple[str, ...] = ("on", "treaty", "party", "from", "to", "rule")
        positions = (from_position, to_position)
        if (status, outcome, positions) == (None, None, (None, None)):
            wanted = ChangesWanted(treaty=slug, party=code, first_day=first, last_day=last)
            found = answering.changes(service, bounds, wanted)
        else:
            names = (*names, "outcome", "moved_to")
            told = ToldWanted(
                filter=wanted_of(service, treaty=slug, party=code, status=status),
                outcomes=outcomes_in(outcome),
                days=(first, last),
                positions=positions,
            )
            found = told_changes(service, bounds, told)
        if as_json:
            print_json({**bounds_of(bounds), "changes": found, "next": None})
        else:
            print_table(names, ([each[name] for name in names] for each in found))
        if not found:
            remark("Nothing changes in that time, by what is recorded.")
            raise typer.Exit(1)


def diff(  # noqa: PLR0917 (options of the command)
    treaty: Treaty,
    first: FirstDay = None,
    last: LastDay = None,
    recorded_from: FirstRecord = None,
    recorded_to: LastRecord = None,
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_json: AsJson = False,
) -> None:
    """Who stands otherwise on two days, or by two states of the record about one day."""
    _must_name_one_axis((first, last), (recorded_from, recorded_to))
    from api import answering
    from api.comparing import between

    with filled(as_json=as_json) as service:
        bounds = service.bounds(as_of, as_seen, None)
        slug = treaty_named(service, treaty, bounds.record)
        days = tuple(each.isoformat() if each else None for each in (first, last))
        one, other = between(service, bounds, (days[0], days[1]), (recorded_from, recorded_to))
        said = answering.diff(service, slug, one, other)
        if as_json:
            print_json(said)
            return
        lines = (
            (
                each["party"],
                each["party_name"],
                *(side and side["status"] for side in (each["before"], each["after"])),
            )
            for each in said["changes"]
        )
        print_table(("party", "name", "before", "after"), lines)


def _must_name_one_axis(days: tuple[object, object], records: tuple[object, object]) -> None:
    """End the command as one that was called wrongly, unless it names two days or two records, and not both."""
    by_day, by_record = any(days), any(records)
    if by_day == by_record:
        raise typer.BadParameter(
            "name two days (--from, --to) or two records (--recorded-from, --recorded-to)"
            + (", not both" if by_day else "")
        )


def whatif(
    file: Annotated[
        Path, typer.Argument(metavar="FILE|-", help="The acts that are supposed to be done.")
    ],
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
    as_json: AsJson = False,
) -> None:
    """The answer if these acts were recorded; nothing is."""
    from api import answering
    from api.comparing import read_supposition
    from api.sending import objects_in_either

    sent = content_of(file)
    with filled(as_json=as_json) as service:
        acts, _ = read_supposition(service, objects_in_either(sent).objects)
        bounds = service.bounds(as_of, as_seen, as_recorded)
        said = answering.what_if(service, acts, bounds)
        if as_json:
            print_json(said)
            return
        _show_supposition(said)


def _show_supposition(said: dict[str, Any]) -> None:
    from rich.text import Text

    console = standard_output()
    console.print(Text("If these acts were recorded; nothing is.", style="bold"))
    for each in said["irregular"]:
        console.print(
            Text(f"Irregular, {each['rule']} ({each['source']}): {each['detail']}", style="yellow")
        )
    for each in said["treaties"]:
        before, after = each["before"]["state"], each["after"]["state"]
        console.print(
            Text(
                f"{each['treaty']}: {before}" + (f" → {after}" if before != after else ", as it is")
            )
        )
    lines = (
        (
            each["treaty"],
            each["party_name"],
            *(side and side["status"] for side in (each["before"], each["after"])),
            "; ".join(
                f"{one['on']} {one['status']}" for one in (each["after"] or {}).get("coming", ())
            ),
        )
        for each in said["differences"]
    )
    print_table(("treaty", "party", "now", "then", "coming"), lines)


def _show_roster(title: str, said: dict[str, Any]) -> None:
    from rich.text import Text

    from api.cli.opinion import record_line
    from api.cli.words import colour_of

    console = standard_output()
    console.print(Text(f"{title} ({said['treaty']}), {day_of(said['as_of'])}", style="bold"))
    lines = [
        (
            each["party"],
            each["party_name"],
            Text(each["status"], style=colour_of(each["status"])),
            each["since"],
            each["until"],
            " ".join(each["flags"]),
        )
        for each in said["parties"]
    ]
    print_table(("party", "name", "status", "since", "until", "flags"), lines)
    counts = ", ".join(f"{number} {status}" for status, number in said["counts"].items())
    console.print(
        Text(
            f"{number_of(len(lines), 'line')}: {counts}"
            if counts
            else "Nobody has a status on that day."
        )
    )
    console.print(Text(record_line(said), style="dim"))


def _show_history(acts: list[dict[str, Any]]) -> None:
    columns = ("position", "on", "treaty", "party", "act", "source", "recorded")
    print_table(columns, (_history_line(each) for each in acts))
    standard_output().print(number_of(len(acts), "act"), markup=False)


def _history_line(act: dict[str, Any]) -> tuple[object, ...]:
    decisive = (
        act["received"]
        or act["dated"]
        or act["notified"]
        or act["effective"]
        or act["claimed_effective"]
    )
    said = kind_of(act["kind"]) + (f", {act['by']}" if act["by"] else "")
    source = source_of(act["sources"][0]) if act["sources"] else ""
    recorded = datetime.fromisoformat(act["recorded_at"])
    return (
        act["position"],
        decisive,
        act["treaty"],
        act["party"],
        said,
        source,
        f"{recorded:%Y-%m-%d %H:%M} {act['recorded_by']}",
    )
