"""Letters of an SVG keep the room that was planned for them, whatever font a browser has. Pure.

A chart is laid out with Liberation Sans, which measures the same as Arial. Where a machine has
neither, a wider font would run out of the picture: so each text is told how long it has to be.
Source of the widths: Adobe's font metrics of Helvetica and Helvetica Bold, in thousandths of the
size; SVG 1.1, 10.5 (textLength).
"""

import html
import re
import unicodedata

_PLAIN = (
    (191, "'"),
    (222, "ijl"),
    (260, "|"),
    (278, " !,./:;I[\\]ft"),
    (333, "()-`r"),
    (334, "{}"),
    (355, '"'),
    (389, "*"),
    (469, "^"),
    (500, "Jcksvxyz"),
    (556, "#$0123456789?L_abdeghnopqu"),
    (584, "+<=>~"),
    (611, "FTZ"),
    (667, "&ABEKPSVXY"),
    (722, "CDHNRUw"),
    (778, "GOQ"),
    (833, "Mm"),
    (889, "%"),
    (944, "W"),
    (1000, "\u2026"),
    (1015, "@"),
)
_BOLD = (
    (238, "'"),
    (278, " ,./I\\ijl"),
    (280, "|"),
    (333, "!()-:;[]`ft"),
    (389, "*r{}"),
    (474, '"'),
    (500, "z"),
    (556, "#$0123456789J_aceksvxy"),
    (584, "+<=>^~"),
    (611, "?FLTZbdghnopqu"),
    (667, "EPSVXY"),
    (722, "&ABCDHKNRU"),
    (778, "GOQw"),
    (833, "M"),
    (889, "%m"),
    (944, "W"),
    (975, "@"),
    (1000, "\u2026"),
)
_WIDTHS = {
    bold: {char: width for width, chars in table for char in chars}
    for bold, table in ((False, _PLAIN), (True, _BOLD))
}
_TEXT = re.compile(r"<text\b([^>]*)>(.*?)</text>", re.DOTALL)
_TSPAN = re.compile(r"<tspan\b([^>]*)>([^<]*)</tspan>")
_SIZE = re.compile(r'font-size="([\d.]+)px"')


def kept(svg: bytes) -> bytes:
    """The same picture, each text of it with its length."""
    return _TEXT.sub(_text, svg.decode()).encode()


def width(text: str, size: float, *, bold: bool = False) -> float | None:
    """Pixels of a text in Arial; None where a letter's width is not known. Accents add none."""
    base = unicodedata.normalize("NFD", text.replace("\u00a0", " "))
    letters = [char for char in base if not unicodedata.combining(char)]
    widths = [_WIDTHS[bold].get(char) for char in letters]
    known = [it for it in widths if it is not None]
    return sum(known) * size / 1000 if len(known) == len(widths) else None


def _text(match: re.Match[str]) -> str:
    about, inside = match[1], match[2]
    size = _SIZE.search(about)
    if size is None:
        return match[0]
    bold = 'font-weight="bold"' in about

    def told(text: str) -> str:
        found = width(html.unescape(text), float(size[1]), bold=bold)
        return f' textLength="{found:.2f}" lengthAdjust="spacingAndGlyphs"' if found else ""

    if "<" not in inside:
        return f"<text{about}{told(inside)}>{inside}</text>"
    lines = _TSPAN.sub(lambda it: f"<tspan{it[1]}{told(it[2])}>{it[2]}</tspan>", inside)
    return f"<text{about}>{lines}</text>"
