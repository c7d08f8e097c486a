"""Devices: the family of a browser, so that a person knows her own sessions; no version and no address."""

FAMILIES = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def device_of(agent: str) -> str:
    """Firefox, Windows. Empty where nothing of it is known."""
    found = [next((name for mark, name in pairs if mark in agent), "") for pairs in (FAMILIES, SYSTEMS)]
    return ", ".join(one for one in found if one)
