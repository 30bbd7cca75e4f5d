#include "controller/config/kind_loader.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

std::optional<Protocol> find_protocol(std::string_view word) {
  static constexpr std::pair<std::string_view, Protocol> kWords[] = {
      {"ec2", Protocol::kEc2Query},
      {"query", Protocol::kQuery},
      {"json10", Protocol::kJson10},
      {"json11", Protocol::kJson11},
      {"rest-json", Protocol::kRestJson},
      {"rest-xml", Protocol::kRestXml},
  };
  for (const auto& [name, protocol] : kWords) {
    if (name == word) {
      return protocol;
    }
  }
  return std::nullopt;
}

ServiceProfile load_service(const NodeEntry& entry, Diagnostics& diagnostics) {
  ServiceProfile profile;
  profile.id = entry.key;
  Words words(entry.value, fmt::format("service '{}'", entry.key), diagnostics);
  words.require("protocol");
  const std::string protocol =
      words.one_of("protocol", {"ec2", "query", "json10", "json11", "rest-json", "rest-xml"});
  profile.protocol = find_protocol(protocol).value_or(Protocol::kQuery);
  profile.api_version = words.text("version");
  profile.target_prefix = words.text("target");
  profile.xml_namespace = words.text("xmlns");
  profile.host_prefix = words.require_text("host");
  profile.signing_name = words.require_text("signing");
  profile.endpoint_variable = words.require_text("endpoint_variable");
  profile.is_global = words.flag("global");
  profile.read_rate = words.number("read_rate").value_or(profile.read_rate);
  profile.write_rate = words.number("write_rate").value_or(profile.write_rate);
  profile.read_burst = words.number("read_burst").value_or(profile.read_burst);
  profile.write_burst = words.number("write_burst").value_or(profile.write_burst);
  if (const Node* errors = words.find("errors")) {
    Words inner(*errors, "'errors'", diagnostics);
    profile.throttle_codes = inner.texts("throttle");
    profile.transient_codes = inner.texts("transient");
    profile.quota_codes = inner.texts("quota");
    profile.dependency_codes = inner.texts("dependency");
    inner.finish();
  }
  if (const Node* iam = words.find("iam")) {
    Words inner(*iam, "'iam' of the service", diagnostics);
    profile.unscoped = inner.texts("unscoped");
    profile.creation_key = inner.text("creating");
    inner.finish();
  }
  words.find("tags");
  words.finish();
  return profile;
}

void load_validations(KindLoading& loading, const Node* node) {
  for (std::size_t i = 0; node != nullptr && i < node->items.size(); ++i) {
    Words words(node->items[i], "a validation", loading.diagnostics);
    Validation validation;
    validation.each = words.text("each");
    if (!validation.each.empty()) {
      check_property(loading, validation.each, node->items[i].range);
    }
    const Names names = validation.each.empty() ? Names{} : Names{"item"};
    if (auto that = load_expr(loading, words.require("that"), names)) {
      validation.that = std::move(*that);
    }
    validation.say = words.require_text("say");
    validation.rule = words.text("rule");
    validation.is_warning = words.flag("warning");
    words.finish();
    loading.kind.validations.push_back(std::move(validation));
  }
}

void add_attributes(
    const Property& property, const std::string& prefix, std::vector<std::string>& attributes
) {
  if (property.role == PropertyRole::kLocal || property.is_write_only) {
    return;
  }
  attributes.push_back(prefix + property.name);
  for (const Property& field : property.fields) {
    add_attributes(field, prefix + property.name + ".", attributes);
  }
}

void load_identity(KindLoading& loading, Words& words) {
  Kind& kind = loading.kind;
  kind.name = words.require_text("kind");
  kind.section = words.require_text("section");
  kind.summary = words.require_text("summary");
  kind.id_property = words.require_text("id");
  kind.name_property = words.text("name");
  const std::string arn = words.require_text("arn");
  const bool is_format = arn.find_first_of(":{") != std::string::npos;
  (is_format ? kind.arn_format : kind.arn_property) = arn;
  kind.is_data_bearing = words.flag("data_bearing");
  kind.creates_before_destroy = words.flag("create_before_destroy");
  kind.is_held_by_users = words.flag("held_by_users");
  kind.natural_key = words.texts("natural_key");
  kind.after = words.texts("after");
}

const Node* load_service_of(KindLoading& loading, Words& words, const ServiceTable& services) {
  const std::string id = words.require_text("service");
  const auto found = services.profiles.find(id);
  if (found == services.profiles.end()) {
    std::vector<std::string> known;
    for (const auto& [name, profile] : services.profiles) {
      known.push_back(name);
    }
    const Node* node = words.node().find("service");
    report(
        loading.diagnostics,
        SchemaFault::kUnknownName,
        node == nullptr ? words.node().range : node->range,
        fmt::format("there is no service '{}'", id),
        suggest(id, known)
    );
    return nullptr;
  }
  loading.kind.service = &found->second;
  const auto tags = services.tags.find(id);
  return tags == services.tags.end() ? nullptr : tags->second;
}

}  // namespace

ServiceTable load_services(const Node& root, Diagnostics& diagnostics) {
  ServiceTable table;
  Words words(root, "the file of services", diagnostics);
  if (const Node* services = words.require("services")) {
    for (const NodeEntry& entry : services->entries) {
      table.profiles[entry.key] = load_service(entry, diagnostics);
      if (const Node* tags = entry.value.find("tags")) {
        table.tags[entry.key] = tags;
      }
    }
  }
  words.finish();
  return table;
}

std::unique_ptr<Kind> load_kind(
    const Node& root, const ServiceTable& services, Diagnostics& diagnostics
) {
  auto kind = std::make_unique<Kind>();
  KindLoading loading{*kind, diagnostics, nullptr, nullptr, {}, {}};
  Words words(root, "a kind", diagnostics);
  load_identity(loading, words);
  const Node* service_tags = load_service_of(loading, words, services);
  loading.types = words.find("types");
  loading.requests = words.find("requests");
  load_properties(loading, words.require("properties"));
  load_iam(loading, words.find("iam"));
  load_validations(loading, words.find("validate"));
  load_tags(loading, service_tags, words.find("tags"));
  load_observation(loading, words);
  load_collections(loading, words.find("collections"));
  load_lifecycle(loading, words);
  load_adoption(loading, words);
  words.finish();
  check_kind(loading, root);
  kind->attributes = {"id", "arn"};
  for (const Property& property : kind->properties) {
    add_attributes(property, "", kind->attributes);
  }
  return kind;
}

}  // namespace plumbline
