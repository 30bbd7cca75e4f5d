"""The words of JSON schema that ours are written in, and what of a value is not as they say."""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "schemas"
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
}


class Schema:
    """One of the files of schemas/, by its name; others are found through what it refers to."""

    def __init__(self, name):
        self.root = json.loads((FOLDER / name).read_text())

    def faults(self, value, shape):
        """What of `value` is not as `$defs/shape` says: a sentence each."""
        return self._faults(value, self.root["$defs"][shape], "$")

    def _refer(self, value, reference, where):
        file, name = reference.split("#/$defs/")
        schema = Schema(file) if file else self
        return schema._faults(value, schema.root["$defs"][name], where)

    def _faults(self, value, schema, where):
        if "$ref" in schema:
            return self._refer(value, schema["$ref"], where)
        if "anyOf" in schema:
            tried = [self._faults(value, one, where) for one in schema["anyOf"]]
            return [] if [] in tried else [f"{where} fits nothing of {tried}"]
        if "const" in schema and value != schema["const"]:
            return [f"{where} is {value!r}, not {schema['const']!r}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{where} is {value!r}, none of {schema['enum']}"]
        types = schema.get("type", [])
        names = [types] if isinstance(types, str) else types
        if names and not any(type(value) is TYPES[name] for name in names):
            return [f"{where} is {value!r}, not {types}"]
        if isinstance(value, dict):
            return self._faults_of_members(value, schema, where)
        if isinstance(value, list) and "items" in schema:
            return [fault for at, inner in enumerate(value)
                    for fault in self._faults(inner, schema["items"], f"{where}[{at}]")]
        return []

    def _faults_of_members(self, value, schema, where):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        found = [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
        for name, inner in value.items():
            if name in known:
                found += self._faults(inner, known[name], f"{where}.{name}")
            elif others is False:
                found.append(f"{where} has {name}, which no schema knows")
            elif isinstance(others, dict):
                found += self._faults(inner, others, f"{where}.{name}")
        return found
