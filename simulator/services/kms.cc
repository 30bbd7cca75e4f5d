#include "simulator/services/kms.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"

namespace plumbline::sim {
namespace {

constexpr std::string_view kAliasStart = "alias/";
constexpr std::string_view kAwsAliasStart = "alias/aws/";
constexpr std::string_view kKeyStart = "key/";

std::string key_of_place(const std::string& account, const std::string& region) {
  return account + "/" + region;
}

Fault no_such(const Request& request, const std::string& id) {
  const bool is_alias = id.find(kAliasStart) != std::string::npos;
  const bool is_arn = id.starts_with("arn:");
  const std::string arn = is_arn ? id
                                 : fmt::format(
                                       "arn:aws:kms:{}:{}:{}{}",
                                       request.region,
                                       request.account,
                                       is_alias ? "" : kKeyStart,
                                       id
                                   );
  return {
      400,
      "NotFoundException",
      is_alias ? fmt::format("Alias {} is not found.", arn)
               : fmt::format("Key '{}' does not exist", arn)};
}

Object save_all(const std::map<std::string, Value>& values) {
  Object saved;
  for (const auto& [name, value] : values) {
    saved.push_back({name, value});
  }
  return saved;
}

std::map<std::string, Value> load_all(const Value& saved) {
  std::map<std::string, Value> values;
  if (saved.is_object()) {
    for (const auto& [name, value] : saved.as_object()) {
      values[name] = value;
    }
  }
  return values;
}

}  // namespace

const std::map<std::string_view, Kms::Handler>& Kms::handlers() {
  static const std::map<std::string_view, Handler> all = {
      {"CreateKey", &Kms::create_key},
      {"DescribeKey", &Kms::describe_key},
      {"ListKeys", &Kms::list_keys},
      {"UpdateKeyDescription", &Kms::update_key_description},
      {"EnableKey", &Kms::enable_key},
      {"DisableKey", &Kms::disable_key},
      {"ScheduleKeyDeletion", &Kms::schedule_key_deletion},
      {"CancelKeyDeletion", &Kms::cancel_key_deletion},
      {"TagResource", &Kms::tag_resource},
      {"UntagResource", &Kms::untag_resource},
      {"ListResourceTags", &Kms::list_resource_tags},
      {"GetKeyPolicy", &Kms::get_key_policy},
      {"PutKeyPolicy", &Kms::put_key_policy},
      {"ListKeyPolicies", &Kms::list_key_policies},
      {"EnableKeyRotation", &Kms::enable_key_rotation},
      {"DisableKeyRotation", &Kms::disable_key_rotation},
      {"GetKeyRotationStatus", &Kms::get_key_rotation_status},
      {"CreateAlias", &Kms::create_alias},
      {"UpdateAlias", &Kms::update_alias},
      {"DeleteAlias", &Kms::delete_alias},
      {"ListAliases", &Kms::list_aliases},
  };
  return all;
}

Outcome Kms::handle(const Request& request) {
  const auto found = handlers().find(request.action);
  if (found == handlers().end()) {
    return Fault{
        400,
        "UnknownOperationException",
        fmt::format("The operation {} is not one this simulator knows.", request.action)};
  }
  return (this->*found->second)(request);
}

void Kms::advance() {
  const std::int64_t now = to_millis(world_.now());
  for (auto& [name, place] : places_) {
    std::erase_if(place.keys, [now](const auto& key) {
      const Value& forget_at = key.second.get("ForgetAt");
      return forget_at.is_int() && forget_at.as_int() <= now;
    });
    std::erase_if(place.aliases, [&keys = place.keys](const auto& alias) {
      return !keys.contains(alias.second.text_of("TargetKeyId"));
    });
  }
}

Value Kms::save() const {
  Object places;
  for (const auto& [name, place] : places_) {
    places.push_back(
        {name,
         Value::object({{"keys", save_all(place.keys)}, {"aliases", save_all(place.aliases)}})}
    );
  }
  return Value::object({{"places", places}});
}

void Kms::load(const Value& saved) {
  places_.clear();
  const Value& places = saved.get("places");
  if (!places.is_object()) {
    return;
  }
  for (const auto& [name, place] : places.as_object()) {
    places_[name] = {load_all(place.get("keys")), load_all(place.get("aliases"))};
  }
}

Neighbours::KeyFacts Kms::find_key(
    const std::string& account, const std::string& region, const std::string& id
) {
  Neighbours::KeyFacts facts;
  const Value* key = look_up(account, region, id);
  if (key == nullptr) {
    return facts;
  }
  facts.exists = true;
  facts.id = key->text_of("KeyId");
  facts.arn = key->text_of("Arn");
  facts.state = key->text_of("KeyState");
  if (auto policy = parse_json(key->text_of("Policy")); policy) {
    facts.policy = std::move(policy).value();
  }
  facts.is_of_aws = key->text_of("KeyManager") == "AWS";
  return facts;
}

Value* Kms::look_up(const std::string& account, const std::string& region, const std::string& id) {
  const Arn arn = parse_arn(id);
  if (arn.is_arn && (arn.service != "kms" || arn.region != region)) {
    return nullptr;
  }
  const std::string& owner = arn.is_arn ? arn.account : account;
  std::string name = arn.is_arn ? arn.resource : id;
  if (name.starts_with(kKeyStart)) {
    name.erase(0, kKeyStart.size());
  }
  Place& place = places_[key_of_place(owner, region)];
  if (name.starts_with(kAliasStart)) {
    auto alias = place.aliases.find(name);
    if (alias == place.aliases.end() && name.starts_with(kAwsAliasStart)) {
      const Value params = Value::object(
          {{"Description",
            fmt::format(
                "Default key that protects my data when no other key is defined: {}",
                name.substr(kAwsAliasStart.size())
            )}}
      );
      const std::string made = add_key(owner, region, true, params).text_of("KeyId");
      const std::int64_t now = to_millis(world_.now());
      const Value target =
          Value::object({{"TargetKeyId", made}, {"CreationDate", now}, {"LastUpdatedDate", now}});
      alias = place.aliases.emplace(name, target).first;
    }
    if (alias == place.aliases.end()) {
      return nullptr;
    }
    name = alias->second.text_of("TargetKeyId");
  }
  const auto found = place.keys.find(name);
  return found == place.keys.end() ? nullptr : &found->second;
}

std::variant<Value*, Fault> Kms::find(const Request& request, Demand demand, Naming naming) {
  Validation validation(request.params);
  validation.required("KeyId");
  validation.length("KeyId", 1, 2048);
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  const std::string id = text_param(request.params, "KeyId");
  const bool is_alias = id.find(kAliasStart) != std::string::npos;
  if (is_alias && naming == Naming::kIdOrArn) {
    return Fault{400, "InvalidArnException", fmt::format("Invalid keyId {}", id)};
  }
  Value* key = look_up(request.account, request.region, id);
  if (key == nullptr) {
    return no_such(request, id);
  }
  const std::string& state = key->text_of("KeyState");
  if (demand != Demand::kAny && state == "PendingDeletion") {
    return Fault{
        400,
        "KMSInvalidStateException",
        fmt::format("{} is pending deletion.", key->text_of("Arn"))};
  }
  if (demand == Demand::kEnabled && state == "Disabled") {
    return Fault{400, "DisabledException", fmt::format("{} is disabled.", key->text_of("Arn"))};
  }
  return key;
}

Kms::Place& Kms::place_of(const Request& request) {
  return places_[key_of_place(request.account, request.region)];
}

std::string alias_arn(const Request& request, std::string_view name) {
  return fmt::format("arn:aws:kms:{}:{}:{}", request.region, request.account, name);
}

Outcome kms_page(
    const Request& request,
    std::string_view key,
    const std::vector<Named>& all,
    std::size_t fallback
) {
  Validation validation(request.params);
  validation.range("Limit", 1, 1000);
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  const auto limit = static_cast<std::size_t>(
      int_param(request.params, "Limit").value_or(static_cast<std::int64_t>(fallback))
  );
  const auto page = page_of(all, text_param(request.params, "Marker"), limit);
  if (!page) {
    return Fault{400, "InvalidMarkerException", "Could not deserialize marker."};
  }
  Value reply = Value::object({{key, page->items}, {"Truncated", !page->next.empty()}});
  if (!page->next.empty()) {
    reply.set("NextMarker", page->next);
  }
  return reply;
}

std::unique_ptr<Service> make_kms(World& world, Neighbours& neighbours) {
  auto kms = std::make_unique<Kms>(world, neighbours);
  neighbours.find_key =
      [service = kms.get()](
          const std::string& account, const std::string& region, const std::string& id
      ) { return service->find_key(account, region, id); };
  return kms;
}

}  // namespace plumbline::sim
