"""Django REST Framework and the OpenAPI document."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["apps.shared.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.shared.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.shared.api.renderers.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "apps.shared.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "apps.shared.api.problems.exception_handler",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Galleria",
    "DESCRIPTION": "Many shops under one roof. Every shop answers on its own host.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enum_id_removal",
        "apps.shared.api.schema.say_what_is_open",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
