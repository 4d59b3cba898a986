"""What becomes of the configuration in the rules' policy."""

import pytest

from bot.from_config import github_pages


@pytest.mark.parametrize(
    ("api", "pages"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://git.acme.example/api/v3", "https://git.acme.example"),
        ("https://git.acme.example:8443/api/v3/", "https://git.acme.example:8443"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("http://127.0.0.1:9000", "https://github.com"),  # a proxy, or the tests' own
    ],
)
def test_a_link_to_a_comparison_leads_to_the_server_that_was_asked(api: str, pages: str) -> None:
    assert github_pages(api) == pages
