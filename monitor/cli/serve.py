"""`monitor serve`: calendars and patients' pages over HTTP, and the jobs, in one process."""

import click

from monitor.cli.context import program_of, say


@click.command()
@click.option("--host", metavar="ADDRESS", help="Listen on this address.  [default: web.host, 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port; 0 takes a free one.  "
              "[default: web.port, 8000]")  # fmt: skip
@click.option("--only", "only", type=click.Choice(["feeds"]), help="Calendars and patients' pages alone, nothing for "
              "staff and no jobs: for a listener that the outside can reach.")  # fmt: skip
@click.option("--no-jobs", is_flag=True, help="Leave the jobs to other processes (`monitor jobs`).")
@click.pass_context
def serve(ctx: click.Context, *, host: str | None, port: int | None, only: str | None, no_jobs: bool) -> None:
    """Answer calendar programs and browsers, and run the jobs, until SIGTERM or Ctrl+C.

    Says `Serving on http://…` when it is ready. For the outside put a reverse proxy with a certificate in front, and
    name its address as web.public_url.
    """
    from contextlib import nullcontext

    from monitor.jobs.scheduler import running_jobs
    from monitor.web.serving import serve as serve_on

    program = program_of(ctx)
    settings = program.config.web
    serve_on(
        program,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        only_feeds=only == "feeds",
        say=say,
        beside=nullcontext if no_jobs or only == "feeds" else running_jobs,
    )
