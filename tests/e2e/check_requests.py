#!/usr/bin/env python3
"""Every request that the program sends, held against AWS's own service models and serializers.

The example is made, changed in every way its kinds know, taken back, and destroyed on a simulated
AWS behind a recording proxy. Each recorded request is decoded by the shape of its operation in
botocore's model: unknown members, wrong types and words, and missing members are failures.
botocore's serializer must then make the same request of the decoded parameters.

  check_requests.py              records and checks
  check_requests.py --self-test  plants mistakes in requests and demands that each is found

Exit status: 0 all well, 1 failures, 77 skipped because no botocore that is new enough is there.
"""
import collections
import os
import re
import sys

import peers_support as peers
from aws_models import BOTOCORE, Wrong, check

KINDS = os.path.join(peers.HERE, "..", "..", "schemas", "kinds")


# --- what is recorded ---------------------------------------------------------------------------


def edited(text, *changes):
    for old, new in changes:
        peers.expect(text.count(old) == 1, f"the example does not hold once: {old}")
        text = text.replace(old, new)
    return text


GROWN = [
    ("tags: { team: data-science }", "tags: { team: analysts, purpose: 'a & b = c + d' }"),
    ("tags: { Name: lambda-rds-proxy } }",
     "tags: { Name: grown }, enableDnsSupport: true, enableDnsHostnames: true, "
     "enableNetworkAddressUsageMetrics: true, secondaryCidrs: [10.1.0.0/16] }"),
    ("availabilityZone: ap-northeast-1a }",
     "availabilityZone: ap-northeast-1a, mapPublicIpOnLaunch: true, "
     "privateDnsHostnameType: resource-name, enableResourceNameDnsARecord: true }"),
    ("egress: [{ protocol: all, to: 0.0.0.0/0 }]",
     "egress: [{ protocol: all, to: 0.0.0.0/0, description: everything }]"),
    ("ingress: [{ port: 3306, from: lambda }]",
     "ingress: [{ port: 3306, from: lambda, description: the functions }, "
     "{ ports: 1000-2000, protocol: udp, from: [10.0.0.0/8, 'fd00::/8', self] }, "
     "{ protocol: icmp, icmpType: 8, icmpCode: -1, from: 10.0.0.0/16 }]"),
    ("ingress: [{ port: 3306, from: [proxy, bastion] }]",
     "ingress: [{ port: 3306, from: [proxy, bastion] }]\n"
     "    egress: [{ port: 443, to: 0.0.0.0/0, description: 'out & about' }]"),
    ("Two zones for the database", "'Two zones, described anew: +&=%'"),
    ("dbInstanceClass: db.t3.micro", "dbInstanceClass: db.t3.small"),
    ("allocatedStorage: 20", "allocatedStorage: 30\n    maxAllocatedStorage: 100\n"
     "    enableCloudwatchLogsExports: [error, slowquery]\n    copyTagsToSnapshot: true\n"
     "    preferredBackupWindow: 03:00-04:00\n    enableIamDatabaseAuthentication: true"),
    ("backupRetentionPeriod: 1", "backupRetentionPeriod: 7"),
    ("port: 3306\n      dbInstanceIdentifier: app", "port: 3306\n      note: \"\u00fc\u2713 \\\"x\\\"\""),
    ("forceDelete: true",
     "forceDelete: true\n    description: Described anew\n    resourcePolicy:\n"
     "      Version: 2012-10-17\n      Statement: [{ Effect: Allow, Principal: { AWS: "
     "'arn:aws:iam::123456789012:root' }, Action: secretsmanager:GetSecretValue, Resource: '*' }]"),
    ("description: Lets RDS Proxy read the secret of its database",
     "description: Described anew\n    maxSessionDuration: 7200\n"
     "    managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess']\n"
     "    permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess"),
    ("{ Effect: Allow, Principal: { Service: rds.amazonaws.com }, Action: sts:AssumeRole }",
     "{ Effect: Allow, Principal: { Service: rds.amazonaws.com }, Action: [sts:AssumeRole, "
     "sts:TagSession] }"),
    ("Sid: DecryptSecretValue", "Sid: DecryptAgain"),
    ("      network:\n", "      more: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: "
     "'s3:ListAllMyBuckets', Resource: '*' }] }\n      network:\n"),
    ("    instanceType: t3.micro\n",
     "    instanceType: t3.small\n    monitoring: true\n    sourceDestCheck: false\n"
     "    metadataOptions: { httpPutResponseHopLimit: 1, instanceMetadataTags: enabled }\n"
     "    creditSpecification: { cpuCredits: standard }\n    disableApiTermination: false\n"
     "    disableApiStop: false\n    instanceInitiatedShutdownBehavior: terminate\n"),
    ("volumeSize: 8, encrypted: true", "volumeSize: 20, throughput: 200, "
     "encrypted: true, deleteOnTermination: false"),
    ("dnf install -y mariadb105", "dnf install -y mariadb105 telnet"),
    ("debugLogging: true", "debugLogging: false\n    idleClientTimeout: 900"),
    ("maxConnectionsPercent: 100", "maxConnectionsPercent: 80, maxIdleConnectionsPercent: 30, "
     "connectionBorrowTimeout: 60, sessionPinningFilters: [EXCLUDE_VARIABLE_SETS]"),
    ("memorySize: 256",
     "memorySize: 512\n    tracingMode: Active\n    ephemeralStorage: 1024\n"
     "    permissions: [{ statementId: hourly, action: 'lambda:InvokeFunction', "
     "principal: events.amazonaws.com, sourceAccount: '123456789012' }]"),
]
# Names without a property that says so take it away again; the code changes as well.
SHRUNK = [
    ("tags: { team: data-science }", "tags: { owner: nobody }"),
    ("tags: { Name: lambda-rds-proxy } }", "secondaryCidrs: [] }"),
    ("egress: [{ protocol: all, to: 0.0.0.0/0 }]", "egress: [{ port: 3306, to: proxy }]"),
    ("memorySize: 256", "memorySize: 256\n    permissions: []"),
    ("    instanceProfile: bastion\n", "    instanceState: stopped\n"),
    # A volume does not shrink, and changes once in six hours.
    ("volumeSize: 8, encrypted: true", "volumeSize: 20, throughput: 200, "
     "encrypted: true, deleteOnTermination: true"),
    # plumbline:ignore, since lint would not let a proxy be without a target.
    ("    targets: [{ dbInstance: app }]\n", "    targets: []  # plumbline:ignore PX005: on purpose\n"),
    ("  - { from: dbProxies.app, to: dbInstances.app }\n", ""),
    ("forceDelete: true", "forceDelete: false"),
    ("skipFinalSnapshot: true", "skipFinalSnapshot: false\n    enableCloudwatchLogsExports: []"),
]
RESTORED = [("    dbName: test\n    masterUsername: admin\n",
             "    dbSnapshotIdentifier: app-final\n    masterUsername: admin\n")]


# The same of what a database rests on.
DATA_GROWN = [
    ("description: Data of the app", "description: 'Described anew: +&=%'"),
    ("aliases: [alias/app]", "aliases: [alias/data]"),
    ("keyRotationEnabled: true", "keyRotationEnabled: true\n    rotationPeriodInDays: 180"),
    ("'kms:Describe*']", "'kms:Describe*', 'kms:CreateGrant']"),
    ("tags: { team: data-science }", "tags: { owner: nobody }"),
    ("retentionInDays: 14, kmsKey: app", "deletionProtectionEnabled: false"),
    ("logGroupName: /aws/lambda/reader-audit",
     "logGroupName: /aws/lambda/reader-audit, retentionInDays: 7, kmsKey: app"),
    ("slow_query_log: 1, performance_schema: 1", "slow_query_log: 0"),
]
DATA_OFF = [("rotationPeriodInDays: 180", "enabled: false"),
            ("keyRotationEnabled: true", "keyRotationEnabled: false")]


CHANGED = {
    "network": [("natGateway: main }]", "gateway: main }]"), ("port: 3306, from", "port: 5432, from"),
                ("ruleNumber: 110", "ruleNumber: 120"), ("subnets: [private]\n    ingress", "ingress")],
    "bastion": [("'ssmmessages:*'", "ssmmessages:OpenDataChannel"), ("role: bastion }", "role: guest }")],
    "endpoints": [("securityGroups: [tools] }", "securityGroups: [tools, proxy] }"),
                  ("reservedConcurrentExecutions: 20", "reservedConcurrentExecutions: 0")],
}


def record():
    """The exchanges of the whole lives of the example and of what a database rests on."""
    with peers.folder() as where, peers.simulator() as aws, peers.recorder(aws) as (proxy, log):
        example = peers.copy_example(where)
        manifest = os.path.join(example, "manifest.yaml")
        with open(manifest, encoding="utf-8") as file:
            text = file.read()
        env = peers.environment(proxy)

        def stage(name, command, content, statuses=(0,)):
            with open(manifest, "w", encoding="utf-8") as file:
                file.write(content)
            before = len(log)
            ended = peers.run([command, manifest, "--yes"], env)
            print(f"{name}: exit {ended.status}, {len(log) - before} requests", flush=True)
            peers.expect(ended.status in statuses, ended)
            again = peers.run(["plan", manifest, "--detailed-exitcode"], env)
            if command == "apply" and statuses == (0,):
                peers.expect(again.status == 0, f"a second plan is not empty\n{again}")

        stage("made", "apply", text)
        stage("grown", "apply", edited(text, *GROWN))
        with open(os.path.join(example, "src", "reader.py"), "a", encoding="utf-8") as file:
            file.write("\n# changed\n")
        stage("shrunk", "apply", edited(text, *SHRUNK))
        stage("kept", "destroy", edited(text, *SHRUNK))
        # The simulated RDS restores no snapshots: what is sent counts, not the answer.
        stage("restored", "apply", edited(text, *RESTORED), (0, 1))
        stage("made again", "apply", text)
        stage("gone", "destroy", text)
        def stack(name):
            """The text of another stack, which has a state of its own."""
            env["PLUMBLINE_STATE"] = os.path.join(where, name + ".db")
            with open(os.path.join(peers.HERE, "manifests", name + ".yaml"),
                      encoding="utf-8") as file:
                return file.read()

        data = stack("data")
        grown = edited(data, *DATA_GROWN)
        stage("data made", "apply", data)
        stage("data grown", "apply", grown)
        # Lint would not let a key be off that others use.
        os.makedirs(os.path.join(example, ".plumbline"), mode=0o700, exist_ok=True)
        with open(os.path.join(example, ".plumbline", "lint.yaml"), "w", encoding="utf-8") as file:
            file.write("rules: { SK009: off }\n")
        stage("data off", "apply", edited(grown, *DATA_OFF))
        stage("data gone", "destroy", data)
        for name in ("network", "bastion", "endpoints"):
            made = stack(name)
            stage(name + " made", "apply", made)
            stage(name + " changed", "apply", edited(made, *CHANGED[name]))
            stage(name + " gone", "destroy", made)
        return log


def report(log):
    counts, answers, wrong = collections.Counter(), collections.defaultdict(set), {}
    for exchange in log:
        try:
            name = (exchange.service, check(exchange))
        except Wrong as problem:
            name = (exchange.service or "?", exchange.target)
            wrong.setdefault(str(problem), 0)
            wrong[str(problem)] += 1
        counts[name] += 1
        answers[name].add(exchange.status)
    print(f"\n{'operation':58}{'count':>6}  ok   replies")
    bad = {name for name in counts if name[1].startswith("/") and wrong}
    for name in sorted(counts):
        print(f"{'.'.join(name):58}{counts[name]:>6}  {'NO ' if name in bad else 'yes'}  "
              f"{' '.join(str(status) for status in sorted(answers[name]))}")
    for problem, times in wrong.items():
        print(f"\n{times} x {problem}")
    said = set()
    for name in os.listdir(KINDS):
        with open(os.path.join(KINDS, name), encoding="utf-8") as file:
            said |= set(re.findall(r"\bcall: (\w+)", file.read()))
    rest = sorted(said - {operation for _, operation in counts})
    print(f"\n{sum(counts.values())} requests of {len(counts)} operations against botocore "
          f"{BOTOCORE}: {sum(wrong.values())} wrong")
    print(f"{len(said) - len(rest)} of the schemas' {len(said)} operations were sent; not: "
          f"{', '.join(rest)}")
    return wrong


# --- self-test ----------------------------------------------------------------------------------


def form(service, body):
    return request(service, "POST", "/", body,
                   {"content-type": "application/x-www-form-urlencoded; charset=utf-8"})


def request(service, method, target, body, headers):
    signed = {"authorization": f"AWS4-HMAC-SHA256 Credential=K/20260101/r/{service}/aws4_request"}
    return peers.Exchange(method, target, {**signed, **headers}, body.encode())


def target(name, body):
    return request("secretsmanager", "POST", "/", body, {
        "x-amz-target": "secretsmanager." + name, "content-type": "application/x-amz-json-1.1"})


def lambda_call(method, where, body):
    return request("lambda", method, where, body, {"content-type": "application/json"})


def self_test():
    vpc = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16"
    rds = "Version=2014-10-31&DBSubnetGroupName=a&DBSubnetGroupDescription=b"
    wrong = {
        "operation": (form("ec2", vpc.replace("CreateVpc", "CreateVPC")), "CreateVPC"),
        "version": (form("ec2", vpc.replace("2016", "2015")), "version"),
        "member": (form("ec2", vpc + "&Cidr=x"), "Cidr"),
        "enum": (form("ec2", vpc + "&InstanceTenancy=nobody"), "nobody"),
        "bool": (form("ec2", vpc + "&DryRun=yes"), "boolean"),
        "int": (form("ec2", vpc + "&Ipv4NetmaskLength=016"), "integer"),
        "gap in a list": (form("ec2", vpc + "&TagSpecification.2.ResourceType=vpc"), "TagSpec"),
        "list word": (form("rds", "Action=CreateDBSubnetGroup&" + rds + "&SubnetIds.member.1=s"),
                      "SubnetIds.member.1"),
        "required": (form("rds", "Action=CreateDBSubnetGroup&" + rds), "SubnetIds"),
        "twice": (form("ec2", vpc + "&CidrBlock=x"), "twice"),
        "no JSON": (target("CreateSecret", "{"), "JSON"),
        "target": (target("MakeSecret", "{}"), "MakeSecret"),
        "JSON member": (target("CreateSecret", '{"name":"x"}'), "name"),
        "JSON type": (target("CreateSecret", '{"Name":1}'), "string"),
        "doubled JSON member": (target("CreateSecret", '{"Name":"a","Name":"b"}'), "twice"),
        "path": (lambda_call("GET", "/2015-03-31/function/x", ""), "no operation"),
        "method": (lambda_call("PATCH", "/2015-03-31/functions/x", ""), "no operation"),
        "body type": (lambda_call("PUT", "/2015-03-31/functions/x/configuration",
                                  '{"Timeout":"30"}'), "integer"),
        "query": (lambda_call("GET", "/2015-03-31/functions?Max=1", ""), "Max"),
        "body": (lambda_call("GET", "/2015-03-31/functions/x", '{"a":1}'), "members"),
        "media type": (request("secretsmanager", "POST", "/", "{}", {
            "x-amz-target": "secretsmanager.ListSecrets", "content-type": "text/plain"}), "type"),
        "unsigned": (peers.Exchange("GET", "/", {}, b""), "signed"),
    }
    right = [form("ec2", vpc + "&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=a"
                  "&TagSpecification.1.Tag.1.Value=b&DryRun=false"),
             form("rds", "Action=CreateDBSubnetGroup&" + rds + "&SubnetIds.SubnetIdentifier.1=s"),
             target("CreateSecret", '{"Name":"a","SecretString":"b"}'),
             lambda_call("GET", "/2015-03-31/functions?MaxItems=1", "")]
    failures = []
    for what, (exchange, word) in wrong.items():
        try:
            check(exchange)
            failures.append(f"{what}: not found")
        except Wrong as found:
            if word not in str(found):
                failures.append(f"{what}: found as {found}")
    for exchange in right:
        try:
            check(exchange)
        except Wrong as found:
            failures.append(f"a right request is called wrong: {found}")
    print("\n".join(failures + [f"{len(wrong)} planted mistakes, {len(failures)} failures"]))
    return failures


if __name__ == "__main__":
    sys.exit(1 if (self_test() if "--self-test" in sys.argv else report(record())) else 0)
