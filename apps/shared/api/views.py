"""The base of all API views."""

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
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
            self.initial(self.request, *args, **kwargs)
            response = self._run_handler(self.request, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def _run_handler(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        method = str(request.method)
        handler = self.http_method_not_allowed
        if method.lower() in self.http_method_names:
            handler = getattr(self, method.lower(), handler)
        if method not in _UNSAFE or handler == self.http_method_not_allowed:
            return handler(request, *args, **kwargs)
        return run_keyed(
            self,
            request,
            policy=self.idempotency.get(method, Policy.ACCEPTED),
            work=lambda: handler(request, *args, **kwargs),
        )
