"""Holds twins of a report to the published formats: python3 validate.py FILE...

A file ending in .sarif is held to OASIS's schema of SARIF 2.1.0, one ending in .cdx.json to CycloneDX 1.6's, both with
what their texts ask beyond it. Says what is wrong and ends with 1, else prints nothing and ends with 0.
"""

import json
import pathlib
import sys

import jsonschema

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


def levels(log):
    """Results that are no failure and have a level all the same (SARIF 2.1.0, section 3.27.10)."""
    for result in (result for run in log.get("runs", []) for result in run.get("results") or []):
        if result.get("kind", "fail") != "fail" and result.get("level") != "none":
            yield f"result of {result.get('ruleId')}: of kind {result['kind']}, with a level other than none"


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
        yield from problems(document, load("sarif-schema-2.1.0.json"), {})
        yield from levels(document)
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
