"""The reference of the REST API, out of its OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_REFERENCE = "$ref"


@dataclass(frozen=True)
class Field:
    """Something that is sent or answered.

    Attributes
    ----------
    kind : its type in words.
    links : names of the forms that the type speaks of.
    """

    name: str
    kind: str
    links: tuple[str, ...]
    meaning: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """What can be asked of the service.

    Attributes
    ----------
    takes : parameters, and the body under the name `body`.
    answers : the same for what comes back.
    """

    method: str
    path: str
    meaning: str
    takes: tuple[Field, ...]
    answers: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """What a body or an answer is made of."""

    name: str
    meaning: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ApiReference:
    """All of it, operations by path."""

    description: str
    operations: tuple[Operation, ...]
    forms: tuple[Form, ...]


def api_reference(document: Mapping[str, Any]) -> ApiReference:
    """The reference of an OpenAPI document as FastAPI writes it."""
    operations = tuple(
        _operation(method, path, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    )
    schemas = document.get("components", {}).get("schemas", {})
    forms = tuple(_form(name, schema) for name, schema in sorted(schemas.items()) if "properties" in schema)
    return ApiReference(document["info"]["description"], operations, forms)


def kind_of(schema: Mapping[str, Any]) -> str:
    """A type in words.

    Examples
    --------
    >>> kind_of({"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Item"}}, {"type": "null"}]})
    'list of Item or null'
    >>> kind_of({"enum": ["plan", "calibrate"]}), kind_of({"const": 1}), kind_of({})
    ('plan | calibrate', '1', 'anything')
    """
    if _REFERENCE in schema:
        return _name(schema[_REFERENCE])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(kind_of(one) for one in schema[several])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _links(schema: Any) -> Iterator[str]:
    """Names of forms anywhere within a type."""
    if isinstance(schema, Mapping):
        if _REFERENCE in schema:
            yield _name(schema[_REFERENCE])
        for value in schema.values():
            yield from _links(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _links(value)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Operation:
    takes = [
        _field(one["name"], one["schema"], one.get("description", ""), one.get("required", False))
        for one in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {})
    takes += [
        _field("body", one.get("schema", {}), kind, True) for kind, one in body.get("content", {}).items()
    ]
    answers = [
        _field(status, content.get("schema", {}), kind, True)
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for kind, content in answer.get("content", {}).items()
    ]
    meaning = operation.get("description", operation.get("summary", ""))
    return Operation(method.upper(), path, meaning, tuple(takes), tuple(answers))


def _form(name: str, schema: Mapping[str, Any]) -> Form:
    required = schema.get("required", [])
    fields = tuple(
        _field(field, one, one.get("description", ""), field in required)
        for field, one in schema["properties"].items()
    )
    return Form(name, schema.get("description", ""), fields)


def _field(name: str, schema: Mapping[str, Any], meaning: str, is_required: bool) -> Field:
    return Field(name, kind_of(schema), tuple(dict.fromkeys(_links(schema))), meaning, is_required)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
