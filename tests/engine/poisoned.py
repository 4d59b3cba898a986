"""A bug of ours, by data that the rules stumble over."""

from collections.abc import ItemsView, Iterator, Mapping

from bot.core.policy import Service


class Poisoned(Mapping[str, Service]):
    """Services of which one cannot be looked at: a bug of ours that only one event meets."""

    def __init__(self, services: Mapping[str, Service], poison: str) -> None:
        self.services, self.poison = services, poison

    def __getitem__(self, key: str) -> Service:
        if key == self.poison:
            raise ZeroDivisionError("a bug of ours")
        return self.services[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.services)

    def items(self) -> ItemsView[str, Service]:
        return self.services.items()  # whoever only looks through them does not meet it

    def __len__(self) -> int:
        return len(self.services)
