"""Errors outside of views: HTML for the people in an admin, problem+json for everyone else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.shared import context
from apps.shared.api import problems


def _for_people(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")


def _page(request: HttpRequest, status: int, title: str, message: str) -> HttpResponse:
    values = {"title": title, "message": message, "request_id": context.request_id.get()}
    return render(request, "admin/galleria/error.html", values, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400"""
    if _for_people(request):
        return _page(request, 400, "This cannot be understood", "Please go back and try again.")
    return problems.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403"""
    if _for_people(request):
        return _page(
            request, 403, "Not allowed", "Your role does not include this. Ask the shop's owner."
        )
    return problems.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404"""
    if _for_people(request):
        return _page(request, 404, "Page not found", "There is nothing at this address.")
    return problems.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500"""
    if _for_people(request):
        return _page(request, 500, "Something broke", "It has been logged. Please try again.")
    return problems.server_error(request)
