"""Crawling: from the worklist along links and searches through every page, and what each has to stand."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from monitor.web.staff import routes
from tests.chromium import OPEN_EVERYTHING
from tests.web.staff.exploring import pattern_of

START = "/worklist"
PAPERS = {"/treatments/{treatment_id:int}/plan", "/treatments/{treatment_id:int}/letter"}
"""They speak the language of whoever gets them."""
LINK, QUESTION = 399, 422
"""The worst answer that is in order: who asks without having ticked anything is told so, on a page that reads well."""
LINKS = "[...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"
QUESTIONS = """() => {
  const found = [];
  for (const form of document.querySelectorAll('form')) {
    const buttons = [...form.querySelectorAll('button[formaction]')]
      .filter(one => (one.getAttribute('formmethod') || form.method) === 'get');
    const addresses = buttons.map(one => one.getAttribute('formaction'));
    if (form.method === 'get') addresses.push(form.getAttribute('action') || location.pathname);
    const sent = new URLSearchParams(new FormData(form)).toString();
    for (const one of addresses) found.push(one + (one.includes('?') ? '&' : '?') + sent);
  }
  return found;
}"""
"""Where forms that only ask lead with what stands in them."""
FAULTS = """language => {
  const found = [], root = document.documentElement, say = one => one.outerHTML.slice(0, 160);
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) found.push(`${headings} first headings`);
  if (!document.title.trim()) found.push('no title');
  if (root.lang !== language) found.push(`the language is said to be ${root.lang}`);
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll('*')]
      .filter(one => one.getBoundingClientRect().right > innerWidth + 1).slice(-1).map(say);
    found.push(`scrolls sideways: ${root.scrollWidth} > ${innerWidth}: ${wide}`);
  }
  for (const one of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(one);
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const cuts = style.textOverflow === 'ellipsis' || ['hidden', 'clip'].includes(style.overflowX);
    // What only screen readers get is one pixel wide.
    if (own && cuts && one.clientWidth > 2 && one.scrollWidth > one.clientWidth + 1) found.push(`cut off: ${say(one)}`);
  }
  for (const one of document.querySelectorAll('select:not([multiple])')) {
    if (!one.offsetWidth) continue;
    const copy = one.cloneNode(true), chosen = one.selectedIndex;  // as wide as what is chosen wants to be
    copy.removeAttribute('id');
    [...copy.options].forEach((option, at) => at === chosen || option.remove());
    copy.style.cssText = 'position: absolute; visibility: hidden; width: auto; min-width: 0; max-width: none';
    one.parentNode.append(copy);
    if (copy.offsetWidth > one.offsetWidth + 1) found.push(`cut off: ${say(one)}`);
    copy.remove();
  }
  for (const one of document.querySelectorAll('svg text')) {  // what passes the edge of a drawing is not painted
    const edge = one.ownerSVGElement.getBoundingClientRect(), text = one.getBoundingClientRect();
    if (!one.checkVisibility() || getComputedStyle(one.ownerSVGElement).overflow === 'visible') continue;
    if (text.left < edge.left - 1 || text.right > edge.right + 1) found.push(`passes its drawing: ${say(one)}`);
  }
  return found;
}"""
UNFOCUSED = """() => {
  const found = [], ring = one => {
    const style = getComputedStyle(one);
    return [style.outlineStyle === 'none' ? '' : style.outlineWidth, style.outlineColor, style.boxShadow,
            style.borderColor, style.backgroundColor, style.textDecorationLine].join();
  };
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  for (const one of document.querySelectorAll(all)) {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility()) continue;
    document.activeElement.blur();
    const before = ring(one);
    one.focus();
    if (document.activeElement !== one) found.push(`cannot be focused: ${one.outerHTML.slice(0, 160)}`);
    else if (ring(one) === before) found.push(`focus is not seen: ${one.outerHTML.slice(0, 160)}`);
  }
  return found;
}"""


@dataclass(slots=True)
class Crawl:
    """What was visited by whom, and what is wrong with it."""

    language: str
    find_faults: Callable[[Any], list[str]]
    visited: dict[str, str] = field(default_factory=dict)
    """By route the first address."""
    faults: list[str] = field(default_factory=list)

    def walk(self, page: Any, login: str) -> None:
        """Along everything that this person is offered, one address of each route; each is examined once in all."""
        own, waiting = set[str](), deque([(START, LINK)])
        while waiting:
            address, best = waiting.popleft()
            path = route_of(address)
            if path is None or path in own:
                continue
            own.add(path)
            where = f"{login} at {address}"
            if not self._open(page, address, where, most=best):
                self.visited.setdefault(path, address)
                continue
            if path not in self.visited:
                self.visited[path] = address
                language = page.evaluate("document.documentElement.lang") if path in PAPERS else self.language
                self.faults += [f"{where}: {fault}" for fault in self._examine(page, language)]
            waiting.extend((one, LINK) for one in page.evaluate(LINKS))
            waiting.extend((one, QUESTION) for one in page.evaluate(QUESTIONS))

    def _open(self, page: Any, address: str, where: str, *, most: int) -> bool:
        """Whether there is a page to look at; a file is none, and whatever leads nowhere is a fault."""
        from playwright.sync_api import Error

        try:
            answer = page.goto(address)
        except Error as error:
            if "Download is starting" in str(error):
                return False
            raise
        if answer is None or answer.status > most:
            self.faults.append(f"{where}: leads to {answer and answer.status}")
            return False
        return True

    def _examine(self, page: Any, language: str) -> Iterator[str]:
        page.evaluate(OPEN_EVERYTHING)
        yield from page.evaluate(FAULTS, language)
        page.keyboard.press("Tab")  # from now on the browser shows where the keyboard is
        yield from page.evaluate(UNFOCUSED)
        yield from self.find_faults(page)


def route_of(address: str) -> str | None:
    """The route of the staff pages that an address belongs to, if it is one of ours."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    return next((one.path for one in routes.PAGES if one.show and pattern_of(one).fullmatch(parts.path)), None)


def told(faults: list[str]) -> str:
    return json.dumps(faults, indent=1, ensure_ascii=False)
