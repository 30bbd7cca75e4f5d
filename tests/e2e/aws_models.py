"""Requests by AWS's own service models: decoded by shape, checked, and serialized again.

Needs a botocore that is new enough; looks for an interpreter that has one, else ends with 77.
"""
import base64
import collections
import json
import os
import re
import sys
import urllib.parse

import peers_support as peers

INTERPRETERS = ["python3", "/usr/bin/python3"]
OLDEST_BOTOCORE = (1, 40)
# Left to the transport by botocore's serializers.
TRANSPORT_HEADERS = {"host", "user-agent", "accept", "accept-encoding", "content-length",
                     "connection", "authorization", "x-amz-date", "x-amz-content-sha256",
                     "x-amz-security-token", "expect", "transfer-encoding"}


def skip_or_restart(error):
    tried = os.environ.get("PLUMBLINE_CHECK_TRIED", "")
    for interpreter in INTERPRETERS:
        if interpreter not in tried.split(":"):
            os.environ["PLUMBLINE_CHECK_TRIED"] = tried + ":" + interpreter
            try:
                os.execvp(interpreter, [interpreter] + sys.argv)
            except OSError:
                continue
    peers.skip(f"no interpreter with botocore of at least {OLDEST_BOTOCORE}: {error}")


try:
    import botocore
    import botocore.loaders
    import botocore.model
    import botocore.serialize
    import botocore.validate
except ImportError as missing:
    skip_or_restart(missing)
if tuple(int(n) for n in botocore.__version__.split(".")[:2]) < OLDEST_BOTOCORE:
    skip_or_restart("botocore " + botocore.__version__)
BOTOCORE = botocore.__version__


class Wrong(Exception):
    """What a request has that AWS's model does not, or the other way round."""


# --- decoding by shape ---------------------------------------------------------------------------


def scalar(shape, text, where):
    """A scalar's text as the value that botocore would take."""
    kind = shape.type_name
    try:
        if kind == "string":
            return text
        if kind in ("integer", "long"):
            if str(int(text)) != text:
                raise ValueError
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean":
            return {"true": True, "false": False}[text]
        if kind == "blob":
            return base64.b64decode(text, validate=True)
        if kind == "timestamp":
            return text
    except (ValueError, KeyError):
        raise Wrong(f"{where}: '{text}' is no {kind}") from None
    raise Wrong(f"{where}: a {kind} cannot be a scalar")


class FormDecoder:
    """Undoes the flattening of the query and ec2 protocols."""

    def __init__(self, pairs, is_ec2):
        self.is_ec2 = is_ec2
        self.left = {}
        for name, value in pairs:
            if name in self.left:
                raise Wrong(f"{name} is sent twice")
            self.left[name] = value

    def name_of(self, shape, default):
        traits = shape.serialization
        if self.is_ec2:
            if "queryName" in traits:
                return traits["queryName"]
            name = traits.get("name")
            return name[0].upper() + name[1:] if name else default
        return traits.get("name", default)

    def has(self, prefix):
        return any(name == prefix or name.startswith(prefix + ".") for name in self.left)

    def take(self, shape, prefix):
        return getattr(self, "take_" + shape.type_name, self.take_scalar)(shape, prefix)

    def take_scalar(self, shape, prefix):
        if prefix not in self.left:
            raise Wrong(f"{prefix} is sent as a tree; it is a {shape.type_name}")
        return scalar(shape, self.left.pop(prefix), prefix)

    def take_structure(self, shape, prefix):
        found = {}
        for name, member in shape.members.items():
            inner = self.name_of(member, name)
            if prefix:
                inner = f"{prefix}.{inner}"
            at = self.list_prefix(member, inner) if member.type_name == "list" else inner
            if self.has(at) or (member.type_name == "list" and self.left.get(inner) == ""):
                found[name] = self.take(member, inner)
        return found

    def list_prefix(self, shape, prefix):
        if self.is_ec2:
            return prefix
        if shape.serialization.get("flattened"):
            name = shape.member.serialization.get("name")
            return ".".join(prefix.split(".")[:-1] + [name]) if name else prefix
        return f"{prefix}.{shape.member.serialization.get('name', 'member')}"

    def take_list(self, shape, prefix):
        if self.left.get(prefix) == "":
            del self.left[prefix]
            return []
        at, found = self.list_prefix(shape, prefix), []
        while self.has(f"{at}.{len(found) + 1}"):
            found.append(self.take(shape.member, f"{at}.{len(found) + 1}"))
        return found

    def take_map(self, shape, prefix):
        at = prefix if shape.serialization.get("flattened") else prefix + ".entry"
        found = {}
        while self.has(f"{at}.{len(found) + 1}"):
            row = f"{at}.{len(found) + 1}"
            key = self.take(shape.key, f"{row}.{self.name_of(shape.key, 'key')}")
            found[key] = self.take(shape.value, f"{row}.{self.name_of(shape.value, 'value')}")
        return found


def json_strictly(text, where):
    def without_doubles(pairs):
        keys = [key for key, _ in pairs]
        if len(keys) != len(set(keys)):
            raise Wrong(f"{where}: a member is sent twice among {keys}")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=without_doubles)
    except ValueError as error:
        raise Wrong(f"{where} is no JSON: {error}") from None


def from_json(shape, value, where, skipped=()):
    """A JSON value as botocore's parameters; `skipped` are members that travel elsewhere."""
    kind = shape.type_name
    python = {"structure": dict, "map": dict, "list": list, "string": str, "blob": str,
              "boolean": bool, "integer": int, "long": int, "float": (int, float),
              "double": (int, float), "timestamp": (int, float)}[kind]
    if not isinstance(value, python) or (isinstance(value, bool) and kind != "boolean"):
        raise Wrong(f"{where} is sent as {json.dumps(value)[:60]}; it is a {kind}")
    if kind == "structure":
        names = {member.serialization.get("name", name): name
                 for name, member in shape.members.items() if name not in skipped}
        unknown = sorted(set(value) - set(names))
        if unknown:
            raise Wrong(f"{where} has no members {unknown}")
        return {names[key]: from_json(shape.members[names[key]], inner, f"{where}.{key}")
                for key, inner in value.items()}
    if kind == "map":
        return {key: from_json(shape.value, inner, f"{where}.{key}")
                for key, inner in value.items()}
    if kind == "list":
        return [from_json(shape.member, inner, f"{where}[{i}]") for i, inner in enumerate(value)]
    if kind == "blob":
        return base64.b64decode(value, validate=True)
    return value


def check_words(shape, value, where):
    """Enumerated words; botocore itself lets every text pass."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            check_words(shape.members[name], inner, f"{where}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            check_words(shape.member, inner, where)
    elif shape.type_name == "map":
        for key, inner in value.items():
            check_words(shape.key, key, where)
            check_words(shape.value, inner, where)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        raise Wrong(f"{where}: '{value}' is none of {shape.enum[:12]}")


# --- one service --------------------------------------------------------------------------------


class Service:
    def __init__(self, name):
        raw = botocore.loaders.Loader().load_service_model(name, "service-2")
        self.model = botocore.model.ServiceModel(raw, name)
        self.protocol = self.model.metadata["protocol"]
        self.serializer = botocore.serialize.create_serializer(self.protocol, False)

    def check(self, exchange):
        """The operation's name; raises Wrong."""
        operation, labels = self.find_operation(exchange)
        shape = operation.input_shape
        parameters = self.decode(exchange, operation, shape, labels)
        if shape is not None:
            report = botocore.validate.ParamValidator().validate(parameters, shape)
            if report.has_errors():
                raise Wrong(f"{operation.name}: {report.generate_report()}")
            check_words(shape, parameters, operation.name)
        wanted = self.serializer.serialize_to_request(parameters, operation)
        self.compare(exchange, operation, wanted)
        return operation.name

    def find_operation(self, exchange):
        if self.protocol in ("query", "ec2"):
            names = dict(urllib.parse.parse_qsl(exchange.body.decode(), keep_blank_values=True))
            if names.get("Version") != self.model.metadata["apiVersion"]:
                raise Wrong(f"the version is '{names.get('Version')}'")
            return self.operation(names.get("Action", "")), {}
        if self.protocol == "json":
            prefix, _, name = exchange.headers.get("x-amz-target", "").partition(".")
            if prefix != self.model.metadata["targetPrefix"]:
                raise Wrong(f"the target is '{exchange.headers.get('x-amz-target')}'")
            return self.operation(name), {}
        return self.find_by_path(exchange)

    def operation(self, name):
        if name not in self.model.operation_names:
            raise Wrong(f"there is no operation '{name}'")
        return self.model.operation_model(name)

    def find_by_path(self, exchange):
        path = exchange.target.partition("?")[0]
        found = []
        for name in self.model.operation_names:
            operation = self.model.operation_model(name)
            template = operation.http["requestUri"].partition("?")[0]
            if operation.http["method"] != exchange.method:
                continue
            pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}",
                             lambda m: f"(?P<{m[1]}>" + (".+" if m[2] else "[^/]+") + ")",
                             re.escape(template))
            match = re.fullmatch(pattern, path)
            if match:
                # The template with the fewest labels is the one that is meant.
                found.append((len(match.groups()), name, match.groupdict()))
        if not found:
            raise Wrong(f"there is no operation {exchange.method} {path}")
        _, name, labels = min(found)
        return self.model.operation_model(name), labels

    def decode(self, exchange, operation, shape, labels):
        if self.protocol in ("query", "ec2"):
            pairs = urllib.parse.parse_qsl(exchange.body.decode(), keep_blank_values=True,
                                           strict_parsing=True)
            form = FormDecoder([p for p in pairs if p[0] not in ("Action", "Version")],
                               self.protocol == "ec2")
            parameters = form.take(shape, "") if shape is not None else {}
            if form.left:
                raise Wrong(f"{operation.name} has no members {sorted(form.left)}")
            return parameters
        if self.protocol == "json":
            body = json_strictly(exchange.body, operation.name)
            return from_json(shape, body, operation.name) if shape is not None else {}
        return self.decode_rest(exchange, operation, shape, labels)

    def decode_rest(self, exchange, operation, shape, labels):
        if shape is None:
            return {}
        parameters, elsewhere = {}, set()
        pairs = urllib.parse.parse_qsl(exchange.target.partition("?")[2], keep_blank_values=True)
        query = collections.defaultdict(list)
        for name, value in pairs:
            query[name].append(value)
        for name, member in shape.members.items():
            location = member.serialization.get("location")
            if not location:
                continue
            elsewhere.add(name)
            sent = member.serialization.get("name", name)
            if location == "uri" and sent in labels:
                parameters[name] = scalar(member, urllib.parse.unquote(labels[sent]), name)
            elif location == "querystring" and sent in query:
                values = query.pop(sent)
                if member.type_name == "list":
                    parameters[name] = [scalar(member.member, v, name) for v in values]
                elif len(values) == 1:
                    parameters[name] = scalar(member, values[0], name)
                else:
                    raise Wrong(f"{sent} is sent twice")
            elif location == "header" and sent.lower() in exchange.headers:
                parameters[name] = scalar(member, exchange.headers[sent.lower()], name)
        if query:
            raise Wrong(f"{operation.name} has no query members {sorted(query)}")
        payload = shape.serialization.get("payload")
        if payload:
            raise Wrong(f"{operation.name} has the payload {payload}, which is not expected here")
        if exchange.body:
            body = json_strictly(exchange.body, operation.name)
            parameters.update(from_json(shape, body, operation.name, elsewhere))
        return parameters

    def compare(self, exchange, operation, wanted):
        name = operation.name
        path, _, query = exchange.target.partition("?")
        self.same(name + " method", exchange.method, wanted["method"])
        self.same(name + " path", path, wanted["url_path"])
        listed = []
        for key, value in (wanted["query_string"] or {}).items():
            listed += [(key, str(v)) for v in (value if isinstance(value, list) else [value])]
        self.same(name + " query", sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)),
                  sorted(listed))
        self.compare_headers(name, exchange, wanted)
        body = wanted["body"]
        if isinstance(body, dict):
            pairs = sorted((key, str(value)) for key, value in body.items())
            self.same(name + " body", sorted(urllib.parse.parse_qsl(exchange.body.decode(),
                                                                    keep_blank_values=True)), pairs)
        elif body:
            self.same(name + " body", json.loads(exchange.body), json.loads(body))
        elif exchange.body not in (b"", b"{}"):
            raise Wrong(f"{name} has no body")

    def compare_headers(self, name, exchange, wanted):
        expected = {key.lower(): value for key, value in wanted["headers"].items()}
        if "content-type" in expected:
            media = [h.get("content-type", "").partition(";")[0].strip().lower()
                     for h in (exchange.headers, expected)]
            self.same(name + " content type", *media)
        for key, value in expected.items():
            if key != "content-type":
                self.same(f"{name} {key}", exchange.headers.get(key), value)
        extra = set(exchange.headers) - set(expected) - TRANSPORT_HEADERS - {"content-type"}
        if extra:
            raise Wrong(f"{name} has headers that AWS does not know: {sorted(extra)}")

    @staticmethod
    def same(what, sent, wanted):
        if sent != wanted:
            raise Wrong(f"{what} is\n    {str(sent)[:600]}\n  botocore's is\n    {str(wanted)[:600]}")


SERVICES = {}


def check(exchange):
    if not exchange.service:
        raise Wrong("the request is not signed")
    if exchange.service not in SERVICES:
        SERVICES[exchange.service] = Service(exchange.service)
    return SERVICES[exchange.service].check(exchange)
