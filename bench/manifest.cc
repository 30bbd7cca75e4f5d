// Writes a manifest of a given size, for measuring. `network`: of every thousand resources 50 VPCs,
// 150 subnets, 400 groups with a rule each and 400 secrets. `path`: the first example's path from a
// function through a proxy to a database, again and again; thirteen resources each. `terraform` and
// `cloudformation`: the network in HCL and as a template, for the peers.
#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <fmt/format.h>

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string make_network(int count) {
  std::string text = "stack: bench\nregion: eu-west-1\n";
  const Out out(text);
  text += "\nvpcs:\n";
  const int vpcs = count / 20;
  for (int i = 0; i < vpcs; ++i) {
    fmt::format_to(out, "  net-{}: {{ cidrBlock: 10.{}.0.0/16 }}\n", i, i % 250);
  }
  text += "\nsubnets:\n";
  for (int i = 0; i < 3 * vpcs; ++i) {
    fmt::format_to(
        out,
        "  part-{}: {{ vpc: net-{}, cidrBlock: 10.{}.{}.0/24, availabilityZone: eu-west-1{} }}\n",
        i,
        i / 3,
        i / 3 % 250,
        i % 3,
        "abc"[i % 3]
    );
  }
  text += "\nsecurityGroups:\n";
  for (int i = 0; i < 8 * vpcs; ++i) {
    fmt::format_to(
        out,
        "  group-{}:\n    vpc: net-{}\n    description: Group {}\n"
        "    ingress: [{{ port: 3306, from: 10.{}.0.0/16 }}]\n",
        i,
        i / 8,
        i,
        i / 8 % 250
    );
  }
  text += "\nsecrets:\n";
  for (int i = 0; i < 8 * vpcs; ++i) {
    fmt::format_to(
        out,
        "  secret-{0}:\n    description: Secret {0}\n"
        "    secretString: {{ username: reader-{0}, note: 'value-{0}' }}\n",
        i
    );
  }
  return text;
}

/// One section: `body` once for every path, with {n} its number and {b} the second part of its
/// block.
void add_section(std::string& text, std::string_view name, std::string_view body, int paths) {
  fmt::format_to(Out(text), "\n{}:\n", name);
  for (int i = 0; i < paths; ++i) {
    fmt::vformat_to(
        Out(text), body, fmt::make_format_args(fmt::arg("n", i), fmt::arg("b", i % 250))
    );
  }
}

constexpr std::string_view kGroups = R"(  lambda-{n}:
    vpc: main-{n}
    description: Lambda functions
    egress: [{{ protocol: all, to: 0.0.0.0/0 }}]
  proxy-{n}:
    vpc: main-{n}
    description: RDS Proxy
    ingress: [{{ port: 3306, from: lambda-{n} }}]
  db-{n}:
    vpc: main-{n}
    description: Databases
    ingress: [{{ port: 3306, from: proxy-{n} }}]
)";

constexpr std::string_view kDatabase = R"(  app-{n}:
    engine: mysql
    engineVersion: '8.0'
    dbInstanceClass: db.t3.micro
    allocatedStorage: 20
    storageEncrypted: true
    dbName: test
    masterUsername: admin
    masterUserPassword: '${{inputs.dbPassword}}'
    dbSubnetGroup: app-{n}
    securityGroups: [db-{n}]
    publiclyAccessible: false
    backupRetentionPeriod: 1
    skipFinalSnapshot: true
)";

constexpr std::string_view kSecret = R"(  app-{n}:
    secretString:
      username: admin
      password: '${{inputs.dbPassword}}'
      engine: mysql
      host: '${{dbInstances.app-{n}.endpoint}}'
      port: 3306
)";

constexpr std::string_view kRoles = R"(  proxy-{n}:
    trustPolicy:
      Version: 2012-10-17
      Statement:
        - {{ Effect: Allow, Principal: {{ Service: rds.amazonaws.com }}, Action: sts:AssumeRole }}
    inlinePolicies:
      secret:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: secretsmanager:GetSecretValue
            Resource: '${{secrets.app-{n}.arn}}'
  function-{n}:
    trustPolicy:
      Version: 2012-10-17
      Statement:
        - {{ Effect: Allow, Principal: {{ Service: lambda.amazonaws.com }}, Action: sts:AssumeRole }}
    inlinePolicies:
      network:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action:
              - ec2:CreateNetworkInterface
              - ec2:DescribeNetworkInterfaces
              - ec2:DeleteNetworkInterface
            Resource: '*'
)";

constexpr std::string_view kProxy = R"(  app-{n}:
    engineFamily: MYSQL
    role: proxy-{n}
    subnets: [db-a-{n}, db-c-{n}]
    securityGroups: [proxy-{n}]
    auth: [{{ secret: app-{n}, iamAuth: DISABLED }}]
    requireTls: true
    targetGroup: {{ maxConnectionsPercent: 100 }}
    targets: [{{ dbInstance: app-{n} }}]
)";

constexpr std::string_view kFunction = R"(  reader-{n}:
    runtime: python3.12
    handler: reader.handler
    role: function-{n}
    code: {{ directory: ./src }}
    timeout: 30
    memorySize: 256
    subnets: [db-a-{n}, db-c-{n}]
    securityGroups: [lambda-{n}]
    environment:
      DB_ENDPOINT: '${{dbProxies.app-{n}.endpoint}}'
      DB_PASSWORD: '${{inputs.dbPassword}}'
)";

std::string make_paths(int count) {
  const int paths = (count + 12) / 13;
  std::string text =
      "stack: bench\nregion: eu-west-1\n"
      "inputs:\n  dbPassword: { env: DB_PASSWORD, sensitive: true }\n";
  add_section(text, "vpcs", "  main-{n}: {{ cidrBlock: 10.{b}.0.0/16 }}\n", paths);
  add_section(
      text,
      "subnets",
      "  db-a-{n}: {{ vpc: main-{n}, cidrBlock: 10.{b}.1.0/24, availabilityZone: eu-west-1a }}\n"
      "  db-c-{n}: {{ vpc: main-{n}, cidrBlock: 10.{b}.2.0/24, availabilityZone: eu-west-1c }}\n",
      paths
  );
  add_section(text, "securityGroups", kGroups, paths);
  add_section(
      text,
      "dbSubnetGroups",
      "  app-{n}: {{ dbSubnetGroupDescription: Two zones, subnets: [db-a-{n}, db-c-{n}] }}\n",
      paths
  );
  add_section(text, "dbInstances", kDatabase, paths);
  add_section(text, "secrets", kSecret, paths);
  add_section(text, "roles", kRoles, paths);
  add_section(text, "dbProxies", kProxy, paths);
  add_section(text, "functions", kFunction, paths);
  add_section(
      text,
      "connections",
      "  - {{ from: functions.reader-{n}, to: dbProxies.app-{n} }}\n"
      "  - {{ from: dbProxies.app-{n}, to: dbInstances.app-{n} }}\n"
      "  - {{ from: internet, to: dbInstances.app-{n}, expect: denied }}\n",
      paths
  );
  return text;
}

constexpr std::string_view kProvider = R"(variable "endpoint" {}
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "AKIAIOSFODNN7EXAMPLE"
  secret_key                  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  skip_metadata_api_check     = true
  skip_credentials_validation = true
  skip_region_validation      = true
  endpoints {
    ec2            = var.endpoint
    iam            = var.endpoint
    secretsmanager = var.endpoint
    sts            = var.endpoint
  }
}
)";

std::string make_terraform(int count) {
  std::string text(kProvider);
  const Out out(text);
  const int vpcs = count / 20;
  for (int i = 0; i < vpcs; ++i) {
    fmt::format_to(
        out, "resource \"aws_vpc\" \"net-{}\" {{ cidr_block = \"10.{}.0.0/16\" }}\n", i, i % 250
    );
  }
  for (int i = 0; i < 3 * vpcs; ++i) {
    fmt::format_to(
        out,
        "resource \"aws_subnet\" \"part-{0}\" {{\n  vpc_id = aws_vpc.net-{1}.id\n"
        "  cidr_block = \"10.{2}.{3}.0/24\"\n  availability_zone = \"eu-west-1{4}\"\n}}\n",
        i,
        i / 3,
        i / 3 % 250,
        i % 3,
        "abc"[i % 3]
    );
  }
  for (int i = 0; i < 8 * vpcs; ++i) {
    fmt::format_to(
        out,
        "resource \"aws_security_group\" \"group-{0}\" {{\n  name = \"group-{0}\"\n"
        "  description = \"Group {0}\"\n  vpc_id = aws_vpc.net-{1}.id\n  ingress {{\n"
        "    protocol = \"tcp\"\n    from_port = 3306\n    to_port = 3306\n"
        "    cidr_blocks = [\"10.{2}.0.0/16\"]\n  }}\n}}\n"
        "resource \"aws_secretsmanager_secret\" \"secret-{0}\" {{\n  name = \"secret-{0}\"\n"
        "  description = \"Secret {0}\"\n}}\n",
        i,
        i / 8,
        i / 8 % 250
    );
  }
  return text;
}

std::string make_cloudformation(int count) {
  std::string text = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n";
  const Out out(text);
  const int vpcs = count / 20;
  for (int i = 0; i < vpcs; ++i) {
    fmt::format_to(
        out,
        "  Net{}:\n    Type: AWS::EC2::VPC\n    Properties: {{ CidrBlock: 10.{}.0.0/16 }}\n",
        i,
        i % 250
    );
  }
  for (int i = 0; i < 3 * vpcs; ++i) {
    fmt::format_to(
        out,
        "  Part{0}:\n    Type: AWS::EC2::Subnet\n    Properties:\n      VpcId: !Ref Net{1}\n"
        "      CidrBlock: 10.{2}.{3}.0/24\n      AvailabilityZone: eu-west-1{4}\n",
        i,
        i / 3,
        i / 3 % 250,
        i % 3,
        "abc"[i % 3]
    );
  }
  for (int i = 0; i < 8 * vpcs; ++i) {
    fmt::format_to(
        out,
        "  Group{0}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n"
        "      VpcId: !Ref Net{1}\n      GroupDescription: Group {0}\n      SecurityGroupIngress:\n"
        "        - {{ IpProtocol: tcp, FromPort: 3306, ToPort: 3306, CidrIp: 10.{2}.0.0/16 }}\n"
        "  Secret{0}:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n"
        "      Description: Secret {0}\n",
        i,
        i / 8,
        i / 8 % 250
    );
  }
  return text;
}

constexpr std::array<std::pair<std::string_view, std::string (*)(int)>, 4> kShapes{{
    {"network", make_network},
    {"path", make_paths},
    {"terraform", make_terraform},
    {"cloudformation", make_cloudformation},
}};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view shape = argc == 3 ? argv[1] : "";
  const std::string_view number = argc == 3 ? argv[2] : "";
  int count = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), count);
  const auto* const made = std::find_if(kShapes.begin(), kShapes.end(), [&](const auto& each) {
    return each.first == shape;
  });
  if (parsed.ec != std::errc() || count < 20 || made == kShapes.end()) {
    fmt::print(
        stderr,
        "usage: bench_manifest network|path|terraform|cloudformation RESOURCES (at least 20)\n"
    );
    return 64;
  }
  fmt::print("{}", made->second(count));
  return 0;
}
