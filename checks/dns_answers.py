"""What a DNS server's answer says, and whether it is what was expected. Pure."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.TXT
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from checks import Outcome
from checks.json_path import shown

SHOWN_AT_MOST = 4
"""Answers that a sentence names; more are counted."""


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Type = Annotated[Literal["A", "AAAA", "CNAME", "MX", "TXT"], BeforeValidator(_upper)]
Text = Annotated[str, Field(min_length=1, max_length=4096)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]


class DnsExpect(BaseModel):
    """What the answers are, in any order.

    `answers`: exactly these. `among`: each of them is one of these (round robin, many places).
    `contains`: these are among them (one TXT record of several).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    answers: Texts | None = None
    among: Texts | None = None
    contains: Texts | None = None


Verdict = tuple[Outcome, str, str]
"""Outcome, reason and detail."""

_REFUSALS = {
    dns.rcode.SERVFAIL: ("servfail", "the DNS server fails (SERVFAIL)"),
    dns.rcode.REFUSED: ("dns_refused", "the DNS server refuses to answer (REFUSED)"),
}
_LAME = "lame", "the DNS server does not answer for this name, it only names other servers"


def judge(kind: str, expect: DnsExpect, answer: dns.message.Message) -> Verdict:
    """What an answer to a question of type `kind` means."""
    code = answer.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        words = f"the DNS server answers {dns.rcode.to_text(code)}"
        return Outcome.DOWN, *_REFUSALS.get(code, ("bad_answer", words))
    if answer.flags & dns.flags.TC:
        return Outcome.DOWN, "bad_answer", "the answer is cut short, by TCP too"
    try:
        found, leads_to = answers_in(answer)
    except dns.exception.DNSException:
        if code == dns.rcode.NXDOMAIN:  # the head says enough
            return Outcome.DOWN, *_nothing(kind, code, None)
        return Outcome.DOWN, "bad_answer", "the answer makes no sense"
    if found:
        return judge_answers(kind, expect, found)
    if refers(answer):
        return Outcome.DOWN, *_LAME
    return Outcome.DOWN, *_nothing(kind, code, leads_to)


def _nothing(kind: str, code: dns.rcode.Rcode, leads_to: str | None) -> tuple[str, str]:
    if code == dns.rcode.NXDOMAIN:
        who = "the name" if leads_to is None else f"the name leads to {shown(leads_to)}, which"
        return "nxdomain", f"{who} does not exist (NXDOMAIN)"
    if leads_to is None:
        return "no_record", f"there is no {kind} record"
    return "no_record", f"the name leads to {shown(leads_to)}, which has no {kind} record"


def refers(answer: dns.message.Message) -> bool:
    """Whether a server without an answer only says whom to ask (RFC 2308, 2.2: a referral)."""
    said = {records.rdtype for records in answer.authority}
    refers_on = dns.rdatatype.NS in said and dns.rdatatype.SOA not in said
    empty = answer.rcode() == dns.rcode.NOERROR and not answer.answer
    return empty and refers_on and not answer.flags & dns.flags.AA


def answers_in(answer: dns.message.Message) -> tuple[list[str], str | None]:
    """The records at the end of the CNAMEs, as people write them, and the name that stands there,
    where it is another one. Raises DNSException."""
    if not isinstance(answer, dns.message.QueryMessage):
        raise dns.exception.FormError
    chain = answer.resolve_chaining()
    end = chain.canonical_name
    leads_to = None if end == answer.question[0].name else _name(end)
    return sorted({_text(record) for record in chain.answer or ()}), leads_to


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _text(record: object) -> str:
    if isinstance(record, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    target = getattr(record, "exchange", getattr(record, "target", None))
    if isinstance(target, dns.name.Name):
        name = _name(target)
        preference = getattr(record, "preference", None)
        return name if preference is None else f"{preference} {name}"
    return str(record)


def judge_answers(kind: str, expect: DnsExpect, found: Sequence[str]) -> Verdict:
    """Compared by meaning: case, a final dot and the ways to write an address do not matter."""
    if expect.answers is not None:
        extra = [one for one in found if not _any_fits(kind, expect.answers, one)]
        missing = [one for one in expect.answers if not any(fits(kind, one, it) for it in found)]
        if extra or missing:
            words = f"answers {named(found)}, not {named(expect.answers)}"
            return Outcome.DOWN, "wrong_answer", words
    if expect.among is not None:
        extra = [one for one in found if not _any_fits(kind, expect.among, one)]
        if extra:
            return Outcome.DOWN, "wrong_answer", f"answers {named(extra)}, which was not expected"
    missing = [one for one in expect.contains or () if not any(fits(kind, one, it) for it in found)]
    if missing:
        return Outcome.DOWN, "wrong_answer", f"{named(missing)} is missing from {named(found)}"
    return Outcome.UP, "ok", f"answers {named(found)}"


def _any_fits(kind: str, expected: Iterable[str], found: str) -> bool:
    return any(fits(kind, one, found) for one in expected)


def fits(kind: str, expected: str, found: str) -> bool:
    """Whether an answer is the expected one. An MX may be named without its preference."""
    if kind == "TXT":
        return expected == found
    if kind == "MX" and " " not in expected.strip():
        found = found.partition(" ")[2]
    return canonical(kind, expected) == canonical(kind, found)


def canonical(kind: str, text: str) -> str:
    """One way to write it. Raises ValueError for what cannot be an answer of that type."""
    if kind in ("A", "AAAA"):
        address = ipaddress.ip_address(text.strip())
        if address.version != (4 if kind == "A" else 6):
            raise ValueError("an address of the other family")
        return str(address)
    words = text.split()
    if kind == "MX" and len(words) == 2 and words[0].isdecimal():
        return f"{int(words[0])} {_name(as_name(words[1]))}"
    if len(words) != 1:
        raise ValueError("not a name")
    return _name(as_name(words[0]))


def as_name(text: str) -> dns.name.Name:
    """The name as it is, nothing appended; letters of any script (IDNA). Raises ValueError."""
    try:
        return dns.name.from_text(text, dns.name.root, idna_codec=dns.name.IDNA_2008_UTS_46)
    except (dns.exception.DNSException, UnicodeError):
        raise ValueError("not a name: write it like shop.example.com") from None


def named(answers: Sequence[str]) -> str:
    """`a`, `a, b and 3 more`; each quoted and bounded."""
    first = [shown(one) for one in answers[:SHOWN_AT_MOST]]
    more = len(answers) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")
