#include <algorithm>
#include <map>
#include <set>

#include "controller/base/text.h"
#include "simulator/wire.h"

namespace plumbline::sim {
namespace {

struct Member;

/// A name of the form, split at its dots, with what hangs under it. Order of arrival is kept.
struct Node {
  bool has_text = false;
  std::string text;
  std::vector<Member> members;

  Node& at(std::string_view key);
};

struct Member {
  std::string name;
  Node node;
};

Node& Node::at(std::string_view key) {
  for (Member& member : members) {
    if (member.name == key) {
      return member.node;
    }
  }
  return members.emplace_back(Member{std::string(key), {}}).node;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_numbered(const Node& node) {
  return !node.members.empty() &&
         std::all_of(node.members.begin(), node.members.end(), [](const auto& member) {
           return is_number(member.name);
         });
}

/// The list parameters that clients clear with an empty value ("VpcSecurityGroupIds="). The form
/// alone cannot tell an empty list from an empty text, so the names must be known.
bool is_list_name(std::string_view name) {
  static const std::set<std::string_view> kNames = {
      "Auth",
      "AvailabilityZones",
      "ActionNames",
      "DBClusterIdentifiers",
      "DBInstanceIdentifiers",
      "DBSecurityGroups",
      "DisableLogTypes",
      "DomainDnsIps",
      "EnableCloudwatchLogsExports",
      "EnableLogTypes",
      "EventCategories",
      "Filters",
      "Parameters",
      "PolicyArns",
      "PolicyInputList",
      "ProcessorFeatures",
      "SessionPinningFilters",
      "SourceIds",
      "SubnetIds",
      "TagKeys",
      "Tags",
      "VpcSecurityGroupIds",
      "VpcSubnetIds"};
  return kNames.count(name) != 0;
}

Value to_value(const Node& node, bool drops_words, bool is_root);

Value to_list(const Node& node, bool drops_words) {
  std::map<unsigned long, const Node*> by_number;
  for (const auto& [key, child] : node.members) {
    by_number[std::stoul(key)] = &child;
  }
  List items;
  for (const auto& [number, child] : by_number) {
    items.push_back(to_value(*child, drops_words, false));
  }
  return items;
}

/// {"1": {key, value}, …} as an object.
Value to_map(const Node& node) {
  Value map{Object{}};
  const Value entries = to_list(node, true);
  for (const Value& entry : entries.as_list()) {
    map.set(entry.text_of("key"), entry.get("value"));
  }
  return map;
}

Value to_value(const Node& node, bool drops_words, bool is_root) {
  if (node.members.empty() && !is_root) {
    return node.text;
  }
  if (!is_root && is_numbered(node)) {
    return to_list(node, drops_words);
  }
  if (!is_root && drops_words && node.members.size() == 1 && is_numbered(node.members[0].node)) {
    const auto& [word, list] = node.members[0];
    return word == "entry" ? to_map(list) : to_list(list, drops_words);
  }
  Value object{Object{}};
  for (const auto& [key, child] : node.members) {
    const bool is_empty_list =
        drops_words && child.members.empty() && child.text.empty() && is_list_name(key);
    object.set(key, is_empty_list ? Value(List{}) : to_value(child, drops_words, false));
  }
  return object;
}

std::string decode_plus(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

Value decode_form(const std::string& form, bool drops_words) {
  constexpr std::size_t kMaxDepth = 16;
  Node root;
  for (const std::string_view pair : split(form, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const std::string name = decode_plus(pair.substr(0, equals));
    const auto parts = split(name, '.');
    if (parts.size() > kMaxDepth) {
      continue;
    }
    Node* node = &root;
    for (const std::string_view part : parts) {
      node = &node->at(part);
    }
    node->has_text = true;
    node->text = equals == std::string_view::npos ? "" : decode_plus(pair.substr(equals + 1));
  }
  return to_value(root, drops_words, true);
}

}  // namespace plumbline::sim
