"""Where payment providers call."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import services
from apps.shared import clock
from apps.shared.api.views import ApiView


class Webhook(ApiView):
    """Verified on the raw body, stored once, acknowledged after the commit; then a worker acts."""

    provider = ""

    def post(self, request: Request) -> Response:
        services.receive_webhook(
            provider=self.provider,
            body=request._request.body,
            headers=request.headers,
            now=clock.now(),
        )
        return Response({"received": True})
