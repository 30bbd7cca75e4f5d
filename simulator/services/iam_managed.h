// The policies AWS manages: their documents as AWS publishes them, for the ones demos and tests
// meet. Owned by the IAM service; knows no account.
#pragma once

#include <string>
#include <string_view>

namespace plumbline::sim {

/// "arn:aws:iam::aws:policy/…", in any partition.
bool is_aws_managed(std::string_view policy_arn);
/// The document of a policy of AWS. One this world has no text of lets nothing happen.
std::string aws_managed_document(std::string_view policy_arn);
/// "arn:aws:iam::aws:policy/service-role/Name" → "Name".
std::string policy_name_of(std::string_view policy_arn);
/// "arn:aws:iam::aws:policy/service-role/Name" → "/service-role/".
std::string policy_path_of(std::string_view policy_arn);

}  // namespace plumbline::sim
