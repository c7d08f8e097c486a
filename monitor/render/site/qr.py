"""QR codes: a calendar's address for the camera of another device, black on white in light and dark."""

from markupsafe import Markup
from segno import make

QUIET = 4
"""The white border, in modules, without which some cameras find nothing."""


def draw_qr(address: str, name: str) -> Markup:
    """An inline SVG with a name for those who do not see it; it carries no style of its own but black and white."""
    code = make(address, error="m", micro=False)
    side = code.symbol_size(border=QUIET)[0]
    path = code.svg_inline(border=QUIET, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None)
    inner = path[path.index(">") + 1 :]
    head = Markup('<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}" shape-rendering="crispEdges">')
    return head.format(name, side, side) + Markup(inner)  # noqa: S704  (segno's own markup of squares, no text in it)
