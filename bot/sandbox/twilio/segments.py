"""How many segments a text takes: GSM-7 (3GPP TS 23.038) if it can, UCS-2 otherwise. Pure."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

GSM_SINGLE, GSM_PART = 160, 153
UCS_SINGLE, UCS_PART = 70, 67


def encoding(body: str) -> str:
    """`GSM-7` or `UCS-2`: one character outside GSM-7 turns the whole text."""
    return "GSM-7" if all(c in BASIC or c in EXTENSION for c in body) else "UCS-2"


def segments(body: str) -> int:
    """Number of segments; an empty text is one. No character is split across two."""
    gsm = encoding(body) == "GSM-7"
    widths = [_gsm_width(c) if gsm else _ucs_width(c) for c in body]
    single, part = (GSM_SINGLE, GSM_PART) if gsm else (UCS_SINGLE, UCS_PART)
    return 1 if sum(widths) <= single else _parts(widths, part)


def _parts(widths: list[int], room: int) -> int:
    """Fill parts one after the other, as a phone network does."""
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count


def _gsm_width(character: str) -> int:
    return 2 if character in EXTENSION else 1


def _ucs_width(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1
