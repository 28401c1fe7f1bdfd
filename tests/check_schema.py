#!/usr/bin/env python3
"""The JSON outputs against their schema, and the schema against mistakes.

    check_schema.py [--schema FILE] [--cases DIR] [OUTPUT.json ...]

Every golden expect.json, and every output named, is valid.  In each kind of
object of them every required key is left out in turn, and a key that nobody
knows is put in: both must fail.  Prints TAP.
"""
import argparse
import copy
import json
import sys
from pathlib import Path

import jsonschema

TOP = Path(__file__).resolve().parent.parent


def objects(value, schema_path=""):
    """(path in the schema, the object) for each object of an output."""
    if isinstance(value, dict):
        yield schema_path, value
        for key, item in value.items():
            step = "*" if schema_path == "/why_not" else key
            yield from objects(item, f"{schema_path}/{step}")
    elif isinstance(value, list):
        for item in value:
            yield from objects(item, f"{schema_path}/*")


def schema_objects(schema, node, path=""):
    """The paths of all objects that the schema speaks of."""
    if "$ref" in node:
        node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
    if node.get("type") == "object":
        yield path
    for key, child in node.get("properties", {}).items():
        yield from schema_objects(schema, child, f"{path}/{key}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from schema_objects(schema, node[key], f"{path}/*")


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, *why):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            for line in why:
                print(f"# {line}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def cases_of(path):
    """A file holds one object, an array of them, or one a line."""
    text = path.read_text("utf-8")
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = [json.loads(line) for line in text.splitlines() if line]
    return value if isinstance(value, list) else [value]


def mutations(output, seen):
    """(what was done, the output with it) for objects not seen before."""
    whole = copy.deepcopy(output)
    for path, found in list(objects(whole)):
        if path in seen:
            continue
        seen.add(path)
        keys = [] if path == "/why_not" else list(found)
        for key in keys:
            kept = dict(found)
            del found[key]
            yield f"{path or '/'} without {key}", whole
            found.clear()
            found.update(kept)
        found["no-such-key"] = None
        yield f"{path or '/'} with an unknown key", whole
        del found["no-such-key"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--schema", type=Path,
                   default=TOP / "lib/report/cabscan-case.schema.json")
    p.add_argument("--cases", type=Path, default=TOP / "fixtures/cases")
    p.add_argument("outputs", nargs="*", type=Path)
    args = p.parse_args()

    schema = json.loads(args.schema.read_text("utf-8"))
    check = jsonschema.validators.validator_for(schema)
    check.check_schema(schema)
    validator = check(schema)
    tap, seen = Tap(), set()

    files = sorted(args.cases.glob("*/expect.json")) + args.outputs
    tap.ok(bool(files), "there are outputs to check")
    for path in files:
        name = path.parent.name if path.name == "expect.json" else path.name
        outputs = cases_of(path)
        errors = [e for o in outputs for e in validator.iter_errors(o)]
        tap.ok(outputs and not errors, f"{name} is valid",
               *(f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                 for e in errors[:10]))
        if errors:
            continue
        for output in outputs:
            for what, changed in mutations(output, seen):
                tap.ok(not validator.is_valid(changed), what,
                       "the schema takes it")
    for path in sorted(set(schema_objects(schema, schema)) - seen):
        tap.ok(False, f"some output has {path or '/'}",
               "no output has such an object, so nothing was left out of it")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
