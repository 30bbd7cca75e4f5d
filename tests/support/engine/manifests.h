// Manifests that several engine tests start from. Texts, so that a test can say what it changes.
#pragma once

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

}  // namespace plumbline
