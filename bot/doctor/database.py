"""The database: reachable, up to date, writable; who runs on it; and what it knows of the rest."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.core.scene import Need, Scene
from bot.doctor.clocks import Heard
from bot.doctor.finding import Finding, State, fail, named, ok, warn
from bot.doctor.known import Known
from bot.doctor.look import Seen
from bot.ports import Clock, StoreUnavailable
from bot.store import AlreadyRunning, BadAddress, SqlStore, open_store, pending, the_only_run
from bot.store.address import Address, parse
from config import Config

PART = "database"
WAIT_SECONDS = 2.0
LATE = timedelta(minutes=1)
_MARKS = {
    "opted_out": ("has opted out", "START must be texted from that phone to Midwatch's number"),
    "landline": ("is a landline", "give a mobile number, or take `sms` out of `channels`"),
}


async def look(config: Config, clock: Clock) -> Seen:
    """Everything that is in, or about, the database."""
    url = config.settings.database_url.get_secret_value()
    try:
        address = parse(url)
    except BadAddress as bad:
        return Seen([fail(PART, str(bad), "set DATABASE_URL")])
    absent = _absent(address)
    if absent:
        return Seen([absent])
    try:
        if await pending(url):
            return Seen([fail(PART, "is not up to date", "run `midwatch migrate`")])
        return await _opened(url, address, config, clock)
    except StoreUnavailable as away:
        return Seen([fail(PART, str(away), "look at DATABASE_URL, the server, the disk")])


def _absent(address: Address) -> Finding | None:
    """A SQLite file that is not there yet is no fault; a folder that is not there is."""
    file = address.file
    if file is None or file.exists():
        return None
    folder = file.absolute().parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        return fail(PART, f"{folder} may not be written to", "give Midwatch's user the right")
    return warn(PART, f"{file} is not there yet", "`midwatch run` makes it; then look again")


async def _opened(url: str, address: Address, config: Config, clock: Clock) -> Seen:
    store = open_store(url, clock=clock, wait_seconds=WAIT_SECONDS)
    try:
        async with store.transaction() as transaction:
            scene = await transaction.scene(Need(), clock.now())
        kind = "SQLite" if address.is_sqlite else "PostgreSQL"
        seen = Seen([ok(PART, f"{kind} is up to date and can be written to")])
        runs = _runs(url, address)
        seen.findings += await _audit(store, clock)
        seen.findings += [*runs, *marked(scene.unusable, config)]
        seen.known = await _known(store, config, scene, any(it.state is State.OK for it in runs))
        seen.heard += [] if address.is_sqlite else [await _its_clock(store)]
        return seen
    finally:
        await store.close()


async def _audit(store: SqlStore, clock: Clock) -> list[Finding]:
    """Whether the database refuses changes of the audit log, and whether it is sealed in time."""
    part = "audit log"
    if gone := await store.audit.missing_guards():
        what = f"the database does not refuse its changes: without {named(gone)}"
        mend = "find out who dropped them; `midwatch audit verify`; `midwatch migrate` mends it"
        return [fail(part, what, mend)]
    chain = await store.audit.chain()
    if chain.oldest_at and clock.now() - chain.oldest_at > LATE:
        rows = "1 row waits" if chain.waiting == 1 else f"{chain.waiting} rows wait"
        what = f"{rows} to be sealed, since {chain.oldest_at:%Y-%m-%d %H:%M} UTC"
        return [warn(part, what, "a running Midwatch seals them: does one run? its log says more")]
    return [ok(part, f"{chain.head.number} rows are sealed; `midwatch audit verify` checks them")]


def _runs(url: str, address: Address) -> list[Finding]:
    """SQLite's lock tells whether a Midwatch runs; PostgreSQL has none (see PUBLIC_URL)."""
    if not address.is_sqlite:
        return []
    try:
        with the_only_run(url):
            return [warn(PART, "no Midwatch runs on it now", "start it with `midwatch run`")]
    except AlreadyRunning:
        return [ok(PART, "a Midwatch runs on it")]
    except OSError as error:
        what = f"the lock file beside it cannot be written ({error.strerror})"
        return [fail(PART, what, "give Midwatch's user the right to its folder")]


async def _known(store: SqlStore, config: Config, scene: Scene, runs: bool) -> Known:
    names = [
        check.options.target
        for service in config.services.values()
        for check in service.checks
        if check.kind == "heartbeat"
    ]
    return Known(
        sources={status.name: status for status in await store.source_statuses()},
        results={(it.service, it.check): it for it in await store.last_results()},
        calls=await store.known_heartbeats(names),
        deployed=frozenset((it, name.casefold()) for it, name in await store.deployed()),
        runs=runs,
        unusable=scene.unusable,
        overrides=scene.overrides,
    )


async def _its_clock(store: SqlStore) -> Heard:
    before = datetime.now(UTC)

    async def ask(db: object) -> datetime:
        found = await db.execute(sa.text("SELECT clock_timestamp()"))  # type: ignore[attr-defined]
        said: datetime = found.scalar_one()
        return said

    said = await store.database.read(ask)
    return Heard("the database", said, before, datetime.now(UTC))


def marked(marks: Mapping[tuple[str, str], str], config: Config) -> list[Finding]:
    """People whose phones cannot be texted, as Twilio told when it was tried."""
    found = []
    for (person, channel), mark in sorted(marks.items()):
        if person in config.people:
            what, mend = _MARKS.get(mark, (f"is marked {mark}", "send a test: `midwatch page`"))
            found.append(fail("people", f"{person}'s phone {what}: no {channel} reaches it", mend))
    return found
