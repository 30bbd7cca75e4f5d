#include "controller/lint/rules/mending.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml_edit.h"
#include "controller/config/yaml_write.h"

namespace plumbline {

namespace {

const Node* child_of(const Node& node, std::string_view segment) {
  if (node.is_map()) {
    return node.find(segment);
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  const bool is_index = error == std::errc() && end == segment.data() + segment.size();
  return node.is_list() && is_index && index < node.items.size() ? &node.items[index] : nullptr;
}

/// `name`, or `name-2` and so on while there is one.
std::string free_name(const Node* map, const std::string& name) {
  std::string free = name;
  for (int i = 2; map != nullptr && map->find(free) != nullptr; ++i) {
    free = fmt::format("{}-{}", name, i);
  }
  return free;
}

}  // namespace

const Node* node_at(const Resource& resource, std::string_view path) {
  const Node* node = &resource.entry->value;
  for (const std::string_view segment : split(path, '.')) {
    node = node == nullptr ? nullptr : child_of(*node, segment);
  }
  return node;
}

std::vector<Edit> replace_part(
    const Resource& resource, std::string_view path, std::string_view part, std::string_view instead
) {
  const Node* node = node_at(resource, path);
  const Node* holder = nullptr;
  std::size_t found = 0;
  const auto look = [&](const Node& one) {
    const auto at = one.is_scalar() ? one.text.find(part) : std::string::npos;
    if (at != std::string::npos) {
      found += one.text.find(part, at + 1) == std::string::npos ? 1U : 2U;
      holder = &one;
    }
  };
  if (node != nullptr && node->is_list()) {
    std::for_each(node->items.begin(), node->items.end(), look);
  } else if (node != nullptr) {
    look(*node);
  }
  if (found != 1 || part.empty()) {
    return {};
  }
  std::string text = holder->text;
  text.replace(text.find(part), part.size(), instead);
  return replace_word(holder->range, holder->text, text);
}

std::vector<Edit> open_port(
    const Resource& group, std::string_view direction, int port, std::string_view peer
) {
  if (port == 0 || peer.empty() || group.existing) {
    return {};
  }
  const std::string_view word = direction == "ingress" ? "from" : "to";
  return add_to_list(
      group.entry->value,
      direction,
      fmt::format("{{ port: {}, {}: {} }}", port, word, yaml_text(peer))
  );
}

std::vector<Edit> trust_service(const Resource& role, std::string_view service) {
  const Node* policy = role.entry->value.find("trustPolicy");
  if (policy == nullptr || !policy->is_map() || policy->find("Statement") == nullptr) {
    return {};
  }
  return add_to_list(
      *policy,
      "Statement",
      fmt::format(
          "{{ Effect: Allow, Principal: {{ Service: {} }}, Action: sts:AssumeRole }}", service
      )
  );
}

std::vector<Edit> allow(const Resource& role, const Allowance& given) {
  const Node* written = role.entry->value.find("inlinePolicies");
  const std::string condition =
      given.via_service.empty()
          ? ""
          : fmt::format(
                ", Condition: {{ StringEquals: {{ 'kms:ViaService': '{}' }} }}", given.via_service
            );
  const std::string document = fmt::format(
      "{{ Version: 2012-10-17, Statement: [{{ Effect: Allow, Action: '{}', Resource: '{}'{} }}] }}",
      given.action,
      given.resource,
      condition
  );
  const std::string name = free_name(written, given.name);
  if (written != nullptr) {
    return add_entry(*written, name, document);
  }
  return add_entry(
      role.entry->value, "inlinePolicies", fmt::format("{{ {}: {} }}", yaml_text(name), document)
  );
}

}  // namespace plumbline
