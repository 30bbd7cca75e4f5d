// STS: who am I, keys for a role, and what an encoded refusal says.
#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/auth.h"
#include "simulator/service.h"

namespace plumbline::sim {
namespace {

/// A stable unique id of a principal: AIDA… of users, AROA… of roles.
std::string unique_id(std::string_view prefix, const std::string& arn) {
  std::string id(prefix);
  for (const char c : sha256_hex(arn).substr(0, 17)) {
    id += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return id;
}

/// The parts of "arn:aws:iam::123456789012:role/path/name".
struct RoleArn {
  std::string account, name;
};
std::optional<RoleArn> parse_role(const std::string& arn) {
  const auto parts = split(arn, ':');
  if (parts.size() != 6 || parts[0] != "arn" || parts[2] != "iam" || parts[4].size() != 12 ||
      parts[5].substr(0, 5) != "role/") {
    return std::nullopt;
  }
  return RoleArn{std::string(parts[4]), std::string(parts[5].substr(parts[5].rfind('/') + 1))};
}

/// True when a principal of a trust policy's statement means the caller.
bool means_caller(const Value& principal, const Request& request) {
  if (principal.is_text()) {
    const std::string& text = principal.as_text();
    return text == "*" || text == request.account || text == request.principal_arn ||
           text == "arn:aws:iam::" + request.account + ":root";
  }
  if (principal.is_list()) {
    const List& items = principal.as_list();
    return std::any_of(items.begin(), items.end(), [&](const Value& item) {
      return means_caller(item, request);
    });
  }
  return principal.is_object() && means_caller(principal.get("AWS"), request);
}

/// Of the conditions a trust policy may have, the one against confused deputies:
/// docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
bool has_external_id(const Value& statement, const Request& request) {
  const Value& wanted = statement.get("Condition").get("StringEquals").get("sts:ExternalId");
  return wanted.is_null() || wanted == request.params.get("ExternalId");
}

bool trusts(const Value& policy, const Request& request) {
  const Value& statements = policy.get("Statement");
  const List all = statements.is_list() ? statements.as_list() : List{statements};
  return std::any_of(all.begin(), all.end(), [&](const Value& statement) {
    return statement.text_of("Effect") == "Allow" &&
           means_caller(statement.get("Principal"), request) && has_external_id(statement, request);
  });
}

class Sts final : public Service {
 public:
  Sts(World& world, Neighbours& neighbours) : world_(world), neighbours_(neighbours) {}

  [[nodiscard]] std::string_view id() const override { return "sts"; }
  Outcome handle(const Request& request) override {
    if (request.action == "GetCallerIdentity") {
      return identity_of(request);
    }
    if (request.action == "AssumeRole") {
      return assume_role(request);
    }
    if (request.action == "DecodeAuthorizationMessage") {
      return decode_message(request);
    }
    return Fault{
        400,
        "InvalidAction",
        fmt::format("Could not find operation {} for version 2011-06-15", request.action)};
  }
  void advance() override {}
  [[nodiscard]] Value save() const override { return Object{}; }
  void load(const Value& /*saved*/) override {}

 private:
  static Value identity_of(const Request& request) {
    const bool is_session = request.principal_arn.find(":assumed-role/") != std::string::npos;
    std::string user_id = unique_id("AIDA", request.principal_arn);
    if (is_session) {
      const auto slash = request.principal_arn.rfind('/');
      user_id = unique_id("AROA", request.principal_arn.substr(0, slash)) + ":" +
                request.principal_arn.substr(slash + 1);
    }
    return Value::object(
        {{"Arn", request.principal_arn}, {"UserId", user_id}, {"Account", request.account}}
    );
  }

  /// What EC2 says to those who may not know why they were refused is for those who may.
  static Outcome decode_message(const Request& request) {
    const auto text = base64_decode(request.params.text_of("EncodedMessage"));
    const auto decoded = parse_json(text.value_or(""));
    if (!text || !decoded || !decoded->is_object()) {
      return Fault{
          400,
          "InvalidAuthorizationMessageException",
          "Message is not valid: it was not encoded by this service."};
    }
    return Value::object({{"DecodedMessage", *text}});
  }

  /// Whether the caller may have the role. A role that was not made here is taken for the one that
  /// AWS Organizations puts into each member account, if it has its name.
  [[nodiscard]] bool may_assume(const Request& request, const std::string& arn, const RoleArn& role)
      const {
    const auto facts =
        neighbours_.find_role ? neighbours_.find_role(role.account, arn) : Neighbours::RoleFacts{};
    return facts.exists ? trusts(facts.trust_policy, request)
                        : role.name == "OrganizationAccountAccessRole";
  }

  Outcome assume_role(const Request& request) {
    const std::string& arn = request.params.text_of("RoleArn");
    const std::string& name = request.params.text_of("RoleSessionName");
    const auto role = parse_role(arn);
    if (!role) {
      return Fault{400, "ValidationError", fmt::format("{} is invalid", arn)};
    }
    if (name.size() < 2 || name.size() > 64) {
      return Fault{
          400, "ValidationError", "Value at 'roleSessionName' must have 2 to 64 characters."};
    }
    const std::string& wanted = request.params.text_of("DurationSeconds");
    const bool is_number =
        wanted.size() < 6 && wanted.find_first_not_of("0123456789") == std::string::npos;
    const int seconds = wanted.empty() ? 3600 : is_number ? std::stoi(wanted) : 0;
    if (seconds < 900 || seconds > 43200) {
      return Fault{
          400, "ValidationError", "Value at 'durationSeconds' must be between 900 and 43200."};
    }
    if (!may_assume(request, arn, *role)) {
      return Fault{
          403,
          "AccessDenied",
          fmt::format(
              "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
              request.principal_arn,
              arn
          )};
    }
    return session_for(*role, name, std::chrono::seconds(seconds));
  }

  Value session_for(const RoleArn& role, const std::string& name, Duration length) {
    Session session;
    session.access_key_id = "ASIA";
    for (const char c : world_.make_word(16)) {
      session.access_key_id += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    session.account = role.account;
    session.principal_arn =
        fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role.account, role.name, name);
    session.expires_at = world_.now() + length;
    const std::string without_name =
        session.principal_arn.substr(0, session.principal_arn.rfind('/'));
    return Value::object(
        {{"AssumedRoleUser",
          Value::object(
              {{"AssumedRoleId", unique_id("AROA", without_name) + ":" + name},
               {"Arn", session.principal_arn}}
          )},
         {"Credentials",
          Value::object(
              {{"AccessKeyId", session.access_key_id},
               {"SecretAccessKey", session_secret(session.access_key_id)},
               {"SessionToken", seal_session(session)},
               {"Expiration", format_iso8601(session.expires_at)}}
          )}}
    );
  }

  World& world_;
  Neighbours& neighbours_;
};

}  // namespace

std::unique_ptr<Service> make_sts(World& world, Neighbours& neighbours) {
  return std::make_unique<Sts>(world, neighbours);
}

}  // namespace plumbline::sim
