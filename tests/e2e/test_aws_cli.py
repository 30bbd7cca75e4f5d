#!/usr/bin/env python3
"""The AWS CLI against the simulator: AWS's own client reads the replies and takes the errors.

Every service is driven through creating, describing, listing and deleting, with the errors that a
client must be able to tell apart. Exit status 77 when no `aws` is there.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import zipfile

import peers_support as peers
from peers_support import expect

SUITE = peers.Suite()
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
     "Action": "sts:AssumeRole"}]})


class Cli:
    def __init__(self, endpoint, folder):
        self.env = peers.environment(endpoint, AWS_DEFAULT_REGION=peers.REGION, AWS_PAGER="",
                                     AWS_MAX_ATTEMPTS="2", AWS_DEFAULT_OUTPUT="json", HOME=folder)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            del self.env[name]
        self.calls = 0

    def run(self, words, *values):
        """`words` are split at blanks; `values` are one argument each."""
        self.calls += 1
        arguments = ["aws", *words.split(), *values]
        done = subprocess.run(arguments, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return done.returncode, done.stdout.decode(), done.stderr.decode().strip()

    def ok(self, words, *values):
        status, out, err = self.run(words, *values)
        expect(status == 0, f"aws {words}: {err}")
        return json.loads(out) if out.strip() else {}

    def fails(self, code, words, *values):
        status, _, err = self.run(words, *values)
        expect(status != 0 and f"({code})" in err, f"aws {words}: wanted {code}, got {status} {err}")


def network(cli):
    vpc = cli.ok("ec2 create-vpc --cidr-block 10.0.0.0/16 --tag-specifications "
                 "ResourceType=vpc,Tags=[{Key=Name,Value=cli}]")["Vpc"]["VpcId"]
    cli.fails("InvalidVpcID.NotFound", "ec2 describe-vpcs --vpc-ids vpc-00000000000000000")
    found = cli.ok("ec2 describe-vpcs --filters Name=tag:Name,Values=cli")["Vpcs"]
    expect([v["VpcId"] for v in found] == [vpc] and found[0]["CidrBlock"] == "10.0.0.0/16", found)
    subnets = [cli.ok(f"ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.{n}.0/24 "
                      f"--availability-zone {peers.REGION}{zone}")["Subnet"]["SubnetId"]
               for n, zone in ((1, "a"), (2, "c"))]
    cli.fails("InvalidSubnet.Conflict",
              f"ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.1.0/24")
    cli.fails("InvalidSubnet.Range",
              f"ec2 create-subnet --vpc-id {vpc} --cidr-block 192.168.0.0/24")
    listed = cli.ok(f"ec2 describe-subnets --filters Name=vpc-id,Values={vpc}")["Subnets"]
    expect({s["SubnetId"] for s in listed} == set(subnets), listed)
    return vpc, subnets


def groups(cli, vpc):
    group = cli.ok(f"ec2 create-security-group --vpc-id {vpc} --group-name cli --description",
                   "a group")["GroupId"]
    cli.fails("InvalidGroup.Duplicate",
              f"ec2 create-security-group --vpc-id {vpc} --group-name cli --description again")
    cli.ok(f"ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 3306 "
           f"--source-group {group}")
    cli.fails("InvalidPermission.Duplicate",
              f"ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 3306 "
              f"--source-group {group}")
    rules = cli.ok("ec2 describe-security-group-rules --filters "
                   f"Name=group-id,Values={group}")["SecurityGroupRules"]
    inward = [rule for rule in rules if not rule["IsEgress"]]
    expect(len(rules) == 2 and inward[0]["ReferencedGroupInfo"]["GroupId"] == group, rules)
    shown = cli.ok(f"ec2 describe-security-groups --group-ids {group}")["SecurityGroups"][0]
    expect(shown["IpPermissions"][0]["FromPort"] == 3306, shown)
    cli.fails("DependencyViolation", f"ec2 delete-vpc --vpc-id {vpc}")
    return group


def ways(cli, vpc, subnet):
    """Gateways, an address, routes and a network ACL."""
    gateway = cli.ok("ec2 create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
    attached = f"--internet-gateway-id {gateway} --vpc-id {vpc}"
    cli.ok(f"ec2 attach-internet-gateway {attached}")
    address = cli.ok("ec2 allocate-address --domain vpc")["AllocationId"]
    nat = cli.ok(f"ec2 create-nat-gateway --subnet-id {subnet} "
                 f"--allocation-id {address}")["NatGateway"]["NatGatewayId"]
    # The waiters of the CLI look every 15 seconds; here all is done before a client has started.
    shown = cli.ok(f"ec2 describe-nat-gateways --nat-gateway-ids {nat}")["NatGateways"][0]
    expect(shown["State"] == "available", shown)
    expect(shown["NatGatewayAddresses"][0]["AllocationId"] == address, shown)
    cli.fails("InvalidIPAddress.InUse", f"ec2 release-address --allocation-id {address}")
    cli.fails("DependencyViolation", f"ec2 detach-internet-gateway {attached}")
    table = cli.ok(f"ec2 create-route-table --vpc-id {vpc}")["RouteTable"]["RouteTableId"]
    route = f"--route-table-id {table} --destination-cidr-block 0.0.0.0/0"
    cli.ok(f"ec2 create-route {route} --gateway-id {gateway}")
    cli.fails("RouteAlreadyExists", f"ec2 create-route {route} --nat-gateway-id {nat}")
    cli.ok(f"ec2 replace-route {route} --nat-gateway-id {nat}")
    used = cli.ok(f"ec2 associate-route-table --route-table-id {table} "
                  f"--subnet-id {subnet}")["AssociationId"]
    routes = cli.ok(f"ec2 describe-route-tables --route-table-ids {table}")["RouteTables"][0]["Routes"]
    expect([r.get("NatGatewayId") for r in routes] == [None, nat], routes)
    acl = cli.ok(f"ec2 create-network-acl --vpc-id {vpc}")["NetworkAcl"]["NetworkAclId"]
    cli.ok(f"ec2 create-network-acl-entry --network-acl-id {acl} --ingress --rule-number 100 "
           "--protocol tcp --port-range From=3306,To=3306 --cidr-block 10.0.0.0/16 "
           "--rule-action allow")
    shown = cli.ok(f"ec2 describe-network-acls --network-acl-ids {acl}")["NetworkAcls"][0]
    expect(shown["Entries"][0]["Protocol"] == "6" and len(shown["Entries"]) == 3, shown)
    cli.ok(f"ec2 delete-network-acl --network-acl-id {acl}")
    cli.ok(f"ec2 disassociate-route-table --association-id {used}")
    cli.ok(f"ec2 delete-route-table --route-table-id {table}")
    cli.ok(f"ec2 delete-nat-gateway --nat-gateway-id {nat}")
    cli.ok(f"ec2 release-address --allocation-id {address}")
    cli.ok(f"ec2 detach-internet-gateway {attached}")
    cli.ok(f"ec2 delete-internet-gateway --internet-gateway-id {gateway}")


def secrets(cli):
    arn = cli.ok("secretsmanager create-secret --name cli/word --secret-string", "a b")["ARN"]
    cli.fails("ResourceExistsException",
              "secretsmanager create-secret --name cli/word --secret-string x")
    expect(cli.ok("secretsmanager get-secret-value --secret-id cli/word")["SecretString"] == "a b",
           "the value is another one")
    cli.ok("secretsmanager put-secret-value --secret-id cli/word --secret-string c")
    versions = cli.ok(f"secretsmanager describe-secret --secret-id {arn}")["VersionIdsToStages"]
    expect(sorted(sum(versions.values(), [])) == ["AWSCURRENT", "AWSPREVIOUS"], versions)
    listed = cli.ok("secretsmanager list-secrets")["SecretList"]
    expect(arn in [s["ARN"] for s in listed], listed)
    cli.ok("secretsmanager delete-secret --secret-id cli/word --recovery-window-in-days 7")
    cli.fails("InvalidRequestException",
              "secretsmanager create-secret --name cli/word --secret-string x")
    cli.ok("secretsmanager restore-secret --secret-id cli/word")
    cli.ok("secretsmanager delete-secret --secret-id cli/word --force-delete-without-recovery")
    cli.fails("ResourceNotFoundException", "secretsmanager get-secret-value --secret-id cli/word")


def keys(cli):
    key = cli.ok("kms create-key --description cli --tags TagKey=team,TagValue=data")["KeyMetadata"]
    expect(key["KeyState"] == "Enabled" and key["KeySpec"] == "SYMMETRIC_DEFAULT", key)
    name = key["KeyId"]
    cli.fails("NotFoundException", "kms describe-key --key-id alias/cli")
    cli.ok(f"kms create-alias --alias-name alias/cli --target-key-id {name}")
    cli.fails("AlreadyExistsException",
              f"kms create-alias --alias-name alias/cli --target-key-id {name}")
    expect(cli.ok("kms describe-key --key-id alias/cli")["KeyMetadata"]["KeyId"] == name, "another")
    policy = json.loads(cli.ok(f"kms get-key-policy --key-id {name} --policy-name default")["Policy"])
    expect(policy["Id"] == "key-default-1", policy)
    cli.fails("MalformedPolicyDocumentException",
              f"kms put-key-policy --key-id {name} --policy-name default --policy", "{}")
    cli.ok(f"kms enable-key-rotation --key-id {name}")
    expect(cli.ok(f"kms get-key-rotation-status --key-id {name}")["KeyRotationEnabled"], "no rotation")
    cli.ok("secretsmanager create-secret --name cli/sealed --kms-key-id alias/cli --secret-string x")
    cli.ok(f"kms disable-key --key-id {name}")
    cli.fails("DecryptionFailure", "secretsmanager get-secret-value --secret-id cli/sealed")
    cli.fails("EncryptionFailure",
              "secretsmanager put-secret-value --secret-id cli/sealed --secret-string y")
    cli.ok("secretsmanager delete-secret --secret-id cli/sealed --force-delete-without-recovery")
    tags = cli.ok(f"kms list-resource-tags --key-id {name}")["Tags"]
    expect(tags == [{"TagKey": "team", "TagValue": "data"}], tags)
    cli.ok("kms delete-alias --alias-name alias/cli")
    cli.ok(f"kms schedule-key-deletion --key-id {name} --pending-window-in-days 7")
    cli.fails("KMSInvalidStateException", f"kms enable-key --key-id {name}")
    cli.ok(f"kms cancel-key-deletion --key-id {name}")
    cli.ok(f"kms schedule-key-deletion --key-id {name}")


def logs(cli):
    cli.ok("logs create-log-group --log-group-name /cli/one --tags team=data")
    cli.ok("logs create-log-group --log-group-name /cli/one-more")
    cli.fails("ResourceAlreadyExistsException", "logs create-log-group --log-group-name /cli/one")
    cli.fails("InvalidParameterException",
              "logs put-retention-policy --log-group-name /cli/one --retention-in-days 2")
    cli.ok("logs put-retention-policy --log-group-name /cli/one --retention-in-days 14")
    found = cli.ok("logs describe-log-groups --log-group-name-prefix /cli/one")["logGroups"]
    expect([group["logGroupName"] for group in found] == ["/cli/one", "/cli/one-more"], found)
    expect(found[0]["retentionInDays"] == 14 and "retentionInDays" not in found[1], found)
    arn = found[0]["arn"][:-2]
    expect(cli.ok(f"logs list-tags-for-resource --resource-arn {arn}")["tags"] == {"team": "data"},
           "other tags")
    for name in ("/cli/one", "/cli/one-more"):
        cli.ok(f"logs delete-log-group --log-group-name {name}")
    cli.fails("ResourceNotFoundException", "logs delete-log-group --log-group-name /cli/one")


def parameters(cli):
    cli.ok("rds create-db-parameter-group --db-parameter-group-name cli "
           "--db-parameter-group-family mysql8.0 --description cli")
    cli.fails("InvalidParameterCombination", "rds modify-db-parameter-group --db-parameter-group-name "
              "cli --parameters "
              "ParameterName=performance_schema,ParameterValue=1,ApplyMethod=immediate")
    cli.ok("rds modify-db-parameter-group --db-parameter-group-name cli --parameters "
           "ParameterName=performance_schema,ParameterValue=1,ApplyMethod=pending-reboot "
           "ParameterName=slow_query_log,ParameterValue=1,ApplyMethod=immediate")
    listed = "rds describe-db-parameters --db-parameter-group-name cli --source user"
    expect(len(cli.ok(listed)["Parameters"]) == 2, "two are set")
    cli.ok("rds reset-db-parameter-group --db-parameter-group-name cli --parameters "
           "ParameterName=slow_query_log,ApplyMethod=immediate")
    names = [p["ParameterName"] for p in cli.ok(listed)["Parameters"]]
    expect(names == ["performance_schema"], names)
    cli.fails("InvalidDBParameterGroupState",
              "rds delete-db-parameter-group --db-parameter-group-name default.mysql8.0")
    cli.ok("rds delete-db-parameter-group --db-parameter-group-name cli")
    cli.fails("DBProxyEndpointNotFoundFault",
              "rds describe-db-proxy-endpoints --db-proxy-endpoint-name nothing")


def role(cli):
    cli.fails("NoSuchEntity", "iam get-role --role-name cli")
    arn = cli.ok("iam create-role --role-name cli --assume-role-policy-document",
                 TRUST)["Role"]["Arn"]
    cli.fails("EntityAlreadyExists", "iam create-role --role-name cli "
              "--assume-role-policy-document", TRUST)
    cli.fails("MalformedPolicyDocument", "iam create-role --role-name bad "
              "--assume-role-policy-document", "{}")
    policy = TRUST.replace('"Principal": {"Service": "lambda.amazonaws.com"}, ', "").replace(
        "sts:AssumeRole", "logs:PutLogEvents").replace('"Action"', '"Resource": "*", "Action"')
    cli.ok("iam put-role-policy --role-name cli --policy-name log --policy-document", policy)
    expect(cli.ok("iam list-role-policies --role-name cli")["PolicyNames"] == ["log"], "no policy")
    got = cli.ok("iam get-role-policy --role-name cli --policy-name log")["PolicyDocument"]
    expect(got == json.loads(policy), got)
    cli.fails("DeleteConflict", "iam delete-role --role-name cli")
    return arn


def database(cli, subnets, group):
    cli.fails("DBSubnetGroupDoesNotCoverEnoughAZs", "rds create-db-subnet-group "
              f"--db-subnet-group-name one --db-subnet-group-description one --subnet-ids {subnets[0]}")
    cli.ok("rds create-db-subnet-group --db-subnet-group-name cli --db-subnet-group-description cli "
           "--subnet-ids " + " ".join(subnets))
    create = ("rds create-db-instance --db-instance-identifier cli --engine mysql "
              "--db-instance-class db.t3.micro --allocated-storage 20 --master-username admin "
              f"--master-user-password {peers.PASSWORD} --db-subnet-group-name cli "
              f"--vpc-security-group-ids {group} --backup-retention-period 0")
    made = cli.ok(create)["DBInstance"]
    expect(made["DBInstanceStatus"] == "creating", made)
    cli.fails("DBInstanceAlreadyExists", create)
    cli.ok("rds wait db-instance-available --db-instance-identifier cli")
    shown = cli.ok("rds describe-db-instances --db-instance-identifier cli")["DBInstances"][0]
    expect(shown["Endpoint"]["Port"] == 3306 and shown["DBSubnetGroup"]["VpcId"], shown)
    cli.fails("InvalidDBSubnetGroupStateFault",
              "rds delete-db-subnet-group --db-subnet-group-name cli")
    cli.ok("rds delete-db-instance --db-instance-identifier cli --skip-final-snapshot")
    cli.ok("rds wait db-instance-deleted --db-instance-identifier cli")
    cli.fails("DBInstanceNotFound", "rds describe-db-instances --db-instance-identifier cli")
    cli.fails("DBProxyNotFoundFault", "rds describe-db-proxies --db-proxy-name nothing")
    cli.ok("rds delete-db-subnet-group --db-subnet-group-name cli")


def instance(cli):
    """A bastion: a profile with a role, a policy, an instance through its states."""
    vpc = cli.ok("ec2 create-vpc --cidr-block 10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = cli.ok(f"ec2 create-subnet --vpc-id {vpc} --cidr-block 10.8.1.0/24")
    subnet = subnet["Subnet"]["SubnetId"]
    cli.ok("iam create-role --role-name host --assume-role-policy-document",
           TRUST.replace("lambda", "ec2"))
    policy = cli.ok("iam create-policy --policy-name host --policy-document", json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*"}]}))
    policy = policy["Policy"]["Arn"]
    cli.ok(f"iam attach-role-policy --role-name host --policy-arn {policy}")
    cli.fails("DeleteConflict", f"iam delete-policy --policy-arn {policy}")
    cli.ok("iam create-instance-profile --instance-profile-name host")
    cli.ok("iam add-role-to-instance-profile --instance-profile-name host --role-name host")
    cli.ok("iam wait instance-profile-exists --instance-profile-name host")

    image = ("resolve:ssm:/aws/service/ami-amazon-linux-latest/"
             "al2023-ami-kernel-default-x86_64")
    run = f"ec2 run-instances --instance-type t3.micro --subnet-id {subnet} --image-id "
    cli.fails("InvalidAMIID.NotFound", run + "ami-00000000000000000")
    made = cli.ok(run + image + " --iam-instance-profile Name=host --client-token once "
                  "--user-data hello --metadata-options HttpTokens=required")["Instances"][0]
    expect(made["State"]["Name"] == "pending", made)
    host = made["InstanceId"]
    again = cli.ok(run + image + " --iam-instance-profile Name=host --client-token once "
                   "--user-data hello --metadata-options HttpTokens=required")
    expect(again["Instances"][0]["InstanceId"] == host, again)
    cli.ok(f"ec2 wait instance-status-ok --instance-ids {host}")
    shown = cli.ok(f"ec2 describe-instances --instance-ids {host}")["Reservations"][0]
    shown = shown["Instances"][0]
    expect(shown["IamInstanceProfile"]["Arn"].endswith("/host"), shown)
    expect(shown["MetadataOptions"]["HttpTokens"] == "required", shown)
    expect(shown["ImageId"].startswith("ami-"), shown)
    images = cli.ok(f"ec2 describe-images --image-ids {shown['ImageId']}")["Images"]
    expect(images[0]["RootDeviceName"] == "/dev/xvda", images)
    volume = shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    expect(cli.ok(f"ec2 describe-volumes --volume-ids {volume}")["Volumes"][0]["Size"] == 8,
           "the image's volume has 8 GiB")
    change = f"ec2 modify-instance-attribute --instance-id {host} --instance-type t3.small"
    cli.fails("IncorrectInstanceState", change)
    cli.ok(f"ec2 stop-instances --instance-ids {host}")
    cli.ok(f"ec2 wait instance-stopped --instance-ids {host}")
    cli.ok(change)
    cli.ok(f"ec2 start-instances --instance-ids {host}")
    cli.ok(f"ec2 wait instance-running --instance-ids {host}")
    cli.fails("DependencyViolation", f"ec2 delete-subnet --subnet-id {subnet}")
    cli.ok(f"ec2 terminate-instances --instance-ids {host}")
    # Not waited for: in so fast a world it is out of sight before the second look.
    cli.ok(f"ec2 delete-subnet --subnet-id {subnet}")
    cli.ok(f"ec2 delete-vpc --vpc-id {vpc}")
    cli.ok("iam remove-role-from-instance-profile --instance-profile-name host --role-name host")
    cli.ok("iam delete-instance-profile --instance-profile-name host")
    cli.ok(f"iam detach-role-policy --role-name host --policy-arn {policy}")
    cli.ok(f"iam delete-policy --policy-arn {policy}")
    cli.ok("iam delete-role --role-name host")


def function(cli, role_arn, folder):
    package = os.path.join(folder, "code.zip")
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("a.py", "def b(event, context):\n    return 1\n")
    create = ("lambda create-function --function-name cli --runtime python3.12 --handler a.b "
              f"--role {role_arn} --zip-file fileb://{package}")
    made = cli.ok(create)
    expect(made["FunctionName"] == "cli" and made["State"] == "Pending", made)
    cli.fails("ResourceConflictException", create)
    cli.ok("lambda wait function-active-v2 --function-name cli")
    cli.ok("lambda update-function-configuration --function-name cli --timeout 10")
    got = cli.ok("lambda get-function --function-name cli")["Configuration"]
    expect(got["Timeout"] == 10, got)
    expect(len(cli.ok("lambda list-functions")["Functions"]) == 1, "one function is listed")
    cli.ok("lambda delete-function --function-name cli")
    cli.fails("ResourceNotFoundException", "lambda get-function --function-name cli")


def refusals(cli):
    account = cli.ok("sts get-caller-identity")["Account"]
    expect(account == "123456789012", account)
    cli.env["AWS_SECRET_ACCESS_KEY"] = "wrong"
    cli.fails("SignatureDoesNotMatch", "sts get-caller-identity")
    cli.fails("AuthFailure", "ec2 describe-vpcs")
    cli.fails("InvalidSignatureException", "lambda list-functions")
    cli.env["AWS_SECRET_ACCESS_KEY"] = peers.SECRET
    cli.env["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7NOTTHERE"
    cli.fails("InvalidClientTokenId", "rds describe-db-instances")
    cli.fails("UnrecognizedClientException", "secretsmanager list-secrets")


def main():
    peers.binary()
    if not shutil.which("aws"):
        peers.skip("no aws")
    with peers.folder() as folder, peers.simulator(scale=3000) as aws:
        def client():
            made = Cli(aws, folder)
            clients.append(made)
            return made

        clients = []

        def path():
            cli = client()
            vpc, subnets = network(cli)
            group = groups(cli, vpc)
            ways(cli, vpc, subnets[0])
            database(cli, subnets, group)
            for subnet in subnets:
                cli.ok(f"ec2 delete-subnet --subnet-id {subnet}")
            cli.ok(f"ec2 delete-security-group --group-id {group}")
            cli.ok(f"ec2 delete-vpc --vpc-id {vpc}")
            left = cli.ok("ec2 describe-vpcs --filters Name=cidr,Values=10.0.0.0/16")["Vpcs"]
            expect(left == [], "a network is left")

        def code():
            cli = client()
            function(cli, role(cli), folder)
            cli.ok("iam delete-role-policy --role-name cli --policy-name log")
            cli.ok("iam delete-role --role-name cli")

        # Starting a client takes longer than what it asks for; so the services go side by side.
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            jobs = {"network and database": pool.submit(path), "role and function": pool.submit(code),
                    "instance": pool.submit(lambda: instance(client())),
                    "secrets": pool.submit(lambda: secrets(client())),
                    "keys": pool.submit(lambda: keys(client())),
                    "log groups": pool.submit(lambda: logs(client())),
                    "parameter groups": pool.submit(lambda: parameters(client())),
                    "identity and refusals": pool.submit(lambda: refusals(client()))}
            for name, job in jobs.items():
                SUITE.case(name, job.result)
        print(sum(cli.calls for cli in clients), "calls of the AWS CLI")
    SUITE.finish()


if __name__ == "__main__":
    main()
