"""The base of all API views."""

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.shared.idempotency.keyed_request import Policy, run_keyed

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ApiView(APIView):
    """A view whose unsafe methods honour `Idempotency-Key`.

    `idempotency` says per method how: ACCEPTED (the default), REQUIRED, or PHASED for actions of
    several transactions with a call to a provider between them (a key is required there too).
    """

    idempotency: ClassVar[dict[str, Policy]] = {}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As DRF's, with the keyed request between `initial` and the handler."""
        self.args, self.kwargs = args, kwargs
        self.request: Request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        response: Any
        try:
            response = self._answer(self.request, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The methods, in `Allow`; what they do is said in the OpenAPI document."""
        return Response(status=204)

    def _answer(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        method = str(request.method)
        offered = method.lower() in self.http_method_names and hasattr(self, method.lower())
        if not offered:
            return self.http_method_not_allowed(request, *args, **kwargs)
        if method == "OPTIONS":
            return self.options(request, *args, **kwargs)
        # What the address offers is no secret; who asks matters only from here on.
        self.initial(request, *args, **kwargs)
        handler = getattr(self, method.lower())
        if method not in _UNSAFE:
            return handler(request, *args, **kwargs)
        return run_keyed(
            self,
            request,
            policy=self.idempotency.get(method, Policy.ACCEPTED),
            work=lambda: handler(request, *args, **kwargs),
        )
