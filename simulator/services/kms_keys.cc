#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/kms.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kTagLimit = 50;
constexpr Duration kDay = std::chrono::hours(24);

/// What a spec can be used for, and by which algorithms; the first usage is the default one only
/// for symmetric keys.
struct Spec {
  std::string_view name, usages, algorithms;
};

constexpr auto kSpecs = std::to_array<Spec>({
    {"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"},
    {"HMAC_224", "GENERATE_VERIFY_MAC", "HMAC_SHA_224"},
    {"HMAC_256", "GENERATE_VERIFY_MAC", "HMAC_SHA_256"},
    {"HMAC_384", "GENERATE_VERIFY_MAC", "HMAC_SHA_384"},
    {"HMAC_512", "GENERATE_VERIFY_MAC", "HMAC_SHA_512"},
    {"RSA_2048", "ENCRYPT_DECRYPT SIGN_VERIFY", "RSAES_OAEP_SHA_256"},
    {"RSA_3072", "ENCRYPT_DECRYPT SIGN_VERIFY", "RSAES_OAEP_SHA_256"},
    {"RSA_4096", "ENCRYPT_DECRYPT SIGN_VERIFY", "RSAES_OAEP_SHA_256"},
    {"ECC_NIST_P256", "SIGN_VERIFY KEY_AGREEMENT", "ECDSA_SHA_256"},
    {"ECC_NIST_P384", "SIGN_VERIFY KEY_AGREEMENT", "ECDSA_SHA_384"},
    {"ECC_NIST_P521", "SIGN_VERIFY KEY_AGREEMENT", "ECDSA_SHA_512"},
    {"ECC_SECG_P256K1", "SIGN_VERIFY", "ECDSA_SHA_256"},
});

const Spec* find_spec(std::string_view name) {
  const auto* found = std::ranges::find(kSpecs, name, &Spec::name);
  return found == kSpecs.end() ? nullptr : found;
}

std::string or_default(const Value& params, std::string_view key, std::string_view fallback) {
  const std::string given = text_param(params, key);
  return given.empty() ? std::string(fallback) : given;
}

std::string_view algorithms_member(std::string_view usage) {
  if (usage == "SIGN_VERIFY") {
    return "SigningAlgorithms";
  }
  if (usage == "GENERATE_VERIFY_MAC") {
    return "MacAlgorithms";
  }
  return usage == "KEY_AGREEMENT" ? "KeyAgreementAlgorithms" : "EncryptionAlgorithms";
}

std::string_view algorithm_of(const Spec& spec, std::string_view usage) {
  if (usage == "KEY_AGREEMENT") {
    return "ECDH";
  }
  const bool signs_with_rsa = usage == "SIGN_VERIFY" && spec.name.starts_with("RSA");
  return signs_with_rsa ? "RSASSA_PSS_SHA_256" : spec.algorithms;
}

/// KeyMetadata as DescribeKey and CreateKey give it.
Value show_key(const std::string& account, const Value& key) {
  Value shown = Value::object({{"AWSAccountId", account}});
  for (const char* member :
       {"KeyId",
        "Arn",
        "Description",
        "KeySpec",
        "KeyUsage",
        "KeyState",
        "Origin",
        "KeyManager",
        "MultiRegion"}) {
    shown.set(member, key.get(member));
  }
  shown.set("CustomerMasterKeySpec", key.get("KeySpec"));
  shown.set("CreationDate", epoch_seconds(key.get("CreationDate").as_int()));
  shown.set("Enabled", key.text_of("KeyState") == "Enabled");
  if (const Value& date = key.get("DeletionDate"); date.is_int()) {
    shown.set("DeletionDate", epoch_seconds(date.as_int()));
  }
  const std::string& usage = key.text_of("KeyUsage");
  if (const Spec* spec = find_spec(key.text_of("KeySpec")); spec != nullptr) {
    shown.set(
        algorithms_member(usage), Value::list({Value(std::string(algorithm_of(*spec, usage)))})
    );
  }
  if (key.get("MultiRegion") == Value(true)) {
    const Value self =
        Value::object({{"Arn", key.get("Arn")}, {"Region", parse_arn(key.text_of("Arn")).region}});
    shown.set(
        "MultiRegionConfiguration",
        Value::object(
            {{"MultiRegionKeyType", "PRIMARY"}, {"PrimaryKey", self}, {"ReplicaKeys", List{}}}
        )
    );
  }
  return shown;
}

std::optional<Fault> check_key_tags(const Value& tags) {
  if (tags.size() > kTagLimit) {
    return Fault{400, "LimitExceededException", "A key has at most 50 tags."};
  }
  for (const Value& tag : items_of(tags)) {
    const std::string& key = tag.text_of("TagKey");
    const bool is_reserved = key.starts_with("aws:");
    if (key.empty() || key.size() > 128 || tag.text_of("TagValue").size() > 256 || is_reserved) {
      return Fault{
          400,
          "TagException",
          is_reserved ? "Tag keys can't start with the reserved prefix aws:."
                      : "A tag key has 1 to 128 characters and a tag value at most 256."};
    }
  }
  return std::nullopt;
}

void put_key_tags(Value& key, const Value& changes) {
  Value tags = key.get("Tags");
  if (!tags.is_list()) {
    tags = List{};
  }
  for (const Value& change : items_of(changes)) {
    std::erase_if(tags.as_list(), [&change](const Value& tag) {
      return tag.text_of("TagKey") == change.text_of("TagKey");
    });
    tags.push_back(Value::object(
        {{"TagKey", change.text_of("TagKey")}, {"TagValue", change.text_of("TagValue")}}
    ));
  }
  key.set("Tags", tags);
}

std::optional<Fault> check_new_key(const Value& params) {
  Validation validation(params);
  validation.length("Description", 0, 8192);
  validation.length("Policy", 1, 131072);
  validation.one_of(
      "KeyUsage", {"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"}
  );
  validation.one_of("Origin", {"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"});
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  const std::string origin = or_default(params, "Origin", "AWS_KMS");
  if (origin == "AWS_CLOUDHSM" || origin == "EXTERNAL_KEY_STORE") {
    return Fault{
        400,
        "CustomKeyStoreNotFoundException",
        "The simulator has no custom key stores, so there is none with this id."};
  }
  const std::string name =
      or_default(params, "KeySpec", or_default(params, "CustomerMasterKeySpec", kSpecs[0].name));
  const Spec* spec = find_spec(name);
  if (spec == nullptr) {
    return Fault{
        400,
        "ValidationException",
        fmt::format(
            "1 validation error detected: Value '{}' at 'keySpec' failed to satisfy constraint: "
            "Member must satisfy enum value set",
            name
        )};
  }
  const std::string usage = or_default(params, "KeyUsage", "ENCRYPT_DECRYPT");
  if (spec->usages.find(usage) == std::string_view::npos) {
    return Fault{
        400,
        "ValidationException",
        fmt::format("KeyUsage {} is not compatible with KeySpec {}", usage, name)};
  }
  if (origin == "EXTERNAL" && name != kSpecs[0].name) {
    return Fault{400, "UnsupportedOperationException", "KeySpec is not supported for this origin."};
  }
  return check_key_tags(params.get("Tags"));
}

}  // namespace

Value& Kms::add_key(
    const std::string& account, const std::string& region, bool is_of_aws, const Value& params
) {
  const bool is_multi = flag_param(params, "MultiRegion");
  std::string id = world_.make_uuid();
  if (is_multi) {
    std::erase(id, '-');
    id.insert(0, "mrk-");
  }
  const std::string origin = or_default(params, "Origin", "AWS_KMS");
  const std::string spec =
      or_default(params, "KeySpec", or_default(params, "CustomerMasterKeySpec", kSpecs[0].name));
  Value key = Value::object(
      {{"KeyId", id},
       {"Arn", fmt::format("arn:aws:kms:{}:{}:key/{}", region, account, id)},
       {"Description", text_param(params, "Description")},
       {"KeySpec", spec},
       {"KeyUsage", or_default(params, "KeyUsage", "ENCRYPT_DECRYPT")},
       {"Origin", origin},
       {"MultiRegion", is_multi},
       {"KeyManager", is_of_aws ? "AWS" : "CUSTOMER"},
       {"KeyState", origin == "EXTERNAL" ? "PendingImport" : "Enabled"},
       {"CreationDate", to_millis(world_.now())},
       {"Policy", or_default(params, "Policy", default_key_policy(account))}}
  );
  put_key_tags(key, params.get("Tags"));
  return places_[account + "/" + region].keys[id] = std::move(key);
}

Outcome Kms::create_key(const Request& request) {
  const Value& params = request.params;
  if (auto fault = check_new_key(params)) {
    return *fault;
  }
  if (has_param(params, "Policy")) {
    if (auto fault = find_policy_fault(request, text_param(params, "Policy"))) {
      return *fault;
    }
  }
  const Value& key = add_key(request.account, request.region, false, params);
  return Value::object({{"KeyMetadata", show_key(request.account, key)}});
}

Outcome Kms::describe_key(const Request& request) {
  const auto found = find(request, Demand::kAny, Naming::kAliasToo);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const Value& key = *std::get<Value*>(found);
  const std::string owner = parse_arn(key.text_of("Arn")).account;
  return Value::object({{"KeyMetadata", show_key(owner, key)}});
}

Outcome Kms::list_keys(const Request& request) {
  std::vector<Named> all;
  for (const auto& [id, key] : place_of(request).keys) {
    all.push_back({id, Value::object({{"KeyId", id}, {"KeyArn", key.get("Arn")}})});
  }
  return kms_page(request, "Keys", all, 100);
}

Outcome Kms::update_key_description(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Validation validation(request.params);
  validation.required("Description");
  validation.length("Description", 0, 8192);
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  std::get<Value*>(found)->set("Description", text_param(request.params, "Description"));
  return Value();
}

Outcome Kms::enable_key(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  std::get<Value*>(found)->set("KeyState", "Enabled");
  return Value();
}

Outcome Kms::disable_key(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  std::get<Value*>(found)->set("KeyState", "Disabled");
  return Value();
}

Outcome Kms::schedule_key_deletion(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Validation validation(request.params);
  validation.range("PendingWindowInDays", 7, 30);
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  const std::int64_t days = int_param(request.params, "PendingWindowInDays").value_or(30);
  Value& key = *std::get<Value*>(found);
  const Timestamp now = world_.now();
  const Timestamp date = now + kDay * days;
  key.set("KeyState", "PendingDeletion");
  key.set("DeletionDate", to_millis(date));
  key.set("ForgetAt", to_millis(now + world_.scaled(kDay * days)));
  return Value::object(
      {{"KeyId", key.get("Arn")},
       {"DeletionDate", epoch_seconds(to_millis(date))},
       {"KeyState", "PendingDeletion"},
       {"PendingWindowInDays", days}}
  );
}

Outcome Kms::cancel_key_deletion(const Request& request) {
  const auto found = find(request, Demand::kAny, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value& key = *std::get<Value*>(found);
  if (key.text_of("KeyState") != "PendingDeletion") {
    return Fault{
        400,
        "KMSInvalidStateException",
        fmt::format("{} is not pending deletion.", key.text_of("Arn"))};
  }
  key.set("KeyState", "Disabled");  // It can be used again only after EnableKey.
  key.erase("DeletionDate");
  key.erase("ForgetAt");
  return Value::object({{"KeyId", key.get("Arn")}});
}

Outcome Kms::tag_resource(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value changed = *std::get<Value*>(found);
  put_key_tags(changed, request.params.get("Tags"));
  if (auto fault = check_key_tags(changed.get("Tags"))) {
    return *fault;
  }
  *std::get<Value*>(found) = std::move(changed);
  return Value();
}

Outcome Kms::untag_resource(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const auto keys = texts_of(request.params.get("TagKeys"));
  std::erase_if(std::get<Value*>(found)->find("Tags")->as_list(), [&keys](const Value& tag) {
    return std::find(keys.begin(), keys.end(), tag.text_of("TagKey")) != keys.end();
  });
  return Value();
}

Outcome Kms::list_resource_tags(const Request& request) {
  const auto found = find(request, Demand::kAny, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  std::vector<Named> all;
  for (const Value& tag : items_of(std::get<Value*>(found)->get("Tags"))) {
    all.push_back({tag.text_of("TagKey"), tag});
  }
  return kms_page(request, "Tags", all, 50);
}

}  // namespace plumbline::sim
