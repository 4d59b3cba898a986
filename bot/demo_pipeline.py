"""The demo's pipeline of payments: it builds on staging, waits for a signature, and deploys."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bot.sandbox.services import DemoService

SERVICE = "payments"
STAGING = "staging"
TAKES_SECONDS = 3.0
Post = Callable[[str, dict[str, Any]], Awaitable[None]]
Build = dict[str, Any]


class Pipeline:
    """`post` sends a report to Midwatch's hook of that name, with the token."""

    def __init__(self, post: Post, services: dict[str, DemoService], secret: str) -> None:
        self._post, self._services, self._signer = post, services, Webhook(secret)
        self._builds: dict[str, Build] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def build(self, build: Build) -> str:
        """It goes to staging, and is announced."""
        artifact = f"sha256:{hashlib.sha256(build['sha'].encode()).hexdigest()[:16]}"
        build = {**build, "artifact": artifact}
        self._builds[build["sha"]] = build
        staging = self._services[STAGING]
        staging.mend()
        staging.version = build["version"]
        now = datetime.now(UTC).isoformat()
        ended = {"status": "succeeded", "finished_at": now, "environment": "staging"}
        await self._post("deployments", {**build, "id": f"{build['id']}-staging", **ended})
        await self._post("releases", {**build, "id": f"build-{build['id']}"})
        return f"{SERVICE} {build['version']} waits on staging: its card comes in #releases"

    def routes(self) -> APIRouter:
        """What the signature calls."""
        routes = APIRouter(prefix="/pipeline")

        @routes.post("/deploy")
        async def deploy(request: Request) -> Response:
            body = await request.body()
            if not self._is_signed(request, body):
                return Response(status_code=401)
            build = self._builds.get(str(json.loads(body)["data"]["sha"]))
            if build is None:
                return Response(status_code=404)
            task = asyncio.create_task(self._deploy(build))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            return Response(status_code=202)

        return routes

    def _is_signed(self, request: Request, body: bytes) -> bool:
        try:
            self._signer.verify(body, dict(request.headers))
        except WebhookVerificationError:
            return False
        return True

    async def _deploy(self, build: Build) -> None:
        started = datetime.now(UTC).isoformat()
        production = {**build, "environment": "production", "started_at": started}
        await self._post("deployments", {**production, "status": "started"})
        await asyncio.sleep(TAKES_SECONDS)
        self._services[SERVICE].mend()
        self._services[SERVICE].version = build["version"]
        ended = {"status": "succeeded", "finished_at": datetime.now(UTC).isoformat()}
        await self._post("deployments", {**production, **ended})
