"""Browsers: which family a person signs in with, so that they recognise it in the list; never its version."""

from functools import lru_cache

OTHER = "Other browser"
FAMILIES = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("crios", "Chrome"),
    ("chromium", "Chromium"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
)
"""The first that occurs counts: most call themselves Safari, too."""
MACHINES = (
    ("ipad", "iPad"),
    ("iphone", "iPhone"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("mac os", "Mac"),
    ("linux", "Linux"),
)
ENOUGH = 400


@lru_cache(maxsize=256)
def browser_of(user_agent: str) -> str:
    """`Firefox, Windows`."""
    said = user_agent[:ENOUGH].casefold()
    family = next((name for mark, name in FAMILIES if mark in said), OTHER)
    machine = next((name for mark, name in MACHINES if mark in said), "")
    return f"{family}, {machine}" if machine else family
