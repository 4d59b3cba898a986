"""The account, its number and its messaging service: what `midwatch doctor` looks at."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.twilio.records import API_VERSION
from bot.sandbox.twilio.refusals import not_found
from bot.sandbox.twilio.world import Twilio

CREATED = "Mon, 02 Nov 2026 09:00:00 +0000"
CREATED_ISO = "2026-11-02T09:00:00Z"


def account_routes(twilio: Twilio) -> list[Route]:
    """Account, IncomingPhoneNumbers and Messaging Services."""
    return [*_account(twilio), *_numbers(twilio), *_services(twilio)]


def _account(twilio: Twilio) -> list[Route]:
    async def fetch(request: Request) -> Response:
        settings = twilio.context.settings
        uri = f"/{API_VERSION}/Accounts/{settings.account_sid}"
        return JSONResponse(
            {
                "auth_token": settings.auth_token,
                "date_created": CREATED,
                "date_updated": CREATED,
                "friendly_name": "Sandbox",
                "owner_account_sid": settings.account_sid,
                "sid": settings.account_sid,
                "status": "active",
                "subresource_uris": {"messages": f"{uri}/Messages.json"},
                "type": "Trial" if settings.trial else "Full",
                "uri": f"{uri}.json",
            }
        )

    return [Route(f"/{API_VERSION}/Accounts/{{account}}.json", fetch, methods=["GET"])]


def _number(twilio: Twilio) -> dict[str, Any]:
    settings = twilio.context.settings
    uri = f"/{API_VERSION}/Accounts/{settings.account_sid}/IncomingPhoneNumbers"
    return {
        "account_sid": settings.account_sid,
        "address_requirements": "none",
        "api_version": API_VERSION,
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "date_created": CREATED,
        "date_updated": CREATED,
        "friendly_name": settings.from_number,
        "origin": "twilio",
        "phone_number": settings.from_number,
        "sid": twilio.number_sid,
        "sms_fallback_method": "POST",
        "sms_fallback_url": twilio.inbound.fallback_url or "",
        "sms_method": "POST",
        "sms_url": twilio.inbound.url,
        "status": "in-use",
        "status_callback": "",
        "status_callback_method": "POST",
        "type": "local",
        "uri": f"{uri}/{twilio.number_sid}.json",
        "voice_fallback_url": "",
        "voice_method": "POST",
        "voice_url": "",
    }


def _numbers(twilio: Twilio) -> list[Route]:
    base = f"/{API_VERSION}/Accounts/{{account}}/IncomingPhoneNumbers"

    async def listing(request: Request) -> Response:
        wanted = request.query_params.get("PhoneNumber", "").strip("*")
        number = _number(twilio)
        rows = [number] if wanted in number["phone_number"] else []
        page = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": request.url.path}
        return JSONResponse({"incoming_phone_numbers": rows, **page})

    async def fetch(request: Request) -> Response:
        _own(request)
        return JSONResponse(_number(twilio))

    async def update(request: Request) -> Response:
        _own(request)
        form = await request.form()
        if "SmsUrl" in form:
            twilio.inbound.sms_url = str(form["SmsUrl"]) or None
        if "SmsFallbackUrl" in form:
            twilio.inbound.fallback_url = str(form["SmsFallbackUrl"]) or None
        return JSONResponse(_number(twilio))

    def _own(request: Request) -> None:
        if request.path_params["sid"] != twilio.number_sid:
            raise not_found(request.url.path)

    return [
        Route(f"{base}.json", listing, methods=["GET"]),
        Route(f"{base}/{{sid}}.json", fetch, methods=["GET"]),
        Route(f"{base}/{{sid}}.json", update, methods=["POST"]),
    ]


def _services(twilio: Twilio) -> list[Route]:
    def own(request: Request) -> None:
        if request.path_params["sid"] != twilio.context.settings.messaging_service_sid:
            raise not_found(request.url.path)

    async def fetch(request: Request) -> Response:
        own(request)
        return JSONResponse(_service(twilio))

    async def numbers(request: Request) -> Response:
        own(request)
        settings = twilio.context.settings
        number = {
            "sid": twilio.number_sid,
            "account_sid": settings.account_sid,
            "service_sid": settings.messaging_service_sid,
            "phone_number": settings.from_number,
            "country_code": "US",
            "capabilities": ["SMS", "MMS", "Voice"],
            "date_created": CREATED_ISO,
            "date_updated": CREATED_ISO,
            "url": str(request.url),
        }
        meta = {"key": "phone_numbers", "page": 0, "page_size": 50, "next_page_url": None}
        return JSONResponse({"meta": meta, "phone_numbers": [number]})

    return [
        Route("/v1/Services/{sid}", fetch, methods=["GET"]),
        Route("/v1/Services/{sid}/PhoneNumbers", numbers, methods=["GET"]),
    ]


def _service(twilio: Twilio) -> dict[str, Any]:
    settings = twilio.context.settings
    return {
        "sid": settings.messaging_service_sid,
        "account_sid": settings.account_sid,
        "friendly_name": "Midwatch",
        "date_created": CREATED_ISO,
        "date_updated": CREATED_ISO,
        "inbound_request_url": twilio.inbound.url,
        "inbound_method": "POST",
        "fallback_url": twilio.inbound.fallback_url,
        "status_callback": None,
        "sticky_sender": True,
        "smart_encoding": False,
        "validity_period": 36000,
        "us_app_to_person_registered": True,
        "use_inbound_webhook_on_number": False,
        "url": f"/v1/Services/{settings.messaging_service_sid}",
        "links": {},
    }
