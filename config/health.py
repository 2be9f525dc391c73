"""`/health/live`: this process answers. It asks nothing of any other server, on any host."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


class LivenessMiddleware:
    """Answers before the tenant is looked up, so that probes need no shop's host name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/health/live":
            return JsonResponse({"status": "ok"})
        return self.get_response(request)
