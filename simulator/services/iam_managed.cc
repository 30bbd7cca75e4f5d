#include "simulator/services/iam_managed.h"

#include <array>
#include <utility>

#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array<Entry, 8> kDocuments = {{
    {"/AdministratorAccess",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    {"/service-role/AWSLambdaBasicExecutionRole",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup",)"
     R"("logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})"},
    {"/service-role/AWSLambdaVPCAccessExecutionRole",
     R"({"Version":"2012-10-17","Statement":[{"Sid":"AWSLambdaVPCAccessExecutionPermissions",)"
     R"("Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream",)"
     R"("logs:PutLogEvents","ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces",)"
     R"("ec2:DescribeSubnets","ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses",)"
     R"("ec2:UnassignPrivateIpAddresses"],"Resource":"*"}]})"},
    {"/service-role/AWSLambdaENIManagementAccess",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)"
     R"("ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces",)"
     R"("ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses",)"
     R"("ec2:UnassignPrivateIpAddresses"],"Resource":"*"}]})"},
    {"/service-role/AmazonRDSEnhancedMonitoringRole",
     R"({"Version":"2012-10-17","Statement":[{"Sid":"EnableCreationAndManagementOfRDSCloudwatch)"
     R"(LogGroups","Effect":"Allow","Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],)"
     R"("Resource":["arn:aws:logs:*:*:log-group:RDS*"]},{"Sid":"EnableCreationAndManagementOf)"
     R"(RDSCloudwatchLogStreams","Effect":"Allow","Action":["logs:CreateLogStream",)"
     R"("logs:PutLogEvents","logs:DescribeLogStreams","logs:GetLogEvents"],)"
     R"("Resource":["arn:aws:logs:*:*:log-group:RDS*:log-stream:*"]}]})"},
    {"/service-role/AmazonECSTaskExecutionRolePolicy",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)"
     R"("ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability",)"
     R"("ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","logs:CreateLogStream",)"
     R"("logs:PutLogEvents"],"Resource":"*"}]})"},
    {"/AmazonSSMManagedInstanceCore",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)"
     R"("ssm:DescribeAssociation","ssm:GetDeployablePatchSnapshotForInstance","ssm:GetDocument",)"
     R"("ssm:DescribeDocument","ssm:GetManifest","ssm:GetParameter","ssm:GetParameters",)"
     R"("ssm:ListAssociations","ssm:ListInstanceAssociations","ssm:PutInventory",)"
     R"("ssm:PutComplianceItems","ssm:PutConfigurePackageResult",)"
     R"("ssm:UpdateAssociationStatus","ssm:UpdateInstanceAssociationStatus",)"
     R"("ssm:UpdateInstanceInformation"],"Resource":"*"},{"Effect":"Allow","Action":[)"
     R"("ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel",)"
     R"("ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":["ec2messages:AcknowledgeMessage",)"
     R"("ec2messages:DeleteMessage","ec2messages:FailMessage","ec2messages:GetEndpoint",)"
     R"("ec2messages:GetMessages","ec2messages:SendReply"],"Resource":"*"}]})"},
    {"/SecretsManagerReadWrite",
     R"({"Version":"2012-10-17","Statement":[{"Sid":"BasePermissions","Effect":"Allow",)"
     R"("Action":["secretsmanager:*","kms:DescribeKey","kms:ListAliases","kms:ListKeys",)"
     R"("lambda:ListFunctions","rds:DescribeDBClusters","rds:DescribeDBInstances",)"
     R"("tag:GetResources"],"Resource":"*"}]})"},
}};

constexpr std::string_view kNothing = R"({"Version":"2012-10-17","Statement":[]})";

/// "policy/service-role/Name" → "/service-role/Name".
std::string resource_path(std::string_view policy_arn) {
  const std::string resource = parse_arn(policy_arn).resource;
  const auto slash = resource.find('/');
  return slash == std::string::npos ? "" : resource.substr(slash);
}

}  // namespace

bool is_aws_managed(std::string_view policy_arn) {
  const Arn arn = parse_arn(policy_arn);
  return arn.is_arn && arn.service == "iam" && arn.account == "aws" &&
         arn.resource.starts_with("policy/") && !policy_name_of(policy_arn).empty();
}

std::string aws_managed_document(std::string_view policy_arn) {
  const std::string path = resource_path(policy_arn);
  for (const auto& [name, document] : kDocuments) {
    if (name == path) {
      return std::string(document);
    }
  }
  return std::string(kNothing);
}

std::string policy_name_of(std::string_view policy_arn) {
  const std::string path = resource_path(policy_arn);
  return path.empty() ? "" : path.substr(path.rfind('/') + 1);
}

std::string policy_path_of(std::string_view policy_arn) {
  const std::string path = resource_path(policy_arn);
  return path.empty() ? "/" : path.substr(0, path.rfind('/') + 1);
}

}  // namespace plumbline::sim
