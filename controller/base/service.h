// ServiceProfile: everything about talking to one AWS service that is not about one kind. Loaded
// from schemas/services.yaml, used by the signer, the codecs and the endpoint resolver.
#pragma once

#include <string>
#include <vector>

namespace plumbline {

/// The five wire protocols (JSON in its two versions). Specification: smithy.io/2.0/aws/protocols.
enum class Protocol { kEc2Query, kQuery, kJson10, kJson11, kRestJson, kRestXml };

struct ServiceProfile {
  std::string id;  ///< Our word and AWS's endpoint variable suffix in lower case: "rds".
  Protocol protocol = Protocol::kQuery;
  std::string api_version;        ///< "2014-10-31"; sent by the query protocols.
  std::string target_prefix;      ///< X-Amz-Target prefix of the JSON protocols.
  std::string xml_namespace;      ///< REST-XML only.
  std::string host_prefix;        ///< "rds" → rds.{region}.{suffix}; global services: "iam".
  std::string signing_name;       ///< "rds", "elasticloadbalancing".
  std::string endpoint_variable;  ///< Suffix of AWS_ENDPOINT_URL_<…>: "SECRETS_MANAGER".
  bool is_global = false;  ///< One host per partition, signed for the partition's global region.
  double read_rate = 20;   ///< Calls a second to start with, per account and region.
  double write_rate = 5;
  double read_burst = 0;  ///< Calls that may go at once after a rest; 0 = a second's worth.
  double write_burst = 0;
  /// Operations that IAM judges without a resource ("ListSecrets", "Describe*").
  std::vector<std::string> unscoped;
  /// Condition key with which tags given at creation name the creating operation; "" = none.
  std::string creation_key;
  std::vector<std::string> throttle_codes;  ///< Besides the ones every service shares.
  std::vector<std::string> transient_codes;
  std::vector<std::string> quota_codes;       ///< Hard limits that look like throttles elsewhere.
  std::vector<std::string> dependency_codes;  ///< "Something still uses it": class kConflict.
};

}  // namespace plumbline
