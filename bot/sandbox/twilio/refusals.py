"""Twilio's refusals: the codes, the words and the JSON body of its REST errors.

Codes after https://www.twilio.com/docs/api/errors.
"""

from starlette.responses import JSONResponse, Response

from bot.sandbox.faults import Fault, Struck

WHY_NOT_DELIVERED = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "Message from an unregistered number",
}


class Refusal(Exception):
    """An error answer of the REST API."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def answer(self) -> Response:
        """The JSON body that Twilio's SDKs turn into TwilioRestException."""
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return JSONResponse(body, status_code=self.status)


def not_found(path: str) -> Refusal:
    """404, code 20404."""
    return Refusal(20404, f"The requested resource {path} was not found", 404)


def fault_answer(struck: Struck) -> Response:
    """What a request gets while a fault stands."""
    if struck.fault is Fault.RATE_LIMITED:
        answer = Refusal(20429, "Too Many Requests", 429).answer()
        answer.headers["Retry-After"] = str(struck.retry_after_seconds)
        return answer
    if struck.fault is Fault.ERROR:
        return Refusal(20500, "Internal Server Error", 500).answer()
    return Response("<html>503 Service Unavailable</html>", 503, media_type="text/html")
