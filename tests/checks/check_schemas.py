#!/usr/bin/env python3
"""Holds schemas/ against AWS's own service models, as botocore ships them.

The program knows no model: it sends what the schemas say. So a misspelt operation, parameter, reply
path, page limit, enum word or error code must be found here.

  check_schemas.py [FOLDER]     checks FOLDER (default: schemas/ of this repository)
  check_schemas.py --self-test  plants mistakes in copies and demands that each is found

Exit status: 0 nothing found, 1 problems, 77 skipped because PyYAML or a botocore that is new enough
is not there.
"""
import copy
import difflib
import functools
import gzip
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INTERPRETERS = ["python3", "/usr/bin/python3"]
OLDEST_BOTOCORE = (1, 40)  # Older models lack fields that the schemas name.
PROTOCOLS = {"ec2": "ec2", "query": "query", "json10": "json", "json11": "json",
             "rest-json": "rest-json", "rest-xml": "rest-xml"}
# Actions that IAM knows and that no operation is called by, and operations known by another name.
PERMISSION_ONLY = {"iam:PassRole", "lambda:InvokeFunction"}
# Codes that services return without modelling them, and what every query service may return.
COMMON_CODES = {"InvalidParameterValue", "InvalidParameterCombination", "AccessDeniedException",
                "ServiceFailure", "InternalFailure"}


def skip_or_restart(error):
    """Runs again under an interpreter that has the modules, or gives up loudly."""
    tried = os.environ.get("PLUMBLINE_CHECK_TRIED", "")
    for interpreter in INTERPRETERS:
        if interpreter not in tried.split(":"):
            os.environ["PLUMBLINE_CHECK_TRIED"] = tried + ":" + interpreter
            try:
                os.execvp(interpreter, [interpreter] + sys.argv)
            except OSError:
                continue
    print("SKIPPED: no interpreter with PyYAML and botocore of at least",
          ".".join(map(str, OLDEST_BOTOCORE)) + ":", error)
    sys.exit(77)


try:
    import botocore
    import yaml
except ImportError as missing:
    skip_or_restart(missing)
if tuple(int(n) for n in botocore.__version__.split(".")[:2]) < OLDEST_BOTOCORE:
    skip_or_restart("botocore " + botocore.__version__)


class Model:
    """One service's shapes, with names as they are on the wire."""

    def __init__(self, service):
        folder = os.path.join(os.path.dirname(botocore.__file__), "data", service)
        version = sorted(v for v in os.listdir(folder) if v[0].isdigit())[-1]
        path = os.path.join(folder, version, "service-2.json")
        if os.path.exists(path):
            self.root = json.load(open(path))
        else:
            self.root = json.load(gzip.open(path + ".gz"))
        self.service = service
        self.metadata = self.root["metadata"]
        self.protocol = self.metadata["protocol"]
        self.shapes = self.root["shapes"]
        self.operations = self.root["operations"]
        self.codes = set()
        for name, shape in self.shapes.items():
            if shape.get("exception") or shape.get("error"):
                self.codes.add((shape.get("error") or {}).get("code") or name)

    def request_name(self, name, ref):
        shape = self.shapes[ref["shape"]]
        location = ref.get("locationName") or shape.get("locationName")
        if self.protocol == "ec2":
            if "queryName" in ref:
                return ref["queryName"]
            return location[0].upper() + location[1:] if location else name
        return location or name

    def reply_name(self, name, ref):
        shape = self.shapes[ref["shape"]]
        is_flat = shape.get("flattened") or ref.get("flattened")
        if shape["type"] == "list" and is_flat and shape["member"].get("locationName"):
            return shape["member"]["locationName"]
        return ref.get("locationName") or name

    @staticmethod
    def element_name(shape):
        return shape["member"].get("locationName") or "member"

    def inputs(self, operation):
        shape = self.operations[operation].get("input", {}).get("shape")
        members = self.shapes[shape].get("members", {}) if shape else {}
        return {self.request_name(n, r): r for n, r in members.items()}

    def input_shape(self, operation):
        return self.operations[operation].get("input", {}).get("shape")

    def output_shape(self, operation):
        return self.operations[operation].get("output", {}).get("shape")


@functools.lru_cache(maxsize=None)
def model_of(service):
    return Model(service)


class Checker:
    def __init__(self):
        self.problems = []

    def problem(self, where, *words):
        self.problems.append(f"{where}: " + " ".join(str(w) for w in words))

    # --- requests -------------------------------------------------------------------------------

    def request(self, model, shape_name, template, where, enums):
        """`template` against the shape; `enums` maps a $property to its words."""
        shape = model.shapes[shape_name]
        if not isinstance(template, (dict, list)):
            return self.leaf(shape, template, where, enums)
        if isinstance(template, dict) and "$emit_empty" in template:
            return self.request(model, shape_name, template["$emit_empty"], where, enums)
        if isinstance(template, dict) and "$value" in template:
            return self.request(model, shape_name, template["$value"], where, enums)
        if shape["type"] == "structure":
            return self.structure(model, shape, template, where, enums)
        if shape["type"] == "list":
            element = shape["member"]["shape"]
            if isinstance(template, list):
                for item in template:
                    self.request(model, element, item, where + "[]", enums)
            elif "$each" in template:
                body = {k: v for k, v in template.items() if not k.startswith("$")}
                self.request(model, element, body, where + "[]", enums)
            else:
                self.problem(where, "is a list, but the template is an object without $each")
        elif shape["type"] != "map":
            self.problem(where, "is a", shape["type"] + ", not a tree")

    def structure(self, model, shape, template, where, enums):
        if not isinstance(template, dict):
            return self.problem(where, "is an object")
        refs = {model.request_name(n, r): (n, r) for n, r in shape.get("members", {}).items()}
        for key, value in template.items():
            if key.startswith("$"):
                continue
            base, element = re.fullmatch(r"([^\[\]]+)(?:\[([\w.]+)\])?", key).groups()
            if base not in refs:
                self.problem(where, f"no request field '{base}';", near(base, refs))
                continue
            ref = refs[base][1]
            inner = model.shapes[ref["shape"]]
            in_body = ref.get("location") is None
            if inner["type"] == "list" and in_body and model.protocol in ("query", "rest-xml"):
                flat = inner.get("flattened") or ref.get("flattened")
                want = model.element_name(inner)
                if not flat and want != (element or "member"):
                    self.problem(where, f"the elements of '{base}' are called '{want}'")
            elif element:
                self.problem(where, f"the elements of '{base}' have no name in this protocol")
            self.request(model, ref["shape"], value, f"{where}.{base}", enums)
        have = {re.sub(r"\[.*", "", key) for key in template}
        for name in shape.get("required", []):
            wire = model.request_name(name, shape["members"][name])
            if wire not in have:
                self.problem(where, f"the required field '{wire}' is missing")

    def leaf(self, shape, value, where, enums):
        words = shape.get("enum")
        if not words or value is None:
            return
        if value.startswith("$"):
            words_here = enums.get(value[1:].split("|")[0], [])
        else:
            words_here = [] if "{" in value else [value]
        for word in words_here:
            if word not in words:
                self.problem(where, f"'{word}' is none of", ", ".join(words))

    # --- replies --------------------------------------------------------------------------------

    def walk(self, model, shape_name, path, where):
        """The shape a reply path ends on; None when it cannot be told."""
        if shape_name is None or path is None:
            return None
        if " > " in path:
            self.walk(model, shape_name, path.split(" > ")[0], where)
            return None
        path, bar, _ = path.partition("|")
        path = path.strip()
        opaque = bool(bar)
        if path in ("", "."):
            return None if opaque else shape_name
        for segment in re.findall(r"(?:[^.{\[]|\[[^\]]*\]|\{[^}]*\})+", path):
            match = re.fullmatch(r"([^\[{]+)(\[[^\]]*\])?(\{.*\})?", segment)
            if not match:
                return self.problem(where, f"'{path}' cannot be read")
            shape_name = self.step(model, shape_name, match.groups(), path, where)
            if shape_name is None:
                return None
        return None if opaque else shape_name

    def step(self, model, shape_name, segment, path, where):
        name, index, key_of = segment
        shape = model.shapes[shape_name]
        if shape["type"] == "list" and model.protocol in ("ec2", "query", "rest-xml"):
            element = model.element_name(shape)
            if name != element:
                return self.problem(where, f"'{path}': the elements are called '{element}'")
            if not index:
                self.problem(where, f"'{path}': '{name}' is a list and needs [] or [0]")
            return shape["member"]["shape"]
        if shape["type"] == "map":
            return shape["value"]["shape"]
        if shape["type"] != "structure":
            return self.problem(where, f"'{path}': '{name}' is below a {shape['type']}")
        refs = {model.reply_name(n, r): r for n, r in shape.get("members", {}).items()}
        if name not in refs:
            return self.problem(where, f"'{path}': no reply field '{name}';", near(name, refs))
        found = refs[name]["shape"]
        inner = model.shapes[found]
        if index and model.protocol in ("json", "rest-json"):
            if inner["type"] != "list":
                return self.problem(where, f"'{path}': '{name}' is no list")
            return inner["member"]["shape"]
        if key_of and inner["type"] != "map":
            return self.problem(where, f"'{path}': '{name}' is no map")
        return None if key_of else found

    def binds(self, model, shape_name, binds, where):
        for name, path in (binds or {}).items():
            here = f"{where}.{name}"
            if isinstance(path, dict):
                self.binds(model, self.walk(model, shape_name, path["from"], here), path["bind"], here)
            else:
                self.walk(model, shape_name, path, here)

    # --- calls ----------------------------------------------------------------------------------

    def codes(self, model, node, where):
        for word in ("retry", "ok_errors", "absent_errors", "not_found", "exists", "terminal", "codes"):
            for error in node.get(word) or []:
                self.code(model, error["code"] if isinstance(error, dict) else error, where)

    def code(self, model, code, where):
        if model.service != "ec2" and code not in model.codes | COMMON_CODES:  # ec2 models none
            self.problem(where, f"'{code}' is no error code on the wire")

    def http(self, model, node, where):
        operation = node["call"]
        want = model.operations[operation]["http"]
        if not model.protocol.startswith("rest"):
            if "http" in node:
                self.problem(where, "http belongs to REST services alone")
            return
        method, _, uri = node.get("http", "").partition(" ")
        path, _, query = uri.partition("?")
        want_path = want["requestUri"].split("?")[0]
        if (method, path) != (want["method"], want_path):
            self.problem(where, f"http is '{want['method']} {want_path}'")
        refs = model.inputs(operation)
        in_query = {n for n, r in refs.items() if r.get("location") == "querystring"}
        named = set(re.findall(r"\{(\w+)\}", query))
        for name in named - in_query:
            self.problem(where, f"no query parameter '{name}'")
        for name in set(node.get("request") or {}) & in_query - named:
            self.problem(where, f"'{name}' is a query parameter and missing from http")
        if model.protocol == "rest-xml":
            root = model.operations[operation].get("input", {}).get("locationName")
            if root != node.get("xml"):
                self.problem(where, f"xml is '{root}'")

    def page(self, model, node, where):
        page = node.get("page")
        if not page:
            return
        operation = node["call"]
        refs = model.inputs(operation)
        for word in ("in", "limit"):
            if word in page and page[word] not in refs:
                self.problem(where, f"no page parameter '{page[word]}'")
        if page.get("limit") in refs:
            most = model.shapes[refs[page["limit"]]["shape"]].get("max")
            if most and int(page["max"]) > most:
                self.problem(where, f"a page holds at most {most}")
        for word in ("out", "more"):
            if word in page:
                self.walk(model, model.output_shape(operation), page[word], where)

    def call(self, model, kind, node, where, base=None):
        """Checks one call; returns the shape its `bind` starts from."""
        operation = node.get("call")
        if operation not in model.operations:
            self.problem(where, f"no operation '{operation}'")
            return None
        where = f"{where} {operation}"
        request = node.get("request")
        if isinstance(request, str):
            request = (kind.get("requests") or {}).get(request)
        shape = model.input_shape(operation)
        if shape:
            self.request(model, shape, request or {}, where, kind["$enums"])
        elif request:
            self.problem(where, "takes no request")
        self.http(model, node, where)
        self.page(model, node, where)
        self.codes(model, node, where)
        self.grants(kind, node.get("iam"), where)
        start = model.output_shape(operation)
        if "from" in node or base is not None:
            start = self.walk(model, start, node.get("from", base), where)
        self.binds(model, start, node.get("bind"), where)
        if isinstance(node.get("each"), dict) and "call" in node["each"]:
            self.call(model, kind, node["each"], where)
        return start

    # --- permissions ----------------------------------------------------------------------------

    def grants(self, kind, grants, where):
        for grant in grants or []:
            grant = grant if isinstance(grant, dict) else {"on": grant}
            for action in listed(grant.get("action")):
                self.action(action, where + ".iam")
            on = grant.get("on", "self")
            if on.startswith("arn:"):
                self.arn(on, where + ".iam")
            elif on.startswith("$"):
                self.referred(kind, on, where)
            elif on not in ("self", "*"):
                self.problem(where, f"iam: '{on}' is neither self, a property, an ARN nor *")

    def referred(self, kind, on, where):
        """`$property`, or `$property.member`: what a member of the resource named there names."""
        name, _, member = on[1:].partition(".")
        spec = kind["properties"].get(name)
        if spec is None:
            return self.problem(where, f"iam: no property '{on}'")
        if member:
            section = (spec.get("ref") or {}).get("section")
            named = next((k for k in self.kinds.values() if k["section"] == section), None)
            if named is None or "ref" not in (named["properties"].get(member) or {}):
                self.problem(where, f"iam: '{on}' names no resource")

    def action(self, action, where):
        service, _, operation = action.partition(":")
        if action in PERMISSION_ONLY:
            return
        try:
            known = model_of(service).operations
        except OSError:
            return self.problem(where, f"no service '{service}'")
        if operation not in known:
            self.problem(where, f"no action '{action}';", near(operation, known))

    def arn(self, arn, where):
        form = r"arn:\{partition\}:[a-z0-9-]+:(\{region\})?:(\{account\}|aws)?:[^\s]+"
        if not re.fullmatch(form, arn):
            self.problem(where, f"'{arn}' is no ARN of arn:{{partition}}:service:{{region}}:{{account}}:resource")

    def permissions(self, kind, name):
        for title, spec in kind["properties"].items():
            self.grants(kind, spec.get("iam"), f"{name}.{title}")
        resources = listed((kind.get("iam") or {}).get("resource"))
        for arn in resources:
            self.arn(arn, name + ".iam")
        if not resources and "{" not in kind["arn"]:
            self.problem(name, "policies cannot name it: iam.resource is missing")

    # --- kinds ----------------------------------------------------------------------------------

    def kind(self, kind, services):
        name = kind["kind"]
        if kind["service"] not in services:
            return self.problem(name, f"no service '{kind['service']}'")
        model = model_of(kind["service"])
        kind["$enums"] = enums_of(kind)
        self.observation(model, kind, name)
        self.lifecycle(model, kind, name)
        self.collections(model, kind, name)
        self.tags(model, kind, services[kind["service"]].get("tags") or {}, name)
        self.dotted_names(kind, name)
        self.permissions(kind, name)
        self.codes(model, kind["errors"], name + ".errors")
        for error in (kind.get("publishes") or {}).get("consumer_errors") or []:
            self.code(model_of(error["service"]), error["code"], name + ".publishes")

    def observation(self, model, kind, name):
        observe, read = kind["observe"], kind["read"]
        also = listed(read.get("also"))
        self.call(model, kind, {k: v for k, v in read.items() if k != "also"}, name + ".read")
        item = None
        if read.get("call") in model.operations:
            item = self.walk(model, model.output_shape(read["call"]), observe["from"], name)
        self.binds(model, item, observe["bind"], name + ".observe")
        for state in listed(observe.get("state")):
            for path in state.get("explain") or []:
                self.walk(model, item, path, name + ".state")
        kind["$item"] = item
        for side in also:
            self.call(model, kind, side, name + ".also")
            if "always" in side and side.get("call") in model.operations:
                self.walk(model, model.output_shape(side["call"]), side["always"], name + ".also")
        if "recover" in kind:
            self.call(model, kind, kind["recover"], name + ".recover")
        if "siblings" in kind:
            self.call(model, kind, kind["siblings"], name + ".siblings")
        if "list" in kind:
            self.list_read(model, kind, name + ".list")

    def list_read(self, model, kind, where):
        node, observe = kind["list"], kind["observe"]
        row = self.call(model, kind, {k: v for k, v in node.items() if k != "bind"}, where,
                        observe["from"])
        strip = node.get("strip", "") + "."
        lacks = set(node.get("lacks") or [])
        override = node.get("bind_override") or {}
        for name, path in observe["bind"].items():
            if name in lacks:
                continue
            path = override.get(name, path)
            if isinstance(path, str) and path.startswith(strip):
                path = path[len(strip):]
            self.binds(model, row, {name: path}, where)
        for name, rows in (node.get("collections") or {}).items():
            self.binds(model, self.walk(model, row, rows["from"], where), rows["bind"], where)
            wanted = set(bind_names(kind["collections"][name]["observe"]))
            for field in wanted - set(rows["bind"]):
                self.problem(where, f"the rows of '{name}' lack '{field}'")

    def lifecycle(self, model, kind, name):
        for node in listed(kind["create"]):
            self.call(model, kind, node, name + ".create")
        if "exists_but_gone" in kind:
            self.call(model, kind, kind["exists_but_gone"], name + ".exists_but_gone")
        for node in listed(kind.get("update")):
            self.call(model, kind, node, name + ".update")
        delete = kind["delete"]
        for node in listed(delete.get("before")):
            if "call" in node:
                self.call(model, kind, node, name + ".delete.before")
        for node in listed(delete.get("variants", [delete])):
            self.call(model, kind, {k: v for k, v in node.items() if k != "before"}, name + ".delete")

    def collections(self, model, kind, name):
        for title, collection in (kind.get("collections") or {}).items():
            where = f"{name}.{title}"
            observe = collection["observe"]
            if "call" in observe:
                self.call(model, kind, observe, where)
            else:
                read = model.output_shape(kind["read"]["call"])
                rows = self.walk(model, read, observe["from"], where)
                self.binds(model, rows, observe["bind"], where)
            for word in ("before_add", "before_remove", "add", "modify", "remove"):
                for node in listed(collection.get(word)):
                    self.call(model, kind, node, f"{where}.{word}")

    def tags(self, model, kind, dialect, name):
        own = kind.get("tags")
        if own == "none":
            return
        tags = {**dialect, **(own or {})}
        for word in ("set", "unset"):
            if word not in tags:
                return self.problem(name, f"the tags have no '{word}'")
            self.call(model, kind, tags[word], f"{name}.tags.{word}")
        read = tags["read"]
        start = kind["$item"]
        if "call" in read:
            call = {k: v for k, v in read.items() if k in ("call", "http", "request", "from")}
            found = self.call(model, kind, call, name + ".tags.read")
        else:
            found = self.walk(model, start, read["from"], name + ".tags.read")
        if found and read.get("map") != "true":
            for word in ("key", "value"):
                self.walk(model, found, read.get(word, word.capitalize()), name + ".tags.read")
        if tags.get("inline"):
            field = re.sub(r"\[.*", "", tags["inline"]["path"])
            for node in listed(kind["create"]):
                if node.get("call") in model.operations and field not in model.inputs(node["call"]):
                    self.problem(name, f"{node['call']} takes no '{field}'")
        if tags.get("inline", {}).get("shape") == "tag_specification":
            words = model.shapes["ResourceType"]["enum"]
            if tags.get("resource_type") not in words:
                self.problem(name, f"'{tags.get('resource_type')}' is no resource type")

    def dotted_names(self, kind, name):
        """$property.field must be a field of that object."""
        for text in texts_of({k: v for k, v in kind.items() if k != "properties"}):
            for head, field in re.findall(r"\$(\w+)\.(\w+)", text):
                spec = kind["properties"].get(head)
                if spec and spec.get("type") == "object" and field not in spec["fields"]:
                    self.problem(name, f"'${head}.{field}': the object has no such field")

    def service(self, name, profile):
        try:
            model = model_of(name)
        except OSError:
            return self.problem(name, "botocore knows no such service")
        metadata = model.metadata
        wanted = {
            "version": metadata["apiVersion"],
            "signing": metadata.get("signingName", metadata["endpointPrefix"]),
            "host": metadata["endpointPrefix"],
            "endpoint_variable": metadata["serviceId"].upper().replace(" ", "_"),
        }
        if model.protocol != PROTOCOLS.get(profile["protocol"]):
            self.problem(name, "the protocol is", model.protocol)
        if model.protocol == "json":
            wanted["target"] = metadata["targetPrefix"]
            if profile["protocol"] != "json" + metadata["jsonVersion"].replace(".", ""):
                self.problem(name, "the JSON version is", metadata["jsonVersion"])
        for word, value in wanted.items():
            if profile.get(word) != value:
                self.problem(name, f"{word} is '{value}'")
        for operation in (profile.get("iam") or {}).get("unscoped", []):
            known = [o for o in model.operations if re.fullmatch(operation.replace("*", ".*"), o)]
            if not known:
                self.problem(name, f"no operation '{operation}' is there to be unscoped")
        # Codes of throttles and failures are not modelled everywhere; quotas are.
        for code in (profile.get("errors") or {}).get("quota", []):
            self.code(model, code, name + ".quota")


def near(word, known):
    found = difflib.get_close_matches(word, known, 3)
    return "near it: " + ", ".join(found) if found else "there are: " + ", ".join(sorted(known))


def listed(node):
    if node is None:
        return []
    return node if isinstance(node, list) else [node]


def bind_names(observe):
    names = list(observe.get("bind") or {})
    return names + list((observe.get("each") or {}).get("bind") or {})


def texts_of(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from texts_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts_of(value)
    elif isinstance(node, str):
        yield node


def enums_of(kind):
    """"property" and "item.field" → words."""
    enums = {}
    types = kind.get("types") or {}
    for name, spec in kind["properties"].items():
        if "enum" in spec:
            enums[name] = spec["enum"]
        for field, inner in (spec.get("fields") or {}).items():
            if "enum" in inner:
                enums[f"{name}.{field}"] = inner["enum"]
        element = spec.get("of")
        element = types.get(element, {}) if isinstance(element, str) else element or {}
        for field, inner in (element.get("fields") or {}).items():
            if "enum" in inner:
                enums[f"item.{field}"] = inner["enum"]
    return enums


def load(folder):
    # BaseLoader leaves every scalar a text, as the program does.
    read = lambda path: yaml.load(open(path, encoding="utf-8"), Loader=yaml.BaseLoader)
    services = read(os.path.join(folder, "services.yaml"))["services"]
    kinds = {}
    for name in sorted(os.listdir(os.path.join(folder, "kinds"))):
        if name.endswith(".yaml"):
            kinds[name[:-5]] = read(os.path.join(folder, "kinds", name))
    return services, kinds


def check(services, kinds):
    checker = Checker()
    for name, profile in services.items():
        checker.service(name, profile)
    checker.kinds = kinds
    for kind in kinds.values():
        checker.kind(kind, services)
    return checker.problems


# --- self-test ----------------------------------------------------------------------------------


def planted():
    """(what, mutation, a word the finding must hold)"""
    def at(kind, *path):
        def change(services, kinds, value):
            node = kinds[kind] if kind else services
            for key in path[:-1]:
                node = node[key]
            if value is None:
                del node[path[-1]]
            elif isinstance(value, tuple):
                node[value[1]] = node.pop(path[-1])
            else:
                node[path[-1]] = value
        return change

    return [
        ("operation", at("vpc", "create", "call"), "CreateVPC", "no operation 'CreateVPC'"),
        ("request name", at("vpc", "create", "request", "CidrBlock"), ("to", "cidrBlock"), "cidrBlock"),
        ("required field", at("role", "create", "request", "RoleName"), None, "required"),
        ("response name as request name", at("subnet", "read", "request", "SubnetId"),
         ("to", "SubnetIds"), "SubnetIds"),
        ("list member name", at("db_subnet_group", "create", "request", "SubnetIds[SubnetIdentifier]"),
         ("to", "SubnetIds"), "SubnetIdentifier"),
        ("nested request name", at("function", "create", "request", "TracingConfig"),
         {"Modus": "$tracingMode"}, "Modus"),
        ("reply path", at("vpc", "observe", "bind", "state"), "vpcState", "vpcState"),
        ("item path", at("db_instance", "observe", "from"), "DBInstances.member[]", "DBInstance"),
        ("list without brackets", at("db_proxy", "observe", "bind", "subnets"),
         "VpcSubnetIds.member", "needs []"),
        ("create bind", at("secret", "create", "bind", "secretArn"), "SecretARN", "SecretARN"),
        ("page parameter", at("secret", "list", "page", "in"), "Marker", "page parameter"),
        ("page size", at("secret", "list", "page", "max"), "1000", "at most 100"),
        ("page token", at("role", "list", "page", "out"), "NextMarker", "NextMarker"),
        ("error code", at("db_instance", "errors", "not_found"), ["DBInstanceNotFoundFault"],
         "DBInstanceNotFoundFault"),
        ("consumer's error code", at("role", "publishes", "consumer_errors"),
         [{"service": "lambda", "code": "InvalidParameterValues"}], "InvalidParameterValues"),
        ("enum word", at("db_proxy", "properties", "engineFamily", "enum"), ["MySQL"], "MySQL"),
        ("enum word in a list", at("db_proxy", "types", "Auth", "fields", "iamAuth", "enum"),
         ["OFF"], "OFF"),
        ("http path", at("function", "read", "http"), "GET /2015-03-31/function/{FunctionName}", "http is"),
        ("http method", at("function", "delete", "http"), "POST /2015-03-31/functions/{FunctionName}",
         "http is"),
        ("http without REST", at("vpc", "read", "http"), "GET /", "REST"),
        ("query parameter", at(None, "lambda", "tags", "unset", "http"),
         "DELETE /2017-03-31/tags/{Resource}?{TagKeys}", "TagKeys"),
        ("list row", at("secret", "list", "bind_override"), None, "VersionIdsToStages"),
        ("rows of a collection", at("role", "list", "collections", "inlinePolicies", "bind", "document"),
         None, "document"),
        ("collection step", at("security_group", "requests", "rules", "IpPermissions", "IpProtocol"),
         ("to", "Protocol"), "Protocol"),
        ("look-up before a row", at("network_acl", "collections", "subnets", "before_add", "bind", "held"),
         "associationId", "associationId"),
        ("field of an object", at("db_proxy", "update", 1, "request", "ConnectionPoolConfig"),
         {"InitQuery": "$targetGroup.initQueri"}, "initQueri"),
        ("tag dialect", at(None, "rds", "tags", "inline", "path"), "TagList[Tag]", "TagList"),
        ("resource type", at("subnet", "tags", "resource_type"), "sub-net", "resource type"),
        ("side read", at("secret", "read", "also", 0, "bind", "resourcePolicy"), "Policy|parse_json",
         "'Policy'"),
        ("member of every reply", at("secret", "read", "also", 0, "always"), "Arn", "'Arn'"),
        ("api version", at(None, "rds", "version"), "2014-09-01", "version"),
        ("signing name", at(None, "secretsmanager", "signing"), "secrets", "signing"),
        ("protocol", at(None, "iam", "protocol"), "ec2", "protocol"),
        ("permission", at("function", "properties", "role", "iam", 0, "action"), "iam:HandRole",
         "iam:HandRole"),
        ("permission of a call", at("db_proxy", "create", "iam", 0, "on"), "arn:db-proxy:*",
         "is no ARN"),
        ("how policies name it", at("db_instance", "iam"), None, "iam.resource is missing"),
        ("unscoped operation", at(None, "secretsmanager", "iam", "unscoped"), ["ListSecret"],
         "unscoped"),
        ("deletion", at("db_proxy", "delete", "request"), {"Name": "$id"}, "Name"),
        ("state explanation", at("function", "observe", "state", 0, "explain"),
         ["Configuration.Reason"], "Reason"),
    ]


def self_test(folder):
    services, kinds = load(folder)
    failures = []
    for what, change, value, word in planted():
        some_services, some_kinds = copy.deepcopy(services), copy.deepcopy(kinds)
        change(some_services, some_kinds, value)
        found = check(some_services, some_kinds)
        if not any(word in problem for problem in found):
            failures.append(f"a planted mistake was not found: {what} ({found or 'nothing found'})")
    for failure in failures:
        print(failure)
    print(f"{len(planted()) - len(failures)} of {len(planted())} planted mistakes found")
    return failures


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    folder = arguments[0] if arguments else os.path.join(HERE, "..", "..", "schemas")
    if "--self-test" in sys.argv:
        sys.exit(1 if self_test(folder) else 0)
    services, kinds = load(folder)
    problems = check(services, kinds)
    for problem in problems:
        print(problem)
    print(f"{len(kinds)} kinds against botocore {botocore.__version__}: {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
