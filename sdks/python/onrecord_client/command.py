"""The command line: `onrecord login`, `list`, `export`, `import`, `tail`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

import click
import httpx
from tqdm import tqdm

from onrecord_client.client import LOCAL, Client
from onrecord_client.errors import Incomplete, Refused
from onrecord_client.generated.models import Change, Import, ImportFormat, Project
from onrecord_client.imports import ImportFailed


def main() -> None:
    """What `onrecord` runs: says in a line what went wrong, instead of where in our code."""
    try:
        group()
    except Refused as refused:
        sys.exit(f"onrecord: {refused}")
    except (Incomplete, ImportFailed) as ended:
        sys.exit(f"onrecord: {ended}")
    except httpx.TransportError as error:
        sys.exit(f"onrecord: cannot reach the server ({error})")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", envvar="ONRECORD_URL", help="The server. Else: ONRECORD_URL, or where one has logged in.")
@click.option("--token", envvar="ONRECORD_TOKEN", help="Else: ONRECORD_TOKEN, or the one that was logged in with.")
@click.pass_context
def group(context: click.Context, url: str | None, token: str | None) -> None:
    """Who said what, on the record: from the command line."""
    kept = read_login()
    url = url or kept.get("url") or LOCAL
    # A token goes only to the server it was given for.
    own = kept.get("token", "") if url == kept.get("url") else ""
    context.obj = context.with_resource(Client(url, own if token is None else token))


# Login


def login_file() -> Path:
    return Path(os.environ.get("ONRECORD_LOGIN") or Path(click.get_app_dir("onrecord")) / "login.json")


def read_login() -> dict[str, str]:
    path = login_file()
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


@group.command()
@click.option("--url", prompt="Server", default=LOCAL)
@click.option("--token", prompt="Token", hide_input=True)
def login(url: str, token: str) -> None:
    """Keep a server's address and your token for it, readable by you alone."""
    with Client(url, token) as client:
        me = client.get_me()
    path = login_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"url": url, "token": token}, file)
    click.echo(f"Logged in at {url} as {me.username}; kept in {path}.")


# Reading

LISTS: dict[str, Callable[..., Iterable[Any]]] = {
    "projects": Client.list_projects,
    "articles": Client.list_articles,
    "quotes": Client.list_quotes,
    "speakers": Client.list_speakers,
    "claims": Client.list_claims,
}


@group.command("list")
@click.argument("what", type=click.Choice(list(LISTS)))
@click.option("--project", help="Only of this one: its slug or id.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many. Else: all.")
@click.option("--json", "as_json", is_flag=True, help="Whole objects, one a line.")
@click.pass_obj
def list_(client: Client, /, what: str, project: str | None, limit: int | None, as_json: bool) -> None:
    """List what there is: an id and a few words on each line."""
    chosen = {"project": find_project(client, project)} if project and what != "projects" else {}
    for found in islice(LISTS[what](client, **chosen), limit):
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False) if as_json else f"{found.id}  {in_words(found)}")


def in_words(found: Any) -> str:
    if hasattr(found, "content"):  # a quote
        who = ", ".join(source.speaker_name or (source.span.exact if source.span else "?") for source in found.sources)
        return one_line(f"{who or 'nobody'}: {found.content.exact}")
    if isinstance(found, Project):
        return f"{found.slug}  {found.name}"
    return one_line(next(getattr(found, name) for name in ("title", "name", "text") if hasattr(found, name)))


def one_line(words: str) -> str:
    joined = " ".join(words.split())
    return joined if len(joined) <= 100 else f"{joined[:99]}…"


def find_project(client: Client, said: str) -> UUID:
    """By id or slug."""
    try:
        return UUID(said)
    except ValueError:
        found = client.list_projects(slug=said).first()
    if found is None:
        raise click.UsageError(f"There is no project {said!r}, or it is not for you to see.")
    return found.id


@group.command()
@click.argument("project")
@click.option("--format", "format_", default="ndjson", show_default=True, help="See docs/formats.md.")
@click.option("--output", type=click.Path(dir_okay=False), help="The file to write. Else: standard output.")
@click.option("--set-kind", help="Only sets of this kind.")
@click.option("--annotator", help="Only the sets of this annotator.")
@click.option("--review-status", help="Only what is approved, say.")
@click.option("--no-text", is_flag=True, help="Without the words of the articles.")
@click.pass_obj
def export(client: Client, /, project: str, format_: str, output: str | None, no_text: bool, **selectors: Any) -> None:
    """Write all that you may see of a project, of any size."""
    chosen = {name: value for name, value in selectors.items() if value} | ({"text": False} if no_text else {})
    download = client.export_project(find_project(client, project), format_, **chosen)  # type: ignore[arg-type]
    if output is None:
        sys.stdout.buffer.writelines(download.stream())
        return
    with tqdm(unit="B", unit_scale=True, desc=output, leave=False) as bar:
        download.save(output, partial(advance, bar))
    click.echo(f"{output}: {Path(output).stat().st_size:,} bytes", err=True)


@group.command("import")
@click.argument("project")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "format_", default="ndjson", show_default=True, help="See docs/formats.md.")
@click.option("--on-conflict", help="What becomes of articles that are there: fail, skip, upsert, replace, …")
@click.option("--mapping", type=click.File(), help="A JSON file: foreign labels in ours.")
@click.option("--repair", is_flag=True, help="Move spans whose offsets are off to their words near by.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and store nothing.")
@click.pass_obj
def import_(
    client: Client, /, project: str, file: str, format_: str, mapping: IO[str] | None, **options: str | bool | None
) -> None:
    """Bring a file in, and say what was refused."""
    chosen: Any = {name: value for name, value in options.items() if value}
    if mapping:
        chosen["mapping"] = json.load(mapping)
    with tqdm(unit="B", unit_scale=True, desc=file, leave=False) as bar:
        place, said = find_project(client, project), partial(shown, bar)
        job = client.import_file(place, file, cast(ImportFormat, format_), progress=said, **chosen)
    click.echo(summary(job))


def shown(bar: Any, job: Import) -> None:
    bar.total = job.total
    advance(bar, job.done)


def summary(job: Import) -> str:
    """What became of it, and the first things that are worth a look."""
    report = job.report
    numbers = sorted(report.stored.to_dict().items(), key=lambda pair: -pair[1])
    stored = ", ".join(f"{number:,} {name}" for name, number in numbers if number) or "nothing"
    items = [f"  {i.outcome} {i.file}:{i.line or ''} {i.detail} [{i.code}]" for i in report.items[:20]]
    more = len(report.items) - 20
    return "\n".join([f"{job.status}: {stored}", *items, *([f"  … and {more} more"] if more > 0 else [])])


def advance(bar: Any, size: int) -> None:
    bar.update(size - bar.n)


@group.command()
@click.argument("project")
@click.option("--cursor", type=click.Path(dir_okay=False), help="A file that keeps where to go on the next time.")
@click.option("--every", type=float, default=2.0, show_default=True, help="Seconds between two questions.")
@click.option("--once", is_flag=True, help="End with what there is now.")
@click.option("--json", "as_json", is_flag=True, help="Whole changes, one a line.")
@click.pass_obj
def tail(client: Client, /, project: str, cursor: str | None, every: float, once: bool, as_json: bool) -> None:
    """Follow what changes in a project."""
    kept = Path(cursor) if cursor else None
    start = kept.read_text().strip() if kept and kept.exists() else None
    feed = client.follow(find_project(client, project), cursor=start, every=None if once else every)
    for answer in feed.answers():
        for change in answer.results:
            click.echo(json.dumps(change.to_dict(), ensure_ascii=False) if as_json else told(change))
        if kept:
            keep(kept, answer.next_)


def told(change: Change) -> str:
    said = f"{change.at:%Y-%m-%d %H:%M:%S}  {change.action:<8}{change.type_:<17}{change.id}  {change.actor or ''}"
    return said.rstrip()


def keep(path: Path, cursor: str) -> None:
    """Written beside and moved into place: who is interrupted keeps the old one."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(cursor)
    draft.replace(path)
