"""Pages as their reader gets them: the words, the links, the forms."""

import html
import re

import httpx


def words(answer: httpx.Response) -> str:
    """What is written there, without markup, on one line."""
    body = answer.text.partition("<body>")[2] or answer.text
    return (
        " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())
        .replace(" ,", ",")
        .replace(" :", ":")
    )


def token(answer: httpx.Response) -> str:
    """The session's token, as every form carries it."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)
    assert found, "no form there"
    return found[1]


def told(answer: httpx.Response) -> str:
    """What the page says came of the form."""
    found = re.search(r'<p class="told" role="status">(.*?)</p>', answer.text)
    return html.unescape(found[1]) if found else ""


async def press(
    browser: httpx.AsyncClient, action: str, number: int = 1, **fields: str
) -> httpx.Response:
    """Send a form of an incident's page, as its button does; the page that comes then."""
    page = await browser.get(f"/incidents/{number}")
    form = {"csrf": token(page), **fields}
    return await browser.post(f"/incidents/{number}/{action}", data=form, follow_redirects=True)
