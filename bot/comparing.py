"""What a candidate configuration would change here, and whether it would be taken. Nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import Config, ConfigError
from config.catalogue import SECTIONS, Piece, Read, folder_of, read_folder
from config.document import Unreadable, compose, keys
from config.files import CannotRead, read_small
from config.loading import LARGEST_FILE, parse
from config.problems import Problem
from config.reload import changes
from config.texts import decoded

NO_CATALOGUE = "this Midwatch reads no catalogue"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files as (name, content). `main` None: only files of the catalogue are to change."""

    main: tuple[str, str] | None
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes` are sentences without secrets; with problems there are none."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    changes: tuple[str, ...] = ()


def compare(
    config: Config, env: Mapping[str, str], candidate: Candidate, *, demo: bool = False
) -> Comparison:
    """Checked with this Midwatch's own environment and, for single files, its own other files."""
    ours = [Piece(Path(Path(name).name), text.encode()) for name, text in candidate.files]
    try:
        if candidate.main is not None:
            name, text = candidate.main
            fresh = parse(text, env, Path(name), demo=demo, read=lambda _folder: ours)
        else:
            content = _own_main(config, ours)
            fresh = parse(content, env, config.source, demo=demo, read=_with(config, ours))
    except ConfigError as error:
        return Comparison(problems=error.problems)
    return Comparison(warnings=fresh.warnings, changes=changes(config, fresh))


def _own_main(config: Config, ours: Sequence[Piece]) -> bytes:
    """The main file as it is now. Raises ConfigError where no file could be added to it."""
    try:
        content = read_small(config.source, LARGEST_FILE)
        root, _ = compose(decoded(content))
    except CannotRead as error:
        raise ConfigError([Problem(str(config.source), 0, 0, "", error.what, error.mend)]) from None
    except Unreadable:
        return content
    if root is None or folder_of(root, config.source) is None:
        mend = f"name a folder with `catalogue` in {config.source.name}"
        raise ConfigError(
            [Problem(str(piece.path), 0, 0, "", NO_CATALOGUE, mend) for piece in ours]
        )
    return content


def _with(config: Config, ours: Sequence[Piece]) -> Read:
    """The own catalogue, each file of it in the place of the one that it follows."""
    names = {piece.path.name for piece in ours}
    names |= {name for piece in ours if (name := _home(config, piece))}

    def read(folder: Path) -> list[Piece]:
        kept = [piece for piece in read_folder(folder) if piece.path.name not in names]
        return sorted([*kept, *ours], key=lambda piece: piece.path.name)

    return read


def _home(config: Config, piece: Piece) -> str | None:
    """The file that now holds all that this one does, under another name."""
    content = piece.content
    try:
        root, _ = compose(decoded(content)) if isinstance(content, bytes) else (None, [])
    except Unreadable:
        return None
    held = [f"{section}.{name}" for section in SECTIONS for name in keys(root, section)]
    homes = {config.origins.get(name) for name in held}
    home = homes.pop() if len(homes) == 1 else None
    return Path(home).name if home else None
