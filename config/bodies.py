"""Request bodies as Django needs them: of a known length, and not too long.

Django takes a body without `Content-Length` for none, so a chunked one would be dropped silently;
Granian marks the end of every body, so it can be read to that. What is announced too long is
refused before a byte of it is read. Slow senders are the proxy's business (docs/architecture.md).
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import orjson

from apps.shared import context
from apps.shared.api.problems import CONTENT_TYPE, problem
from apps.shared.ids import new_id, public_id

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_LONGEST_UPLOAD = 32 * 1024 * 1024


class MeasuredBodies:
    """WSGI middleware. `longest` in bytes; forms with files may have 32 MiB."""

    def __init__(self, application: Application, *, longest: int) -> None:
        self._application, self._longest = application, longest

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_upload = environ.get("CONTENT_TYPE", "").startswith("multipart/form-data")
        longest = _LONGEST_UPLOAD if is_upload else self._longest
        if int(environ.get("CONTENT_LENGTH") or 0) > longest:
            return _too_large(environ, start_response)
        if "HTTP_TRANSFER_ENCODING" in environ:
            body = environ["wsgi.input"].read(longest + 1)
            if len(body) > longest:
                return _too_large(environ, start_response)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start_response)


def _too_large(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """As `RequestContextMiddleware` and the problems of views would do it."""
    detail, path = "The request body is too large.", environ.get("PATH_INFO", "")
    with context.acting(request=public_id("req", new_id())):
        body = orjson.dumps(problem(413, "body_too_large", detail, instance=path))
        headers = [("Content-Type", CONTENT_TYPE), ("Request-Id", context.request_id.get())]
    headers += [("Content-Length", str(len(body))), ("Connection", "close")]
    start_response("413 Content Too Large", headers)
    return [body]
