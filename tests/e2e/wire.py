"""A second opinion on what a world holds: a small signed AWS client, and a tap on the wire.

It shares nothing with the program under test: requests are signed and replies are parsed here, with
the standard library alone.
"""

import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import re
import socketserver
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "ap-northeast-1"

QUERY_VERSIONS = {"ec2": "2016-11-15", "rds": "2014-10-31", "iam": "2010-05-08"}
TARGETS = {"secretsmanager": "secretsmanager", "kms": "TrentService", "logs": "Logs_20140328"}
OWNED_TAG = "plumbline:owner"
ADDRESS_TAG = "plumbline:address"


class Refused(Exception):
    """What the service answered instead of doing it."""


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(service, region, method, target, headers, body):
    """The headers of a Signature Version 4 request."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    path, _, query = target.partition("?")
    headers = {**headers, "x-amz-date": now}
    names = sorted(name.lower() for name in headers)
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    canonical_query = "&".join(sorted(p if "=" in p else p + "=" for p in query.split("&") if p))
    canonical = "\n".join(
        [method, urllib.parse.quote(path, safe="/~"), canonical_query]
        + [f"{name}:{lower[name]}" for name in names]
        + ["", ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + SECRET).encode()
    for part in (now[:8], region, service, "aws4_request"):
        key = _hmac(key, part)
    signature = _hmac(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}").hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return headers


class Client:
    """Calls one endpoint as an operator with a key would."""

    def __init__(self, port, region=REGION):
        self.host = f"127.0.0.1:{port}"
        self.region = region

    def send(self, service, method, target, headers, body=b""):
        region = "us-east-1" if service == "iam" else self.region
        headers = sign(service, region, method, target, {"Host": self.host, **headers}, body)
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, target, body or None, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        if reply.status >= 300:
            raise Refused(f"{method} {service} {target}: {reply.status} {text[:400]}")
        return text

    def query(self, service, action, **params):
        """EC2's and the query protocol; the reply as a tree without namespaces."""
        fields = {"Action": action, "Version": QUERY_VERSIONS[service]}
        fields.update({name.replace("_", "."): value for name, value in params.items()})
        body = urllib.parse.urlencode(fields).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        text = self.send(service, "POST", "/", kind, body)
        return ElementTree.fromstring(re.sub(r'\sxmlns="[^"]+"', "", text))

    def json(self, service, action, **params):
        kind = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": TARGETS[service] + "." + action,
        }
        text = self.send(service, "POST", "/", kind, json.dumps(params).encode())
        return json.loads(text or "{}")

    def secrets(self, action, **params):
        return self.json("secretsmanager", action, **params)

    def functions(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        return json.loads(self.send("lambda", method, path, {}, data) or "{}")


def _tags(node):
    """Tags as EC2 ("key") and the query services ("Key") write them."""
    found = {}
    for each in node.iter():
        key = each.find("key") if each.find("key") is not None else each.find("Key")
        value = each.find("value") if each.find("value") is not None else each.find("Value")
        if key is not None:
            found[key.text] = value.text if value is not None else ""
    return found


def _ec2(client, action, items, name):
    for node in client.query("ec2", action).find(items) or []:
        if {node.findtext("state"), node.findtext("status/code")} & {"deleted", "failed"}:
            continue  # EC2 shows some of what is gone for an hour.
        if node.findtext("default") == "true":
            continue  # A network's own, which comes and goes with it.
        if any(main.text == "true" for main in node.iterfind("associationSet/item/main")):
            continue  # And so does its main route table.
        tag_set = node.find("tagSet")
        yield node.find(name).text, {} if tag_set is None else _tags(tag_set)


def _rds(client, action, item, arn, name):
    for node in client.query("rds", action).iter(item):
        if node.find(name) is None:
            continue  # A member of another object with the same element name.
        if node.find(name).text.startswith("default."):
            continue  # A parameter group of AWS's own, there once a database asked for it.
        tags = client.query("rds", "ListTagsForResource", ResourceName=node.find(arn).text)
        yield node.find(name).text, _tags(tags)


def _instances(client):
    """A terminated instance stays in sight for an hour."""
    for reservation in client.query("ec2", "DescribeInstances").find("reservationSet") or []:
        for node in reservation.find("instancesSet"):
            if node.findtext("instanceState/name") != "terminated":
                tags = node.find("tagSet")
                yield node.findtext("instanceId"), {} if tags is None else _tags(tags)


def _keys(client):
    """Keys that somebody made and that do not wait for their deletion."""
    for each in client.json("kms", "ListKeys")["Keys"]:
        key = client.json("kms", "DescribeKey", KeyId=each["KeyId"])["KeyMetadata"]
        if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion":
            tags = client.json("kms", "ListResourceTags", KeyId=each["KeyId"])["Tags"]
            yield each["KeyId"], {tag["TagKey"]: tag["TagValue"] for tag in tags}


def _log_groups(client):
    for each in client.json("logs", "DescribeLogGroups")["logGroups"]:
        arn = each["arn"].removesuffix(":*")
        tags = client.json("logs", "ListTagsForResource", resourceArn=arn)["tags"]
        yield each["logGroupName"], tags


def inventory(port, region=REGION):
    """Everything of the kinds the tests use: {(type, id): tags}."""
    client = Client(port, region)
    found = {}

    def put(kind, items):
        found.update({(kind, name): tags for name, tags in items})

    put("vpc", _ec2(client, "DescribeVpcs", "vpcSet", "vpcId"))
    put("subnet", _ec2(client, "DescribeSubnets", "subnetSet", "subnetId"))
    put("group", _ec2(client, "DescribeSecurityGroups", "securityGroupInfo", "groupId"))
    put(
        "gateway",
        _ec2(client, "DescribeInternetGateways", "internetGatewaySet", "internetGatewayId"),
    )
    put("address", _ec2(client, "DescribeAddresses", "addressesSet", "allocationId"))
    put("nat", _ec2(client, "DescribeNatGateways", "natGatewaySet", "natGatewayId"))
    put("routes", _ec2(client, "DescribeRouteTables", "routeTableSet", "routeTableId"))
    put("acl", _ec2(client, "DescribeNetworkAcls", "networkAclSet", "networkAclId"))
    put(
        "peering",
        _ec2(
            client,
            "DescribeVpcPeeringConnections",
            "vpcPeeringConnectionSet",
            "vpcPeeringConnectionId",
        ),
    )
    put(
        "database",
        _rds(client, "DescribeDBInstances", "DBInstance", "DBInstanceArn", "DBInstanceIdentifier"),
    )
    put(
        "subnet group",
        _rds(
            client,
            "DescribeDBSubnetGroups",
            "DBSubnetGroup",
            "DBSubnetGroupArn",
            "DBSubnetGroupName",
        ),
    )
    put(
        "parameter group",
        _rds(
            client,
            "DescribeDBParameterGroups",
            "DBParameterGroup",
            "DBParameterGroupArn",
            "DBParameterGroupName",
        ),
    )
    put("key", _keys(client))
    put("log group", _log_groups(client))
    proxies = client.query("rds", "DescribeDBProxies").find(".//DBProxies")
    for node in proxies if proxies is not None else []:
        tags = client.query("rds", "ListTagsForResource", ResourceName=node.find("DBProxyArn").text)
        found["proxy", node.find("DBProxyName").text] = _tags(tags)
    put("instance", _instances(client))
    for node in client.query("iam", "ListRoles").iter("RoleName"):
        found["role", node.text] = _tags(client.query("iam", "ListRoleTags", RoleName=node.text))
    for node in client.query("iam", "ListInstanceProfiles").iter("InstanceProfileName"):
        profile = client.query("iam", "GetInstanceProfile", InstanceProfileName=node.text)
        tags = profile.find(".//InstanceProfile/Tags")
        found["instance profile", node.text] = {} if tags is None else _tags(tags)
    for node in client.query("iam", "ListPolicies", Scope="Local").iter("Arn"):
        tags = client.query("iam", "ListPolicyTags", PolicyArn=node.text)
        found["policy", node.text] = _tags(tags)
    for each in client.secrets("ListSecrets", IncludePlannedDeletion=True)["SecretList"]:
        found["secret", each["ARN"]] = {t["Key"]: t["Value"] for t in each.get("Tags", [])}
    for each in client.functions("GET", "/2015-03-31/functions/")["Functions"]:
        arn = urllib.parse.quote(each["FunctionArn"], safe="")
        found["function", each["FunctionName"]] = client.functions(
            "GET", "/2017-03-31/tags/" + arn
        )["Tags"]
    return found


def owned(found):
    """Addresses of what carries our owner tag, sorted; twice when there are two."""
    return sorted(tags.get(ADDRESS_TAG, "?") for tags in found.values() if OWNED_TAG in tags)


def rules_of(port, group_id):
    """The ingress rules of a group: (protocol, from port, to port, CIDR or group), sorted."""
    reply = Client(port).query("ec2", "DescribeSecurityGroups", GroupId_1=group_id)
    rules = []
    for permission in reply.find("securityGroupInfo")[0].find("ipPermissions") or []:
        ports = [permission.findtext("fromPort"), permission.findtext("toPort")]
        peers = [n.text for n in permission.iter("cidrIp")]
        peers += [n.text for n in permission.findall("groups/item/groupId")]
        rules += [(permission.findtext("ipProtocol"), *ports, peer) for peer in peers]
    return sorted(rules)


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A client that was killed is no fault of this server."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Tap:
    """A loopback proxy that passes requests on untouched and remembers what was asked. Between the
    world's answer and its delivery it calls `before_reply(is it mutating)`."""

    def __init__(self, port, before_reply=lambda is_mutating: None):
        self.asked = []  # (action, is it mutating, status)
        tap = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                onward = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                onward.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    if name.lower() != "connection":
                        onward.putheader(name, value)
                onward.endheaders(body or None)
                reply = onward.getresponse()
                text = reply.read()
                onward.close()
                asked = action_of(self.command, self.path, self.headers, body)
                tap.asked.append((*asked, reply.status))
                before_reply(asked[1])
                self.send_response_only(reply.status)
                for name, value in reply.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = pass_on

            def log_message(self, *_):
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def mutations(self):
        return [action for action, is_mutating, _ in self.asked if is_mutating]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def action_of(method, path, headers, body):
    """(action, is it mutating), told from the request alone."""
    if headers.get("X-Amz-Target"):
        action = headers["X-Amz-Target"].split(".")[-1]
    elif b"Action=" in body:
        action = urllib.parse.parse_qs(body.decode())["Action"][0]
    else:
        return f"{method} {path}", method not in ("GET", "HEAD")
    return action, not re.match(r"(Describe|Get|List)", action)
