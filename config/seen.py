"""What the files of a configuration hold, as a digest that is quick to take again and again."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from config.catalogue import LARGEST_PIECE, Listed, folders_of, listed
from config.document import Unreadable, compose
from config.files import CannotRead, read_small
from config.loading import LARGEST_FILE
from config.texts import decoded

SETTLED_SECONDS = 2.0
"""A file that changed less than this ago is read again: the times of files may be this coarse."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A file's digest, and what the system said of the file; None: not to be relied on yet."""

    digest: bytes
    status: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read. Equal to another one if all files, and what they hold, are the same."""

    digest: bytes
    main: bytes = field(default=b"", compare=False)
    folders: tuple[Path, ...] = field(default=(), compare=False)
    glances: Mapping[Path, Glance] = field(default_factory=dict, compare=False, repr=False)


def fingerprint(path: Path, before: Seen | None = None) -> Seen:
    """What to compare the next look with: the main file and the catalogue that it names.

    The content decides and not the time: editors and mounted volumes play with times. A file of
    the catalogue is only read again if the system says that it is another one since `before`.
    Never raises.
    """
    try:
        content = read_small(path, LARGEST_FILE)
    except CannotRead as error:
        return Seen(str(error).encode())
    main = sha256(content).digest()
    known = before is not None and before.main == main
    folders = before.folders if before and known else _folders(content, path)
    whole, glances = sha256(main), dict[Path, Glance]()
    for folder in folders:
        try:
            found = listed(folder)
        except CannotRead as error:
            whole.update(str(error).encode())
            continue
        for one in found:
            glance = glances[one.path] = _glance(one, before)
            whole.update(sha256(bytes(one.path)).digest() + glance.digest)
    return Seen(whole.digest(), main, folders, glances)


def _folders(content: bytes, path: Path) -> tuple[Path, ...]:
    try:
        root, _ = compose(decoded(content))
    except Unreadable:
        return ()
    return tuple(folder for _, folder in folders_of(root, path)) if root else ()


def _glance(one: Listed, before: Seen | None) -> Glance:
    at = one.status
    if at is None:
        return Glance(sha256(b"a link to nothing").digest(), None)
    status = (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)
    known = before.glances.get(one.path) if before else None
    if known and known.status == status:
        return known
    settled = time.time() - max(at.st_ctime, at.st_mtime) > SETTLED_SECONDS
    try:
        digest = sha256(read_small(one.path, LARGEST_PIECE)).digest()
    except CannotRead as error:
        digest = sha256(str(error).encode()).digest()
    return Glance(digest, status if settled else None)
