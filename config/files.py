"""Reads small text files, and says in words why one cannot be read."""

from pathlib import Path


class CannotRead(Exception):
    """Says `what` and `mend`, never the file's content. `missing`: there is no such file."""

    def __init__(self, what: str, mend: str = "", *, missing: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.missing = missing


def read_small(path: Path, largest: int) -> bytes:
    """The bytes of a regular file of at most `largest` bytes. Raises CannotRead."""
    try:
        if path.is_dir():
            raise CannotRead("is a directory", "name the file in it")
        if path.exists() and not path.is_file():
            raise CannotRead("is not a regular file")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except FileNotFoundError:
        raise CannotRead("there is no such file", "check the path", missing=True) from None
    except PermissionError:
        raise CannotRead("may not be read", "give Midwatch's user the right to read it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise CannotRead(f"cannot be read: {reason or 'bad path'}") from None
    if len(content) > largest:
        raise CannotRead(f"is larger than {largest // 1024} KiB")
    return content
