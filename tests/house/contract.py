"""The contract that says what a package may import, and refuses the rest (for import-linter).

import-linter's own contracts list what is forbidden, which a new module escapes. The house is
described the other way round: "the store knows the core and the ports, and nothing else of ours".
"""

import sys
from collections.abc import Iterable

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """`source_modules` import, of ours, only themselves and `may_import`.

    Configuration options:
        source_modules: modules, each with everything below it. One that does not exist is an error.
        may_import: the other modules of ours that they may import, each with everything below it.
        without: modules below the source modules that another contract speaks for.
        outside: the foreign packages they may import beside the standard library. Left out: any.
    """

    type_name = "only"

    source_modules = fields.ListField(subfield=fields.StringField())
    may_import = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    without = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    outside = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = [
            (importer, imported)
            for source in texts(self.source_modules)
            for importer in members(graph, source)
            if not within(importer, texts(self.without))
            for imported in graph.find_modules_directly_imported_by(importer)
            if not self.allows(graph, source, imported)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def allows(self, graph: ImportGraph, source: str, imported: str) -> bool:
        if graph.is_module_squashed(imported):  # not a module of ours
            name = imported.partition(".")[0]
            known = sys.stdlib_module_names | set(texts(self.outside))
            return self.outside is None or name in known
        if within(imported, texts(self.without)):
            return False
        return within(imported, [source, *texts(self.may_import)])

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} may not import {imported}")


def texts(value: object) -> list[str]:
    """The value of a list field, which import-linter has put in the place of the field itself."""
    return list(map(str, value)) if isinstance(value, list) else []


def members(graph: ImportGraph, source: str) -> list[str]:
    if source not in graph.modules:
        raise ValueError(f"a contract names {source}, which does not exist")
    return sorted({source, *graph.find_descendants(source)})


def within(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
