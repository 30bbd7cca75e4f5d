#!/usr/bin/env python3
"""Makes schemas/manifest.schema.json, by which editors complete and check manifests, from the kinds.

  make_manifest_schema.py          writes the file
  make_manifest_schema.py --check  exit status 1 when the committed file is not what would be written

Exit status 77 when PyYAML is not there.
"""
import json
import os
import sys

try:
    import yaml
except ImportError as missing:
    if "PLUMBLINE_SCHEMA_TRIED" not in os.environ:
        os.environ["PLUMBLINE_SCHEMA_TRIED"] = "1"
        try:
            os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
        except OSError:
            pass
    print("SKIPPED: no interpreter with PyYAML:", missing)
    sys.exit(77)

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas")
TARGET = os.path.join(SCHEMAS, "manifest.schema.json")

LATER = {"$ref": "#/$defs/interpolation"}
TEXT_MAP = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
DURATION = {"type": "string", "pattern": r"^(\d+(ms|s|m|h))+$"}


def either(*schemas):
    """anyOf, flat, without repetitions."""
    flat = []
    for schema in schemas:
        for one in schema.get("anyOf", [schema]) if set(schema) == {"anyOf"} else [schema]:
            if one not in flat:
                flat.append(one)
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def reference(section):
    return either(
        {"type": "string", "description": f"The name of one of {section}."},
        {
            "type": "object",
            "properties": {"id": {"type": "string", "description": "An id outside the manifest."}},
            "required": ["id"],
            "additionalProperties": False,
        },
    )


def scalar(spec):
    kind = spec.get("type", "text")
    if kind == "text":
        if "enum" in spec:
            return either({"enum": spec["enum"]}, LATER)
        text = {"type": "string"}
        if "pattern" in spec:
            text["pattern"] = spec["pattern"]
        if "max" in spec:
            text["maxLength"] = int(spec["max"])
        return either(text, LATER) if len(text) > 1 else text
    if kind == "bool":
        return either({"type": "boolean"}, LATER)
    number = {"type": "integer" if kind == "int" else "number"}
    for word, name in (("min", "minimum"), ("max", "maximum")):
        if word in spec:
            number[name] = int(spec[word])
    return either(number, LATER)


def choice(spec):
    forms, named = [], False
    for one in spec["choices"]:
        if "field" in one:
            field = one["field"]
            forms.append({
                "type": "object",
                "properties": {field: {"type": "string"}},
                "required": [field],
                "additionalProperties": False,
            })
        else:
            named = True
    return either({"type": "string"}, *forms) if named else either(*forms)


def element_of(spec, types):
    of = spec.get("of", {"type": "text"})
    if isinstance(of, str):
        of = types.get(of, {"type": of})
    return of


def value(spec, types):
    kind = spec.get("type", "text")
    if kind in ("list", "set"):
        element = element_of(spec, types)
        items = reference(spec["ref"]["section"]) if "ref" in spec else value(element, types)
        schema = {"type": "array", "items": items}
        for word, name in (("min", "minItems"), ("max", "maxItems")):
            if word in spec:
                schema[name] = int(spec[word])
        return either(items, schema) if spec.get("single") == "true" else either(schema, LATER)
    if kind == "map":
        element = element_of(spec, types)
        inner = TEXT_MAP["additionalProperties"] if element.get("type", "text") == "text" \
            else value(element, types)
        schema = {"type": "object", "additionalProperties": inner}
        if "key_pattern" in spec:
            schema["propertyNames"] = {"pattern": spec["key_pattern"]}
        return schema
    if kind == "object":
        return members(spec["fields"], types)
    if kind == "choice":
        return choice(spec)
    if kind == "json":
        return {"type": ["object", "array", "string"]}
    return reference(spec["ref"]["section"]) if "ref" in spec else scalar(spec)


def members(specs, types):
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    required = []
    for name, spec in specs.items():
        if spec.get("read_only") == "true":
            continue
        schema["properties"][name] = described(spec, types)
        if spec.get("required") == "true":
            required.append(name)
    if required:
        schema["required"] = required
    return schema


def described(spec, types):
    schema = dict(value(spec, types))
    text = spec.get("summary", "")
    default = spec.get("default")
    if isinstance(default, str) and default:
        text += f" Default: {default}."
    return {"description": text, **schema} if text else schema


def common_words():
    return {
        "account": {"description": "The account, by its name in accounts.", "type": "string"},
        "region": {"description": "The region, when it is not the stack's.", "type": "string"},
        "tags": {"description": "Tags besides the stack's.", **TEXT_MAP},
        "dependsOn": {
            "description": "Addresses that must be finished first.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        "protect": {"description": "Whether it is never deleted or replaced.", "type": "boolean"},
        "onRemove": {
            "description": "What happens when the manifest no longer names it.",
            "enum": ["delete", "retain", "snapshot"],
        },
        "drift": {
            "description": "What happens when the world differs.",
            "enum": ["correct", "report", "ignore"],
        },
        "ignore": {
            "description": "Properties that are not compared once it is made.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        "existing": {
            "description": "Read what is there, by id or look-up; never create, change or delete it.",
            "type": ["string", "object"],
        },
        "forEach": {
            "description": "A resource for each key, NAME-KEY: a list of keys, or a map; the block "
                           "takes ${each.key}, ${each.value} and ${each.value.MEMBER}.",
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "number"]}, "uniqueItems": True},
                {"type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9_-]+$"}},
            ],
        },
        "timeouts": {
            "description": "How long each may take.",
            "type": "object",
            "properties": {word: DURATION for word in ("create", "update", "delete")},
            "additionalProperties": False,
        },
    }


def resource(kind):
    schema = members(kind["properties"], kind.get("types") or {})
    # Words that every resource takes come after its own.
    for name, word in common_words().items():
        if name != "tags" or kind.get("tags") != "none":
            schema["properties"].setdefault(name, word)
    required = schema.pop("required", [])
    if required:
        schema["anyOf"] = [{"required": required}, {"required": ["existing"]}]
    return schema


def generated():
    forms = {"enum": ["password", "hex", "uuid"]}
    return {
        "description": "A secret that nobody chose: the same in every run, and kept nowhere.",
        "anyOf": [
            forms,
            {
                "type": "object",
                "properties": {
                    "type": forms,
                    "length": {"description": "Characters. Default: 30 for a password, 32 for hex.",
                               "type": "integer", "minimum": 8, "maximum": 128},
                    "alphabet": {"description": "Of a password. Default: letters and digits.",
                                 "type": "string", "pattern": "^[!#-.0-?A-~]+$"},
                    "version": {"description": "Another number is another secret.",
                                "type": "integer", "minimum": 1},
                },
                "additionalProperties": False,
            },
        ],
    }


def output():
    return either(
        {"type": ["string", "number", "boolean", "array"]},
        {
            "type": "object",
            "properties": {
                "value": {"description": "A text, list or map with ${section.name.attribute}."},
                "sensitive": {"description": "Shown only to who asks for it by name.",
                              "type": "boolean"},
            },
            "required": ["value"],
            "additionalProperties": False,
        },
    )


def address_block(**words):
    return {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {w: {"description": d, "type": "string"} for w, d in words.items()},
            "required": sorted(words),
            "additionalProperties": False,
        },
    }


def root_words():
    inputs = {
        "type": ["object", "null"],
        "properties": {
            "env": {"description": "An environment variable.", "type": "string"},
            "file": {"description": "A file.", "type": "string"},
            "default": {"type": ["string", "number", "boolean"]},
            "sensitive": {"description": "Never written anywhere but to AWS.", "type": "boolean"},
            "type": {"enum": ["string", "int", "bool"]},
            "generate": generated(),
        },
        "additionalProperties": False,
    }
    accounts = {
        "type": "object",
        "properties": {w: {"type": "string"} for w in ("assumeRole", "externalId", "region")},
        "additionalProperties": False,
    }
    connection = {
        "type": "object",
        "properties": {
            "from": {"description": "An address, internet, or a range.", "type": "string"},
            "to": {"description": "An address, internet, or a range.", "type": "string"},
            "expect": {"enum": ["allowed", "denied"]},
            "port": {"type": "integer", "minimum": 1, "maximum": 65535},
            "auth": {"description": "How the client shows who it is.", "enum": ["iam", "password"]},
            "user": {"description": "The user of the database that it logs in as.",
                     "type": "string"},
        },
        "required": ["from", "to"],
        "additionalProperties": False,
    }
    return {
        "stack": {"description": "The name under which all of this is kept.", "type": "string"},
        "region": {"description": "The region, such as eu-west-3.", "type": "string"},
        "tags": {"description": "Tags on everything.", **TEXT_MAP},
        "inputs": {"description": "Values from outside.", "type": "object",
                   "additionalProperties": inputs},
        "accounts": {"description": "Other AWS identities, by name.", "type": "object",
                     "additionalProperties": accounts},
        "connections": {"description": "What must, and must not, be able to talk.",
                        "type": "array", "items": connection},
        "outputs": {"description": "What `plumbline output` tells.", "type": "object",
                    "additionalProperties": output()},
        "moved": {"description": "Resources whose address changed.",
                  **address_block(**{"from": "The old address.", "to": "The new one."})},
        "import": {"description": "Objects that are there and become ours.",
                   **address_block(to="An address.", id="The id AWS knows it by.")},
    }


def make():
    root = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plumbline manifest",
        "description": "Made by tests/checks/make_manifest_schema.py from schemas/kinds.",
        "type": "object",
        "properties": root_words(),
        "additionalProperties": False,
        "$defs": {"interpolation": {"type": "string", "pattern": r"\$\{[^}]+\}"}},
    }
    folder = os.path.join(SCHEMAS, "kinds")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".yaml"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            kind = yaml.load(file, Loader=yaml.BaseLoader)
        section = kind["section"]
        root["$defs"][section] = {"description": kind["summary"], **resource(kind)}
        root["properties"][section] = {
            "description": kind["summary"],
            "type": "object",
            # `null` takes away what an earlier file says.
            "additionalProperties": {"anyOf": [{"$ref": "#/$defs/" + section}, {"type": "null"}]},
        }
    return json.dumps(root, indent=1, ensure_ascii=False) + "\n"


def main():
    made = make()
    if "--check" not in sys.argv:
        with open(TARGET, "w", encoding="utf-8") as file:
            file.write(made)
        return
    try:
        with open(TARGET, encoding="utf-8") as file:
            committed = file.read()
    except OSError:
        committed = ""
    if committed != made:
        print("schemas/manifest.schema.json is out of date: run tests/checks/make_manifest_schema.py")
        sys.exit(1)
    print("schemas/manifest.schema.json is current")


if __name__ == "__main__":
    main()
