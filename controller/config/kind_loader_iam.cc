#include <algorithm>

#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

constexpr std::string_view kOwn = "self";

/// An ARN with {names}, or a star.
std::optional<Template> load_arn(KindLoading& loading, const Node& node, const Names& names) {
  if (!node.is_scalar() || (node.text != "*" && !node.text.starts_with("arn:"))) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        node.range,
        "a resource of IAM is an ARN with {names}, or '*'"
    );
    return std::nullopt;
  }
  auto arn = Template::compile(node);
  if (!arn) {
    report(loading.diagnostics, SchemaFault::kBadNotation, node.range, arn.error().message);
    return std::nullopt;
  }
  check_names(loading, arn->names(), names, node.range);
  return std::move(arn).value();
}

/// `self`, `$property`, `$property.member` of the resource that is named there, or an ARN.
void load_target(KindLoading& loading, const Node& node, const Names& names, Grant& grant) {
  if (node.is_scalar() && node.text == kOwn) {
    return;
  }
  if (node.is_scalar() && node.text.starts_with('$')) {
    grant.refers_to = node.text.substr(1);
    check_property(loading, grant.refers_to.substr(0, grant.refers_to.find('.')), node.range);
    return;
  }
  grant.on = load_arn(loading, node, names);
}

Grant load_grant(KindLoading& loading, const Node& node, const Names& names) {
  Grant grant;
  if (node.is_scalar()) {
    load_target(loading, node, names, grant);
    return grant;
  }
  Words words(node, "'iam'", loading.diagnostics);
  grant.actions = words.texts("action");
  for (const std::string& action : grant.actions) {
    if (action.find(':') == std::string::npos) {
      report(
          loading.diagnostics,
          SchemaFault::kWrongForm,
          node.find("action")->range,
          fmt::format("'{}' does not name its service: service:Action", action)
      );
    }
  }
  if (const Node* on = words.find("on")) {
    load_target(loading, *on, names, grant);
  }
  grant.when = load_expr(loading, words.find("when"), names);
  if (const Node* where = words.find("where")) {
    for (const NodeEntry& entry : where->entries) {
      grant.where.emplace_back(entry.key, entry.value.text);
    }
  }
  words.finish();
  return grant;
}

}  // namespace

std::vector<Grant> load_grants(KindLoading& loading, const Node* node, const Names& names) {
  std::vector<Grant> grants;
  if (node == nullptr) {
    return grants;
  }
  if (!node->is_list()) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        node->range,
        "'iam' is a list of what must be allowed"
    );
    return grants;
  }
  for (const Node& item : node->items) {
    grants.push_back(load_grant(loading, item, names));
  }
  return grants;
}

/// ARNs by which policies name the kind's resources; of a kind with an ARN format, that format.
void load_iam(KindLoading& loading, const Node* node) {
  Kind& kind = loading.kind;
  if (node == nullptr) {
    Node format;
    format.type = Node::Type::kScalar;
    format.text = kind.arn_format;
    if (auto arn = Template::compile(format); arn && !kind.arn_format.empty()) {
      kind.iam_resources.push_back(std::move(arn).value());
    }
    return;
  }
  Words words(*node, "'iam'", loading.diagnostics);
  const Node* resource = words.require("resource");
  const bool is_many = resource != nullptr && resource->is_list();
  for (std::size_t i = 0; resource != nullptr && i < (is_many ? resource->items.size() : 1); ++i) {
    if (auto arn = load_arn(loading, is_many ? resource->items[i] : *resource, {})) {
      kind.iam_resources.push_back(std::move(*arn));
    }
  }
  words.finish();
}

}  // namespace plumbline
