// Manifests that several engine tests start from. Texts, so that a test can say what it changes.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/engine/fake_wire.h"

namespace plumbline {

/// `text` with its first `what` replaced; fails the test when it is not there.
inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

inline std::string secret_value() {
  return std::string(kCanary) + "-password";
}

/// Every way in which a creation can be found again: a network and a subnet by their owner tags,
/// groups that name each other, a secret by its token, a role by its name.
inline std::string small_manifest() {
  return R"(
stack: small
region: eu-west-3
tags: { team: tests }
vpcs:
  main: { cidrBlock: 10.0.0.0/16, enableDnsHostnames: true }
subnets:
  a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a }
securityGroups:
  front: { vpc: main, description: Front, egress: [{ port: 3306, to: back }] }
  back: { vpc: main, description: Back, ingress: [{ port: 3306, from: front }] }
secrets:
  login: { secretString: { user: admin, password: )" +
         secret_value() + R"( }, forceDelete: true }
roles:
  reader:
    description: Reads the secret
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      read:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: '${secrets.login.arn}' }]
)";
}

/// The network of path_manifest.
inline std::string path_network() {
  return R"(
stack: path
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a }
  b: { vpc: main, cidrBlock: 10.0.2.0/24, availabilityZone: eu-west-3b }
securityGroups:
  lambda: { vpc: main, description: Lambda }
  proxy: { vpc: main, description: Proxy, ingress: [{ port: 3306, from: lambda }] }
  db: { vpc: main, description: Db, ingress: [{ port: 3306, from: proxy }] }
dbSubnetGroups:
  app: { dbSubnetGroupDescription: Two zones, subnets: [a, b] }
dbInstances:
  app:
    engine: mysql
    dbInstanceClass: db.t3.micro
    allocatedStorage: 20
    masterUsername: admin
    masterUserPassword: )" +
         secret_value() + R"(
    dbSubnetGroup: app
    securityGroups: [db]
    skipFinalSnapshot: true
)";
}

/// A database behind a proxy with a function before it.
inline std::string path_manifest() {
  return path_network() + R"(secrets:
  app-db:
    secretString: { username: admin, password: )" +
         secret_value() + R"(, host: '${dbInstances.app.endpoint}' }
    forceDelete: true
roles:
  proxy:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: rds.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      secret:
        Version: 2012-10-17
        Statement:
          - { Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: '${secrets.app-db.arn}' }
          - { Effect: Allow, Action: kms:Decrypt, Resource: '*' }
  function:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      network:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: [ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces, ec2:DeleteNetworkInterface]
            Resource: '*'
dbProxies:
  app:
    engineFamily: MYSQL
    role: proxy
    subnets: [a, b]
    securityGroups: [proxy]
    auth: [{ secret: app-db, iamAuth: DISABLED }]
    targets: [{ dbInstance: app }]
functions:
  reader:
    runtime: python3.12
    handler: reader.handler
    role: function
    code: { directory: )" +
         std::string(PLUMBLINE_SOURCE_DIR) + R"(/examples/lambda-rds-proxy/src }
    timeout: 30
    subnets: [a, b]
    securityGroups: [lambda]
    environment: { DB_ENDPOINT: '${dbProxies.app.endpoint}' }
)";
}

/// What databases rest on.
inline std::string keys_and_logs() {
  return R"(
stack: data
region: eu-west-3
tags: { team: tests }
kmsKeys:
  app:
    description: Data of the app
    aliases: [alias/app]
    keyRotationEnabled: true
    policy:
      Version: 2012-10-17
      Statement:
        - { Effect: Allow, Principal: { AWS: 'arn:aws:iam::${account}:root' }, Action: 'kms:*', Resource: '*' }
        - Effect: Allow
          Principal: { Service: logs.eu-west-3.amazonaws.com }
          Action: ['kms:Encrypt*', 'kms:Decrypt*']
          Resource: '*'
logGroups:
  reader: { logGroupName: /aws/lambda/reader, retentionInDays: 14, kmsKey: app }
secrets:
  login: { secretString: { user: admin, password: )" +
         secret_value() + R"( }, kmsKey: app, forceDelete: true }
dbParameterGroups:
  app:
    dbParameterGroupFamily: mysql8.0
    description: Of the app
    parameters: { slow_query_log: 1, long_query_time: 2, performance_schema: 1 }
    pendingReboot: [performance_schema]
)";
}

/// A proxy with an endpoint beside its own, in front of a database whose password RDS keeps.
inline std::string data_manifest() {
  return keys_and_logs() + R"(
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a }
  b: { vpc: main, cidrBlock: 10.0.2.0/24, availabilityZone: eu-west-3b }
securityGroups:
  proxy: { vpc: main, description: Proxy }
  other: { vpc: main, description: Other }
  db: { vpc: main, description: Db, ingress: [{ port: 3306, from: proxy }] }
dbSubnetGroups:
  app: { dbSubnetGroupDescription: Two zones, subnets: [a, b] }
dbInstances:
  app:
    engine: mysql
    dbInstanceClass: db.t3.micro
    allocatedStorage: 20
    storageEncrypted: true
    kmsKey: app
    masterUsername: admin
    manageMasterUserPassword: true
    dbSubnetGroup: app
    dbParameterGroup: app
    securityGroups: [db]
    skipFinalSnapshot: true
roles:
  proxy:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: rds.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      secret:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: '${dbInstances.app.masterUserSecret}' }]
dbProxies:
  app:
    engineFamily: MYSQL
    role: proxy
    subnets: [a, b]
    securityGroups: [proxy]
    auth: [{ secret: '${dbInstances.app.masterUserSecret}' }]
    targets: [{ dbInstance: app }]
dbProxyEndpoints:
  writers: { dbProxy: app, subnets: [a, b], securityGroups: [proxy] }
)";
}

/// An instance with its profile, role and policy.
inline std::string bastion_manifest() {
  return R"(
stack: bastion
region: eu-west-3
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
subnets: { a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a } }
securityGroups:
  bastion: { vpc: main, description: Bastion }
policies:
  logs:
    description: Writes logs
    policyDocument:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Action: logs:PutLogEvents, Resource: '*' }]
roles:
  bastion:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: sts:AssumeRole }]
    managedPolicies: [logs, 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore']
instanceProfiles:
  bastion: { role: bastion }
instances:
  bastion:
    image: resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
    instanceType: t3.micro
    subnet: a
    securityGroups: [bastion]
    instanceProfile: bastion
    userData: ')" +
         secret_value() + R"('
    rootVolume: { deviceName: /dev/xvda, volumeSize: 10, encrypted: true }
    disableApiStop: false
)";
}

/// Two networks of one account that are peered, with routes over the peering and groups that name
/// each other across it.
inline std::string peering_manifest() {
  return R"(
stack: peers
region: eu-west-3
tags: { team: tests }
vpcs:
  app: { cidrBlock: 10.1.0.0/16 }
  data: { cidrBlock: 10.2.0.0/16 }
vpcPeeringConnections:
  data: { vpc: app, peerVpc: data, allowDnsResolutionFromRemoteVpc: true }
routeTables:
  app:
    vpc: app
    routes: [{ destination: 10.2.0.0/16, vpcPeeringConnection: data }]
  data:
    vpc: data
    routes: [{ destination: 10.1.0.0/16, vpcPeeringConnection: data }]
securityGroups:
  app: { vpc: app, description: App, egress: [{ port: 3306, to: data }] }
  data: { vpc: data, description: Data, ingress: [{ port: 3306, from: app }] }
)";
}

/// The manifest that the tests of the whole program run, in the region of this world.
inline std::string network_manifest() {
  std::ifstream file(PLUMBLINE_SOURCE_DIR "/tests/e2e/manifests/network.yaml");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (std::size_t at = 0; (at = text.find("ap-northeast-1", at)) != std::string::npos;) {
    text.replace(at, std::string("ap-northeast-1").size(), "eu-west-3");
  }
  return text;
}

}  // namespace plumbline
