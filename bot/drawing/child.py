"""Runs as a process of its own: chart descriptions in, pictures out, and it ends.

Drawing takes some 90 MB and now and then a bug of a JavaScript engine; both end with the process.
Nothing is fetched: every address is refused. It is started by its path, so that it imports nothing
of Midwatch's.
"""

import base64
import contextlib
import json
import os
import sys
from typing import Any

CPU_SECONDS = 20
"""Ends what turns in circles even if nobody is left to stop it."""
NICENESS = 5
"""A picture waits for a page, not the other way round."""


def main() -> None:
    """Read one JSON request from stdin, write one JSON answer to stdout."""
    _be_modest()
    request = json.load(sys.stdin.buffer)
    import vl_convert

    pictures = [_drawn(vl_convert, spec, request["form"]) for spec in request["specs"]]
    answer = [base64.b64encode(picture).decode("ascii") for picture in pictures]
    sys.stdout.write(json.dumps({"pictures": answer}))
    sys.stdout.flush()
    os._exit(0)  # the engine's threads have nothing to tidy up


def _drawn(vl_convert: Any, spec: str, form: str) -> bytes:
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=2.0, allowed_base_urls=[]))


def _be_modest() -> None:
    """Low priority, bounded time, no core file. Where the system knows no such thing: as it is."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICENESS)


if __name__ == "__main__":
    main()
