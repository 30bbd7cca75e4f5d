#include "simulator/services/logs.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/iam_documents.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kTagLimit = 50;
constexpr auto kRetentions =
    std::to_array<std::int64_t>({1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653});

Fault invalid(std::string message) {
  return {400, "InvalidParameterException", std::move(message)};
}

Fault no_such_group() {
  return {400, "ResourceNotFoundException", "The specified log group does not exist."};
}

/// "arn:aws:logs:eu-west-3:123456789012:log-group:NAME" or with ":*" behind it, or the name itself.
std::string name_of_group(const std::string& identifier) {
  constexpr std::string_view kStart = "log-group:";
  const Arn arn = parse_arn(identifier);
  if (!arn.is_arn) {
    return identifier;
  }
  std::string name = arn.resource;
  if (name.starts_with(kStart)) {
    name.erase(0, kStart.size());
  }
  if (name.ends_with(":*")) {
    name.erase(name.size() - 2);
  }
  return name;
}

std::optional<Fault> check_tags(const Value& tags) {
  if (!tags.is_object()) {
    return std::nullopt;
  }
  if (tags.size() > kTagLimit) {
    return Fault{400, "TooManyTagsException", "A resource can have no more than 50 tags."};
  }
  for (const Member& tag : tags.as_object()) {
    const bool is_short = !tag.key.empty() && tag.key.size() <= 128;
    if (!is_short || !tag.value.is_text() || tag.value.as_text().size() > 256) {
      return invalid("A tag key has 1 to 128 characters and a tag value at most 256.");
    }
    if (tag.key.starts_with("aws:")) {
      return invalid("Tag keys can't start with the reserved prefix aws:.");
    }
  }
  return std::nullopt;
}

std::optional<Fault> check_new_group(const Value& params) {
  Validation validation(params);
  validation.required("logGroupName");
  validation.length("logGroupName", 1, 512);
  validation.made_of("logGroupName", "_-/.#", "[\\.\\-_/#A-Za-z0-9]+");
  validation.one_of("logGroupClass", {"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"});
  if (auto fault = validation.fault("InvalidParameterException")) {
    return fault;
  }
  if (text_param(params, "logGroupName").starts_with("aws/")) {
    return invalid("Log groups starting with AWS/ are reserved for AWS.");
  }
  return check_tags(params.get("tags"));
}

/// Logs itself must be let in by the key's policy: its principal is the service of the region.
bool lets_logs_in(const Value& policy, const std::string& region) {
  const std::string service = fmt::format("logs.{}.amazonaws.com", region);
  for (const Value& statement : items_of(policy.get("Statement"))) {
    const Value alone = Value::object({{"Statement", Value::list({statement})}});
    if (!allows_action({alone}, "kms:Encrypt")) {
      continue;
    }
    for (const Principal& principal : principals_of(alone)) {
      if (principal.name == "*" || (principal.type == "Service" && principal.name == service)) {
        return true;
      }
    }
  }
  return false;
}

Value show_group(const Value& group) {
  Value shown = group;
  shown.erase("tags");
  return shown;
}

}  // namespace

const std::map<std::string_view, Logs::Handler>& Logs::handlers() {
  static const std::map<std::string_view, Handler> all = {
      {"CreateLogGroup", &Logs::create_log_group},
      {"DescribeLogGroups", &Logs::describe_log_groups},
      {"DeleteLogGroup", &Logs::delete_log_group},
      {"PutRetentionPolicy", &Logs::put_retention_policy},
      {"DeleteRetentionPolicy", &Logs::delete_retention_policy},
      {"AssociateKmsKey", &Logs::associate_kms_key},
      {"DisassociateKmsKey", &Logs::disassociate_kms_key},
      {"PutLogGroupDeletionProtection", &Logs::put_deletion_protection},
      {"TagResource", &Logs::tag_resource},
      {"UntagResource", &Logs::untag_resource},
      {"ListTagsForResource", &Logs::list_tags},
  };
  return all;
}

Outcome Logs::handle(const Request& request) {
  const auto found = handlers().find(request.action);
  if (found == handlers().end()) {
    return Fault{
        400,
        "UnknownOperationException",
        fmt::format("The operation {} is not one this simulator knows.", request.action)};
  }
  return (this->*found->second)(request);
}

Value Logs::save() const {
  Object places;
  for (const auto& [place, groups] : places_) {
    Object saved;
    for (const auto& [name, group] : groups) {
      saved.push_back({name, group});
    }
    places.push_back({place, saved});
  }
  return Value::object({{"places", places}});
}

void Logs::load(const Value& saved) {
  places_.clear();
  const Value& places = saved.get("places");
  if (!places.is_object()) {
    return;
  }
  for (const auto& [place, groups] : places.as_object()) {
    for (const auto& [name, group] : groups.as_object()) {
      places_[place][name] = group;
    }
  }
}

Logs::Groups& Logs::groups_of(const Request& request) {
  return places_[request.account + "/" + request.region];
}

std::variant<Value*, Fault> Logs::find(const Request& request, std::string_view member) {
  Validation validation(request.params);
  validation.required(member);
  if (auto fault = validation.fault("InvalidParameterException")) {
    return *fault;
  }
  Groups& groups = groups_of(request);
  const auto found = groups.find(name_of_group(text_param(request.params, member)));
  if (found == groups.end()) {
    return no_such_group();
  }
  return &found->second;
}

std::optional<Fault> Logs::check_key(
    const Request& request, const std::string& key, const std::string& group_arn
) const {
  const Fault refusal = invalid(fmt::format(
      "The specified KMS key does not exist or is not allowed to be used with Arn '{}'", group_arn
  ));
  if (!key.starts_with("arn:")) {
    return invalid(fmt::format("Invalid KMS key: '{}' is no ARN", key));
  }
  const auto facts = neighbours_.find_key(request.account, request.region, key);
  if (!facts.is_usable() || !lets_logs_in(facts.policy, request.region)) {
    return refusal;
  }
  return std::nullopt;
}

Outcome Logs::create_log_group(const Request& request) {
  const Value& params = request.params;
  if (auto fault = check_new_group(params)) {
    return *fault;
  }
  const std::string name = text_param(params, "logGroupName");
  Groups& groups = groups_of(request);
  if (groups.contains(name)) {
    return Fault{400, "ResourceAlreadyExistsException", "The specified log group already exists"};
  }
  const std::string arn =
      fmt::format("arn:aws:logs:{}:{}:log-group:{}", request.region, request.account, name);
  const std::string given_class = text_param(params, "logGroupClass");
  Value group = Value::object(
      {{"logGroupName", name},
       {"creationTime", to_millis(world_.now())},
       {"metricFilterCount", 0},
       {"arn", arn + ":*"},
       {"logGroupArn", arn},
       {"storedBytes", 0},
       {"logGroupClass", given_class.empty() ? "STANDARD" : given_class},
       {"deletionProtectionEnabled", flag_param(params, "deletionProtectionEnabled")},
       {"tags", params.get("tags").is_object() ? params.get("tags") : Value(Object{})}}
  );
  if (const std::string key = text_param(params, "kmsKeyId"); !key.empty()) {
    if (auto fault = check_key(request, key, arn)) {
      return *fault;
    }
    group.set("kmsKeyId", key);
  }
  groups[name] = std::move(group);
  return Value();
}

Outcome Logs::describe_log_groups(const Request& request) {
  const Value& params = request.params;
  Validation validation(params);
  validation.range("limit", 1, 50);
  validation.one_of("logGroupClass", {"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"});
  if (auto fault = validation.fault("InvalidParameterException")) {
    return *fault;
  }
  const std::string prefix = text_param(params, "logGroupNamePrefix");
  const std::string part = text_param(params, "logGroupNamePattern");
  const std::string wanted_class = text_param(params, "logGroupClass");
  if (!prefix.empty() && !part.empty()) {
    return invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive.");
  }
  std::vector<std::string> names = texts_of(params.get("logGroupIdentifiers"));
  std::ranges::transform(names, names.begin(), name_of_group);
  std::vector<Named> all;
  for (const auto& [name, group] : groups_of(request)) {
    const bool is_named =
        names.empty() || std::find(names.begin(), names.end(), name) != names.end();
    const bool is_of_class = wanted_class.empty() || group.text_of("logGroupClass") == wanted_class;
    if (is_named && is_of_class && name.starts_with(prefix) &&
        name.find(part) != std::string::npos) {
      all.push_back({name, show_group(group)});
    }
  }
  const auto limit = static_cast<std::size_t>(int_param(params, "limit").value_or(50));
  const auto page = page_of(all, text_param(params, "nextToken"), limit);
  if (!page) {
    return invalid("The specified nextToken is invalid.");
  }
  Value reply = Value::object({{"logGroups", page->items}});
  if (!page->next.empty()) {
    reply.set("nextToken", page->next);
  }
  return reply;
}

Outcome Logs::delete_log_group(const Request& request) {
  const auto found = find(request, "logGroupName");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  if (std::get<Value*>(found)->get("deletionProtectionEnabled") == Value(true)) {
    return Fault{
        400, "ValidationException", "The log group is protected: turn deletion protection off."};
  }
  groups_of(request).erase(text_param(request.params, "logGroupName"));
  return Value();
}

Outcome Logs::put_retention_policy(const Request& request) {
  const auto found = find(request, "logGroupName");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const auto days = int_param(request.params, "retentionInDays");
  if (!days || std::ranges::find(kRetentions, *days) == kRetentions.end()) {
    return invalid(
        "1 validation error detected: Value at 'retentionInDays' failed to satisfy "
        "constraint: Member must satisfy the set of retention periods"
    );
  }
  std::get<Value*>(found)->set("retentionInDays", *days);
  return Value();
}

Outcome Logs::delete_retention_policy(const Request& request) {
  const auto found = find(request, "logGroupName");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  std::get<Value*>(found)->erase("retentionInDays");
  return Value();
}

Outcome Logs::associate_kms_key(const Request& request) {
  const auto found = find(request, "logGroupName");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value& group = *std::get<Value*>(found);
  const std::string key = text_param(request.params, "kmsKeyId");
  if (auto fault = check_key(request, key, group.text_of("logGroupArn"))) {
    return *fault;
  }
  group.set("kmsKeyId", key);
  return Value();
}

Outcome Logs::disassociate_kms_key(const Request& request) {
  const auto found = find(request, "logGroupName");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  std::get<Value*>(found)->erase("kmsKeyId");
  return Value();
}

Outcome Logs::put_deletion_protection(const Request& request) {
  const auto found = find(request, "logGroupIdentifier");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  std::get<Value*>(found)->set(
      "deletionProtectionEnabled", flag_param(request.params, "deletionProtectionEnabled")
  );
  return Value();
}

Outcome Logs::tag_resource(const Request& request) {
  const auto found = find(request, "resourceArn");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value tags = std::get<Value*>(found)->get("tags");
  if (const Value& given = request.params.get("tags"); given.is_object()) {
    for (const Member& tag : given.as_object()) {
      tags.set(tag.key, tag.value);
    }
  }
  if (auto fault = check_tags(tags)) {
    return *fault;
  }
  std::get<Value*>(found)->set("tags", std::move(tags));
  return Value();
}

Outcome Logs::untag_resource(const Request& request) {
  const auto found = find(request, "resourceArn");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value& tags = *std::get<Value*>(found)->find("tags");
  for (const std::string& key : texts_of(request.params.get("tagKeys"))) {
    tags.erase(key);
  }
  return Value();
}

Outcome Logs::list_tags(const Request& request) {
  const auto found = find(request, "resourceArn");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  return Value::object({{"tags", std::get<Value*>(found)->get("tags")}});
}

std::unique_ptr<Service> make_logs(World& world, Neighbours& neighbours) {
  return std::make_unique<Logs>(world, neighbours);
}

}  // namespace plumbline::sim
