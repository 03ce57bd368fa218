"""Holds twins of a report to the published formats: python3 validate.py FILE...

A file ending in .sarif is held to SARIF 2.1.0: to sarif-2.1.0.json here, and object by object to Microsoft's object
model (Debian package python3-sarif-python-om), which was generated from OASIS's own schema. A file ending in
.cdx.json is held to CycloneDX 1.6's schema. Says what is wrong and ends with 1, else prints nothing and ends with 0.
"""

import json
import pathlib
import sys

import attr
import jsonschema
import sarif_om

HERE = pathlib.Path(__file__).parent


def load(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def problems(document, schema, store):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    resolver = jsonschema.RefResolver.from_schema(schema, store=store)
    checker = jsonschema.FormatChecker()
    for error in kind(schema, resolver=resolver, format_checker=checker).iter_errors(document):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def unknown_members(value, definition, definitions, place):
    """Members that the object model does not have, and members that it asks for, by walking the schema's references."""
    if "$ref" in definition:
        name = definition["$ref"].rsplit("/", 1)[-1]
        definition = definitions[name]
        model = getattr(sarif_om, name, None)
        if model and isinstance(value, dict) and name != "PropertyBag":
            fields = {field.metadata["schema_property_name"]: field for field in model.__attrs_attrs__}
            known = set(fields)
            needed = {name for name, field in fields.items() if field.default is attr.NOTHING}
            for member in set(value) - known:
                yield f"{place}: {name} has no member {member}"
            for member in needed - set(value):
                yield f"{place}: {name} needs the member {member}"
    if isinstance(value, dict):
        for key, member in value.items():
            inner = definition.get("properties", {}).get(key, definition.get("additionalProperties"))
            if isinstance(inner, dict):
                yield from unknown_members(member, inner, definitions, f"{place}/{key}")
    if isinstance(value, list) and "items" in definition:
        for index, member in enumerate(value):
            yield from unknown_members(member, definition["items"], definitions, f"{place}/{index}")


def references(bom):
    """Components that two share a name, and names that nobody bears."""
    seen, used = [], []

    def walk(value):
        if isinstance(value, dict):
            if "bom-ref" in value:
                seen.append(value["bom-ref"])
            if set(value) == {"ref"}:
                used.append(value["ref"])
            for member in value.values():
                walk(member)
        elif isinstance(value, list):
            for member in value:
                walk(member)

    walk(bom)
    yield from (f"bom-ref {name} is borne twice" for name in sorted(set(seen)) if seen.count(name) > 1)
    yield from (f"ref {name} leads nowhere" for name in sorted(set(used) - set(seen)))


def check(path):
    document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    if path.endswith(".sarif"):
        schema = load("sarif-2.1.0.json")
        yield from problems(document, schema, {})
        yield from unknown_members(document, {"$ref": schema["$ref"]}, schema["definitions"], "")
        return
    schema = load("cyclonedx/bom-1.6.SNAPSHOT.schema.json")
    others = [load(f"cyclonedx/{name}.SNAPSHOT.schema.json") for name in ("spdx", "jsf-0.82")]
    store = {other["$id"]: other for other in others}
    for other, name in zip(others, ("spdx", "jsf-0.82")):
        store[f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json"] = other
    yield from problems(document, schema, store)
    yield from references(document)


def main():
    found = [f"{path}: {problem}" for path in sys.argv[1:] for problem in check(path)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
