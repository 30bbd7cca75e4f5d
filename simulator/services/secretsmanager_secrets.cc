#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/secretsmanager.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kTagLimit = 50;
constexpr Duration kDay = std::chrono::hours(24);
/// How long a name stays taken after its secret was deleted without recovery.
constexpr Duration kPurge = std::chrono::seconds(5);

void copy_text(Value& reply, const Value& secret, std::string_view key) {
  if (has_param(secret, key)) {
    reply.set(key, secret.get(key));
  }
}

void copy_date(Value& reply, const Value& secret, std::string_view key) {
  if (const Value& millis = secret.get(key); millis.is_int()) {
    reply.set(key, epoch_seconds(millis.as_int()));
  }
}

/// What DescribeSecret and ListSecrets say; they differ in the name of the versions' member.
Value show_secret(const Value& secret, std::string_view versions_key) {
  Value reply = name_secret(secret);
  for (const char* key : {"Description", "KmsKeyId", "Tags", "OwningService"}) {
    copy_text(reply, secret, key);
  }
  for (const char* key : {"CreatedDate", "LastChangedDate", "LastAccessedDate", "DeletedDate"}) {
    copy_date(reply, secret, key);
  }
  if (Value stages = stages_by_version(secret); stages.size() > 0) {
    reply.set(versions_key, std::move(stages));
  }
  return reply;
}

std::optional<Fault> check_secret_tags(const Value& tags) {
  if (tags.size() > kTagLimit) {
    return Fault{400, "InvalidParameterException", "You can't have more than 50 tags on a secret."};
  }
  for (const Value& tag : items_of(tags)) {
    const std::string& key = tag.text_of("Key");
    if (key.empty() || key.size() > 128 || tag.text_of("Value").size() > 256) {
      return Fault{
          400,
          "InvalidParameterException",
          "A tag key has 1 to 128 characters and a tag value at most 256."};
    }
    if (key.starts_with("aws:")) {
      return Fault{
          400, "InvalidParameterException", "Tag keys can't start with the reserved prefix aws:."};
    }
  }
  return std::nullopt;
}

std::optional<Fault> check_new_secret(const Value& params) {
  Validation validation(params);
  validation.required("Name");
  validation.length("Name", 1, 512);
  validation.length("Description", 0, 2048);
  validation.length("KmsKeyId", 0, 2048);
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  if (!is_made_of(text_param(params, "Name"), "/_+=.@-!")) {
    return Fault{
        400,
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
        "following: -/_+=.@!"};
  }
  if (auto fault = check_secret_tags(params.get("Tags"))) {
    return fault;
  }
  return check_value(params);
}

bool starts_with(const std::string& text, const std::string& prefix, bool is_exact) {
  return is_exact ? text.starts_with(prefix) : to_lower(text).starts_with(to_lower(prefix));
}

bool matches_word(const Value& secret, const std::string& key, const std::string& word) {
  std::vector<std::string> texts;
  const bool is_all = key == "all";
  if (is_all || key == "name") {
    texts.push_back(secret.text_of("Name"));
  }
  if (is_all || key == "description") {
    texts.push_back(secret.text_of("Description"));
  }
  for (const Value& tag : items_of(secret.get("Tags"))) {
    if (is_all || key == "tag-key") {
      texts.push_back(tag.text_of("Key"));
    }
    if (is_all || key == "tag-value") {
      texts.push_back(tag.text_of("Value"));
    }
  }
  const bool is_exact = key == "name" || key == "tag-key" || key == "tag-value";
  return std::any_of(texts.begin(), texts.end(), [&word, is_exact](const std::string& text) {
    return starts_with(text, word, is_exact);
  });
}

bool matches_filter(const Value& secret, const Value& filter) {
  const auto words = texts_of(filter.get("Values"));
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return word.starts_with('!') ? !matches_word(secret, filter.text_of("Key"), word.substr(1))
                                 : matches_word(secret, filter.text_of("Key"), word);
  });
}

std::optional<Fault> check_listing(const Value& params) {
  Validation validation(params);
  validation.range("MaxResults", 1, 100);
  validation.one_of("SortOrder", {"asc", "desc"});
  validation.length("Filters", 0, 10);
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  for (const Value& filter : items_of(params.get("Filters"))) {
    Validation words(filter);
    words.one_of(
        "Key",
        {"description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"}
    );
    if (auto fault = words.fault("ValidationException")) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace

Outcome SecretsManager::replay_creation(const Request& request, const Value& secret) const {
  const std::string token = text_param(request.params, "ClientRequestToken");
  const Value* version = secret.get("Versions").find(token);
  if (version != nullptr && has_value(request.params)) {
    if (holds_value(*version, request.params)) {
      Value reply = name_secret(secret);
      reply.set("VersionId", token);
      return reply;
    }
    return Fault{
        400,
        "ResourceExistsException",
        fmt::format(
            "You can't use ClientRequestToken {} because that value is already in use for a "
            "version of secret {}.",
            token,
            secret.text_of("ARN")
        )};
  }
  return Fault{
      400,
      "ResourceExistsException",
      fmt::format(
          "The operation failed because the secret {} already exists.", secret.text_of("Name")
      )};
}

Outcome SecretsManager::create_secret(const Request& request) {
  if (auto fault = check_new_secret(request.params)) {
    return *fault;
  }
  Secrets& secrets = secrets_of(request);
  const std::string name = text_param(request.params, "Name");
  if (const auto other = secrets.find(name); other != secrets.end()) {
    if (has_param(other->second, "DeletedDate")) {
      return Fault{
          400,
          "InvalidRequestException",
          "You can't create this secret because a secret with this name is already scheduled for "
          "deletion."};
    }
    return replay_creation(request, other->second);
  }
  if (auto fault = find_encryption_fault(request, text_param(request.params, "KmsKeyId"))) {
    return *fault;
  }
  const std::int64_t now = to_millis(world_.now());
  Value secret = Value::object(
      {{"ARN",
        fmt::format(
            "arn:aws:secretsmanager:{}:{}:secret:{}-{}",
            request.region,
            request.account,
            name,
            world_.make_word(6)
        )},
       {"Name", name},
       {"CreatedDate", now},
       {"LastChangedDate", now},
       {"Versions", Object{}}}
  );
  for (const char* key : {"Description", "KmsKeyId"}) {
    if (!text_param(request.params, key).empty()) {
      secret.set(key, text_param(request.params, key));
    }
  }
  if (request.params.get("Tags").size() > 0) {
    Value tags;
    merge_tags(tags, request.params.get("Tags"));
    secret.set("Tags", tags);
  }
  Value reply = name_secret(secret);
  if (has_value(request.params)) {
    const auto version = put_version(secret, request, {"AWSCURRENT"});
    if (const auto* fault = std::get_if<Fault>(&version)) {
      return *fault;
    }
    reply.set("VersionId", std::get<std::string>(version));
  }
  secrets[name] = std::move(secret);
  return reply;
}

Outcome SecretsManager::describe_secret(const Request& request) {
  const Value* secret = find_named(request);
  if (secret == nullptr) {
    return no_such_secret();
  }
  return show_secret(*secret, "VersionIdsToStages");
}

Outcome SecretsManager::update_secret(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_changeable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.length("Description", 0, 2048);
  validation.length("KmsKeyId", 0, 2048);
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  if (auto wrong = check_value(request.params)) {
    return *wrong;
  }
  const bool has_key = has_param(request.params, "KmsKeyId");
  if (has_key || has_value(request.params)) {
    const Value& named = has_key ? request.params : *secret;
    if (auto wrong = find_encryption_fault(request, text_param(named, "KmsKeyId"))) {
      return *wrong;
    }
  }
  Value reply = name_secret(*secret);
  if (has_value(request.params)) {
    const auto version = put_version(*secret, request, {"AWSCURRENT"});
    if (const auto* wrong = std::get_if<Fault>(&version)) {
      return *wrong;
    }
    reply.set("VersionId", std::get<std::string>(version));
  }
  for (const char* key : {"Description", "KmsKeyId"}) {
    if (has_param(request.params, key)) {
      secret->set(key, text_param(request.params, key));
    }
  }
  secret->set("LastChangedDate", to_millis(world_.now()));
  return reply;
}

Outcome SecretsManager::list_secrets(const Request& request) {
  if (auto fault = check_listing(request.params)) {
    return *fault;
  }
  const List filters = items_of(request.params.get("Filters"));
  const bool with_deleted = flag_param(request.params, "IncludePlannedDeletion");
  std::vector<std::pair<std::int64_t, Named>> found;
  for (const auto& [name, secret] : secrets_of(request)) {
    const bool is_visible =
        !has_param(secret, "IsPurged") && (with_deleted || !has_param(secret, "DeletedDate"));
    const auto matches = [&row = secret](const Value& filter) {
      return matches_filter(row, filter);
    };
    const bool is_wanted = std::all_of(filters.begin(), filters.end(), matches);
    if (is_visible && is_wanted) {
      found.push_back(
          {secret.get("CreatedDate").as_int(),
           {name, show_secret(secret, "SecretVersionsToStages")}}
      );
    }
  }
  const bool is_rising = text_param(request.params, "SortOrder") == "asc";
  std::stable_sort(found.begin(), found.end(), [is_rising](const auto& a, const auto& b) {
    return is_rising ? a.first < b.first : a.first > b.first;
  });
  std::vector<Named> all;
  all.reserve(found.size());
  for (auto& [created, secret] : found) {
    all.push_back(std::move(secret));
  }
  const auto limit =
      static_cast<std::size_t>(int_param(request.params, "MaxResults").value_or(100));
  const auto page = page_of(all, text_param(request.params, "NextToken"), limit);
  if (!page) {
    return Fault{400, "InvalidNextTokenException", "The NextToken value is invalid."};
  }
  Value reply = Value::object({{"SecretList", page->items}});
  if (!page->next.empty()) {
    reply.set("NextToken", page->next);
  }
  return reply;
}

Outcome SecretsManager::delete_secret(const Request& request) {
  const Value& params = request.params;
  const bool is_forced = flag_param(params, "ForceDeleteWithoutRecovery");
  const auto days = int_param(params, "RecoveryWindowInDays");
  if (is_forced && days) {
    return Fault{
        400,
        "InvalidParameterException",
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."};
  }
  if (days && (*days < 7 || *days > 30)) {
    return Fault{
        400,
        "InvalidParameterException",
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."};
  }
  Value* secret = find_named(request);
  const Timestamp now = world_.now();
  if (secret == nullptr) {
    if (!is_forced) {
      return no_such_secret();
    }
    // AWS answers as if it had deleted it, so that a repeated call is harmless.
    const std::string id = text_param(params, "SecretId");
    return Value::object(
        {{"ARN", id}, {"Name", id}, {"DeletionDate", epoch_seconds(to_millis(now))}}
    );
  }
  if (has_param(*secret, "OwningService")) {
    return owned_by_service(*secret);
  }
  if (has_param(*secret, "DeletedDate") && !is_forced) {
    return Fault{
        400,
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was already scheduled for "
        "deletion."};
  }
  const Duration window = is_forced ? Duration(0) : kDay * days.value_or(30);
  secret->set("DeletedDate", to_millis(now + window));
  secret->set("ForgetAt", to_millis(now + world_.scaled(is_forced ? kPurge : window)));
  if (is_forced) {
    secret->set("IsPurged", true);
  }
  Value reply = name_secret(*secret);
  reply.set("DeletionDate", epoch_seconds(to_millis(now + window)));
  return reply;
}

Outcome SecretsManager::restore_secret(const Request& request) {
  Value* secret = find_named(request);
  if (secret == nullptr) {
    return no_such_secret();
  }
  secret->erase("DeletedDate");
  secret->erase("ForgetAt");
  return name_secret(*secret);
}

Outcome SecretsManager::tag_resource(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  Value tags = secret->get("Tags");
  merge_tags(tags, request.params.get("Tags"));
  if (auto wrong = check_secret_tags(tags)) {
    return *wrong;
  }
  secret->set("Tags", tags);
  return Value{Object{}};
}

Outcome SecretsManager::untag_resource(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  Value tags = secret->get("Tags");
  remove_tags(tags, texts_of(request.params.get("TagKeys")));
  if (tags.is_list()) {
    secret->set("Tags", tags);
  }
  return Value{Object{}};
}

}  // namespace plumbline::sim
