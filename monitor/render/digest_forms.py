"""The forms of a letter: plain text and a page, with the same words in the same order."""

import html
from textwrap import wrap

from monitor.render.digest_parts import Chapter, Document
from schedules.phrases import spoken

WIDTH = 72
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.45 sans-serif;color:#1a1a1a;background:#fff;max-width:44em;margin:1em auto;padding:0 1em}"
    "h1{font-size:1.2em}h2{font-size:1.1em;border-bottom:2px solid;margin-top:1.6em}"
    "h3{font-size:1em;margin-bottom:.2em}"
    "ul{margin-top:.2em;padding-left:1.2em}li{margin:.2em 0}p{margin:.2em 0}footer{margin-top:2em}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#1a1a1a}}"
)
"""A mail program that ignores it shows headings, paragraphs and lists, which read as well."""


def as_text(document: Document) -> str:
    """Plain text of at most 72 columns, as a mail's body."""
    lines = [document.subject, "=" * min(len(document.subject), WIDTH), *_lines(document.head)]
    for chapter in document.chapters:
        lines += ["", chapter.heading, "-" * min(len(chapter.heading), WIDTH), *_lines(chapter)]
    return "\n".join([*lines, "", *wrap(document.closing, WIDTH)]) + "\n"


def _lines(chapter: Chapter) -> list[str]:
    lines = summary_lines(chapter)
    for title, rows in chapter.details:
        lines += ["", title]
        for row in rows:
            lines += wrap(row, WIDTH, initial_indent="  ", subsequent_indent="      ")
    return lines


def summary_lines(chapter: Chapter) -> list[str]:
    """What stands before the details, as lines of a phone's screen."""
    return [line for sentence in chapter.summary for line in wrap(sentence, WIDTH, subsequent_indent="  ")]


def as_html(document: Document, *, language: str) -> str:
    """The same content as one page that loads nothing; every text is escaped."""
    e = html.escape
    body = [f"<h1>{e(document.subject)}</h1>", *_elements(document.head)]
    for chapter in document.chapters:
        body += [f"<h2>{e(chapter.heading)}</h2>", *_elements(chapter)]
    body.append(f"<footer><p>{e(document.closing)}</p></footer>")
    head = (
        f'<!doctype html>\n<html lang="{spoken(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{e(document.subject)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(body) + "\n</body>\n</html>\n"


def _elements(chapter: Chapter) -> list[str]:
    e = html.escape
    found = [f"<p>{e(sentence)}</p>" for sentence in chapter.summary]
    for title, rows in chapter.details:
        found += [f"<h3>{e(title)}</h3>", "<ul>", *(f"<li>{e(row)}</li>" for row in rows), "</ul>"]
    return found
