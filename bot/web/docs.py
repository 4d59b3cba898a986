"""`/docs`: what programs can ask, from the same description as /openapi.json; no script needed."""

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.web.pages import Pages


def router(pages: Pages) -> APIRouter:
    """Open to everybody: it tells shapes, no state."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def documentation(request: Request) -> Response:
        described = request.app.openapi()
        return pages.render(
            request,
            "docs.html",
            await pages.session_if_known(request),
            title=described["info"]["title"],
            operations=operations(described),
        )

    return routes


def operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Method, path, words and parameters of every operation, in the order of the description."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "about": operation.get("description") or operation.get("summary", ""),
            "parameters": [parameter(one) for one in operation.get("parameters", [])],
        }
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def parameter(one: dict[str, Any]) -> dict[str, str]:
    """A parameter in words: what kind of value, which ones, what it is when it is left out."""
    schema = one.get("schema", {})
    kinds = [schema, *schema.get("anyOf", [])]
    kind = next((it["type"] for it in kinds if it.get("type") not in (None, "null")), "")
    allowed: list[str] = next((it["enum"] for it in kinds if "enum" in it), [])
    limits = [f"from {it['minimum']}" for it in kinds if "minimum" in it]
    limits += [f"to {it['maximum']}" for it in kinds if "maximum" in it]
    default = f"default {schema['default']}" if schema.get("default") is not None else ""
    words = [" · ".join(allowed) or kind, " ".join(limits), default]
    return {
        "name": one["name"],
        "where": one["in"],
        "kind": ", ".join(word for word in words if word),
        "about": one.get("description", ""),
    }
