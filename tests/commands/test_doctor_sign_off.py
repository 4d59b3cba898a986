"""`midwatch doctor` and sign-off."""

from tests.commands.test_doctor import examined, told
from tests.commands.world import World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RULES = "sign_off: {{approvers: [ana, bo], trigger: {}}}\n"


def signs(world: World, trigger: str) -> None:
    world.file.write_text(RULES.format(trigger) + world.file.read_text())


async def test_a_signature_that_could_set_nothing_in_motion_is_said(world: World) -> None:
    signs(world, '{webhook: "https://ci.example.com/deploy"}')
    _, found = await examined(world)
    assert "RELEASE_WEBHOOK_SECRET is not set" in told(found, "sign-off", "fail")
    assert "nothing looks at the staging of" in told(found, "sign-off", "warn")
    _, found = await examined(world, RELEASE_WEBHOOK_SECRET=SECRET)
    assert told(found, "sign-off", "ok") == "a signature sets webhook in motion"


async def test_a_workflow_needs_a_token_and_a_repository(world: World) -> None:
    signs(world, "{workflow: deploy.yml}")
    _, found = await examined(world)
    assert "GITHUB_TOKEN is not set" in told(found, "sign-off", "fail")
