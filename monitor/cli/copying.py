"""`monitor copy`: the whole record in another database, with every row compared on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, program_of, say
from monitor.cli.printing import print_list
from monitor.cli.progress import counting

if TYPE_CHECKING:
    from db.copying import TableSum


@click.command()
@click.option("--to", "target", required=True, metavar="URL", help="The new database, as db.url names one: "
              "sqlite:///FILE or postgresql+psycopg://… Leave out its password: PGPASSFILE names a file.")  # fmt: skip
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def copy(ctx: click.Context, target: str, output_format: str) -> None:
    """Copy the whole record into an empty database, from SQLite to PostgreSQL or back (administrators only).

    Stop the program first: what is entered meanwhile is not in the copy. Every table's rows are counted and summed on
    both sides; if one differs, nothing is kept.
    """
    from db import copying
    from db.engine import writing
    from monitor.bootstrap import open_other
    from monitor.services.keeping import enter_copy

    program = program_of(ctx)
    with program.reading(ctx.obj["login"]) as desk:
        desk.require_admin()
        other = open_other(program, target)
        try:
            copying.prepare(other.engine)
            total = copying.count_rows(desk.connection)
            with counting("Copying", total) as advance, writing(other.engine) as connection:
                sums = copying.copy_rows(desk.connection, connection, on_done=advance)
                enter_copy(other.desk_for(connection, desk.actor), desk.connection.dialect.name)
        finally:
            other.engine.dispose()
    _print(sums, output_format)
    say("Now name that database as db.url, start the program with it, and run `monitor verify`.")


def _print(sums: list[TableSum], output_format: str) -> None:
    if output_format == "json":
        print_json([{"table": one.table, "rows": one.rows, "checksum": one.checksum} for one in sums])
        return
    rows = [(one.table, f"{one.rows:,}", one.checksum[:16]) for one in sums if one.rows]
    print_list(["Table", "Rows", "Checksum on both sides"], rows, empty="")
    click.echo(f"Copied {sum(one.rows for one in sums):,} rows of {len(sums)} tables; each is the same on both sides.")
