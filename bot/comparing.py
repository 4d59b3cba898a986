"""What a candidate configuration would change here, and whether it would be taken. Nothing is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config import Config, ConfigError, parse
from config.catalogue import Piece, Read
from config.document import Unreadable, compose, keys
from config.joining import SECTIONS
from config.problems import Problem
from config.reload import changes
from config.texts import decoded

NO_CATALOGUE = "the Midwatch that was asked reads no catalogue"
HELD_UP = "refused there at the moment, so that no change is taken until it is mended"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files as (name, content). `main` None: only files of the catalogue are to change."""

    main: tuple[str, str] | None
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes` are sentences without secrets, `warnings` those that are not there already.

    With problems there are neither.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    changes: tuple[str, ...] = ()


def compare(
    config: Config,
    env: Mapping[str, str],
    candidate: Candidate,
    refused: tuple[Problem, ...] = (),
    *,
    demo: bool = False,
) -> Comparison:
    """Checked with this Midwatch's own environment; nothing is read but what checks name.

    The other files are those in use here: a mistake that is `refused` in one of them at the moment
    is no fault of the candidate, and only a warning.
    """
    ours = tuple(Piece(Path(name), text.encode()) for name, text in candidate.files)
    replaced = frozenset[Path]()
    try:
        if candidate.main is not None:
            name, text = candidate.main
            fresh = parse(text, env, Path(name), demo=demo, read=lambda folder: _in(folder, ours))
            refused = ()
        else:
            replaced = _replaced(config, ours)
            read = _each_once([*_kept(config, replaced), *ours])
            fresh = parse(config.files[config.source], env, config.source, demo=demo, read=read)
    except ConfigError as error:
        return Comparison(problems=error.problems)
    held_up = [one for one in refused if Path(one.file) not in replaced]
    warnings = [one for one in fresh.warnings if one not in config.warnings]
    warnings += [replace(one, what=f"{one.what}: {HELD_UP}") for one in held_up]
    return Comparison(warnings=tuple(warnings), changes=changes(config, fresh))


def _in(folder: Path, pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.path.parent == folder]


def _each_once(pieces: list[Piece]) -> Read:
    """All of them in the first folder, wherever they stand: only what they hold matters."""
    waiting = [pieces, list[Piece]()]
    return lambda _folder: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _kept(config: Config, replaced: frozenset[Path]) -> Iterator[Piece]:
    for path, content in config.files.items():
        if path != config.source and path not in replaced:
            yield Piece(path, content)


def _replaced(config: Config, ours: Sequence[Piece]) -> frozenset[Path]:
    """The own files in whose place these come. Raises ConfigError where none could be added."""
    if not config.catalogue:
        mend = f"name a folder with `catalogue` in its {config.source.name}"
        raise ConfigError([Problem(str(one.path), 0, 0, "", NO_CATALOGUE, mend) for one in ours])
    return frozenset(path for one in ours for path in _place(config, one))


def _place(config: Config, piece: Piece) -> set[Path]:
    """The file of the same name, or else the only one that defines what this one defines."""
    homes = {Path(file) for name in _defined(piece) if (file := config.origins.get(name))}
    named = {path for path in config.files if path.name == piece.path.name} - {config.source}
    if len(named) > 1:
        named &= homes  # two folders have a file of this name
    return named or (homes if len(homes) == 1 else set())


def _defined(piece: Piece) -> list[str]:
    if not isinstance(piece.content, bytes):
        return []
    try:
        root, _ = compose(decoded(piece.content))
    except Unreadable:
        return []
    return [f"{section}.{name}" for section in SECTIONS for name in keys(root, section)]
