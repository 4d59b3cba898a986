"""Maintenance on the web: planned by a form, ended by a button."""

import re

from tests.stories.conftest import story  # noqa: F401 - a fixture
from tests.stories.world import World


async def test_it_is_planned_shown_lengthened_and_ended(story: World) -> None:  # noqa: F811
    async with story.signed_in("ana") as browser:
        page = (await browser.get("/maintenance")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        form = {"csrf": csrf[1], "service": "checkout", "from": "now", "until": "2h"}
        assert (await browser.post("/maintenance", data={**form, "csrf": "x"})).status_code == 403
        refused = await browser.post("/maintenance", data={**form, "reason": ""})
        assert refused.status_code == 422
        assert "Say why" in refused.text
        wrong = await browser.post("/maintenance", data={**form, "until": "noon", "reason": "x"})
        assert "until: &#39;noon&#39; is not a time" in wrong.text
        done = await browser.post("/maintenance", data={**form, "reason": "new <disks>"})
        assert done.headers["location"] == "/maintenance?told=begun"
        await story.goes_down()
        await story.passes(seconds=1)
        assert story.phone("ana") == []
        now_page = (await browser.get("/")).text
        assert "new &lt;disks&gt;" in now_page
        longer = await browser.post("/maintenance/1/extend", data=form)
        assert longer.headers["location"].endswith("=longer")
        ended = await browser.post("/maintenance/1/end", data=form)
        assert ended.headers["location"].endswith("=ended")
        await story.passes(seconds=2)
        assert len(story.phone("ana")) == 1
        page = (await browser.get("/maintenance")).text
        assert "checkout health up -&gt; down" in page.partition("<h2>Over")[2]
        again = await browser.post("/maintenance/1/end", data=form)
        assert again.headers["location"].endswith("=same")
