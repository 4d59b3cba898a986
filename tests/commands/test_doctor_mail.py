"""`midwatch doctor` and the mail server."""

from tests.commands.test_doctor import examined, told
from tests.commands.world import World
from tests.contracts.channels.mail_server import mail_server

SENDER = "midwatch@example.com"


async def test_the_mail_server_is_tried(world: World) -> None:
    async with mail_server() as server:
        _, found = await examined(world, SMTP_URL=server.url(), MAIL_FROM=SENDER)
    assert told(found, "e-mail", "ok") == "127.0.0.1 takes mail"
    assert server.mails == []


async def test_a_mail_server_that_is_away_fails_with_what_to_do(world: World) -> None:
    async with mail_server() as server:
        url = server.url()
    code, found = await examined(world, SMTP_URL=url, MAIL_FROM=SENDER)
    assert code == 1
    assert told(found, "e-mail", "fail") == "the mail server cannot be reached"


async def test_a_password_that_it_does_not_take_fails(world: World) -> None:
    async with mail_server(auth_require_tls=False) as server:
        url = server.url(user="bot:hush-hush")
        _, found = await examined(world, SMTP_URL=url, MAIL_FROM=SENDER)
    assert "refuses the user or password" in told(found, "e-mail", "fail")


async def test_mail_in_the_clear_to_another_machine_is_a_warning(world: World) -> None:
    async with mail_server(host="127.0.0.2") as server:
        _, found = await examined(world, SMTP_URL=server.url("127.0.0.2"), MAIL_FROM=SENDER)
    assert "offers no encryption" in told(found, "e-mail", "warn")
