"""A local GitHub API: deployments, statuses, comparisons, with pages, limits and refusals."""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

TOKEN = "ghp_token_of_the_test"


@dataclass
class GitHub:
    """`deployments` newest first by repository; `statuses` newest first by deployment."""

    deployments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    commits: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    files_of: dict[str, list[str]] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)
    status: str = "ahead"
    renamed: dict[str, str] = field(default_factory=dict)
    refuse: Response | None = None
    refuse_after: tuple[int, Response] | None = None
    largest_page: int = 100
    asked: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        base = "/repos/{owner}/{name}"
        return Starlette(
            routes=[
                Route(f"{base}/deployments", self._deployments),
                Route(f"{base}/deployments/{{id:int}}/statuses", self._statuses),
                Route(f"{base}/commits/{{sha}}", self._commit),
                Route(f"{base}/contents/{{path:path}}", self._contents),
                Route(f"{base}/compare/{{range:path}}", self._compare),
            ]
        )

    def _refusal(self, request: Request) -> Response | None:
        self.asked.append(f"{request.url.path}?{request.url.query}")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"message": "Bad credentials", "status": "401"}, 401)
        if self.refuse_after and len(self.asked) > self.refuse_after[0]:
            return self.refuse_after[1]
        return self.refuse

    async def _deployments(self, request: Request) -> Response:
        name = "{owner}/{name}".format(**request.path_params)
        if refusal := self._refusal(request):
            return refusal
        if name in self.renamed:
            moved = request.url.path.replace(name, self.renamed[name])
            return RedirectResponse(f"{moved}?{request.url.query}", 301)
        if name not in self.deployments:
            return JSONResponse({"message": "Not Found"}, 404)
        return JSONResponse(self._page(self.deployments[name], request))

    async def _statuses(self, request: Request) -> Response:
        found = self.statuses.get(request.path_params["id"], [])
        return self._refusal(request) or JSONResponse(self._page(found, request))

    async def _compare(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        if "missing" in request.path_params["range"]:
            return JSONResponse({"message": "Not Found"}, 404)
        first = request.query_params.get("page", "1") == "1"
        return JSONResponse(
            {
                "status": self.status,
                "total_commits": len(self.commits),
                "commits": self._page(self.commits, request),
                "files": [{"filename": name} for name in self.files[:300]] if first else None,
            }
        )

    async def _commit(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        names = self.files_of.get(request.path_params["sha"], [])
        found = self._page([{"filename": name} for name in names], request)
        page = int(request.query_params.get("page", "1"))
        more = {"link": '<https://x>; rel="next"'} if names[page * 100 :] else {}
        return JSONResponse({"sha": request.path_params["sha"], "files": found}, headers=more)

    async def _contents(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        found = self.contents.get(request.path_params["path"])
        return JSONResponse(found) if found else JSONResponse({"message": "Not Found"}, 404)

    def _page(self, rows: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
        size = min(int(request.query_params.get("per_page", "30")), self.largest_page)
        start = (int(request.query_params.get("page", "1")) - 1) * size
        return rows[start : start + size]
