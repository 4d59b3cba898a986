"""Run a monitoring plugin: `{command: [/usr/lib/nagios/plugins/check_disk, -w, "10%", -p, /]}`.

Exit code 0 is up, 1 degraded, 2 down, everything else unknown (see `checks.plugin_output`). Without
an answer in time it is down. Whether a plugin that reports a failure, or is late, had an answer
from anybody cannot be known, so the canaries are asked: with our own network away every plugin
that needs it fails.
"""

import errno
import os
import re
import shutil
import time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from checks import Context, Kind, Obstacle, Outcome, Result, Seconds
from checks.failures import OS_ERRORS
from checks.options import CheckOptions
from checks.plugin_output import judged
from checks.program import Program, run_program

PLUGIN_FOLDERS = (
    "/usr/lib/nagios/plugins",
    "/usr/lib64/nagios/plugins",
    "/usr/lib/monitoring-plugins",
    "/usr/libexec/monitoring-plugins",
)
"""Where Debian, Fedora, Alpine and the BSDs put them; looked into after the PATH."""
_HOW = 'write it as a list, such as [check_disk, -w, "10%", -p, /]'
_OURS = {
    errno.ENOEXEC: "is no program of this machine; a script's first line must be like #!/bin/sh",
    errno.ENOENT: "cannot be run, because the interpreter that its first line names is not there",
    errno.EACCES: "may not be run by Midwatch's user",
    errno.E2BIG: "has too many arguments for this machine",
    errno.ETXTBSY: "is being replaced at this moment",
    errno.EAGAIN: "cannot be run, because this machine lets Midwatch start no more processes",
}


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(f"no shell is used: {_HOW}")  # noqa: TRY004 -- what pydantic understands
    return tuple(value) if isinstance(value, list) else value


def _argument(text: str) -> str:
    if "\x00" in text:
        raise ValueError("an argument cannot hold a NUL character")
    return text


def _named(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv[0].rpartition("/")[2].strip():
        raise ValueError(f"no program is named: {_HOW}")
    return argv


def _variable(name: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("not the name of a variable: letters, digits and _, no digit first")
    return name


Argument = Annotated[str, Field(max_length=10_000), AfterValidator(_argument)]
CommandLine = Annotated[
    tuple[Argument, ...],
    Field(min_length=1, max_length=500),
    BeforeValidator(_listed),
    AfterValidator(_named),
]
Variable = Annotated[str, Field(max_length=200), AfterValidator(_variable)]


class CommandOptions(CheckOptions):
    """`env` is added to PATH and LANG, which is all that a plugin gets to see of ours.

    `directory` is where it runs, and where a program like ./check is looked for.
    """

    command: CommandLine
    env: dict[Variable, Argument] = Field(default_factory=dict)
    directory: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^/[^\x00]*$")] = "/"


def environment(options: CommandOptions) -> dict[str, str]:
    """What the plugin sees. Not ours: that holds the tokens of Slack and Twilio."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *PLUGIN_FOLDERS))
    return {"PATH": path, "LANG": "C.UTF-8", **options.env}


def examine(options: CommandOptions) -> Obstacle | None:
    """A program or a directory that is not there, or may not be used."""
    if not os.path.isdir(options.directory):
        return Obstacle("its `directory` is not there", "make it, or name another")
    if _found(options) is not None:
        return None
    name = options.target
    if os.path.isfile(_written(options)):
        return Obstacle(f"{name} may not be run by Midwatch's user", "make it executable for them")
    return Obstacle(f"{name} is not there", "install the plugin, or name its whole path")


async def probe(options: CommandOptions, context: Context) -> Result:
    """Run it once, within `timeout`."""
    at, started = context.now(), time.monotonic()
    limit = options.timeout.total_seconds()
    obstacle, path = examine(options), _found(options)
    if obstacle is not None or path is None:
        what = f"{obstacle.what}: {obstacle.mend}" if obstacle else "it is not there"
        return Result(Outcome.UNKNOWN, "not_run", what, at)
    program = Program((path, *options.command[1:]), environment(options), options.directory)
    try:
        ended = await run_program(program, limit)
    except OSError as error:
        return Result(Outcome.UNKNOWN, *_not_started(options, error), at)
    seconds = Seconds(total=time.monotonic() - started)
    if ended.code is None and not ended.flooded:
        late = f"no answer within {limit:g} s"
        return Result(Outcome.DOWN, "timeout", late, at, seconds, answered=False)
    outcome, reason, detail = judged(ended)
    return Result(outcome, reason, detail, at, seconds, answered=outcome is not Outcome.DOWN)


def _written(options: CommandOptions) -> str:
    """The program as it is written; relative to `directory` if it names a folder."""
    program = options.command[0]
    return os.path.join(options.directory, program) if "/" in program else program


def _found(options: CommandOptions) -> str | None:
    """The path of the program; None where it is not, or may not be run."""
    return shutil.which(_written(options), path=environment(options)["PATH"])


def _not_started(options: CommandOptions, error: OSError) -> tuple[str, str]:
    number = error.errno or 0
    if number in _OURS:
        return "not_run", f"{options.target} {_OURS[number]}"
    if number in OS_ERRORS:
        return "own_limits", OS_ERRORS[number].words
    return "not_run", f"{options.target} cannot be run ({os.strerror(number)})"


KIND = Kind("command", CommandOptions, probe, examine)
