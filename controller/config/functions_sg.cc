#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "controller/base/text.h"
#include "controller/config/functions.h"
#include "controller/config/name_ref.h"

namespace plumbline::functions {

namespace {

using PortRange = std::pair<std::int64_t, std::int64_t>;

bool is_tcp_or_udp(std::string_view protocol) {
  return protocol == "tcp" || protocol == "udp";
}
bool is_icmp(std::string_view protocol) {
  return protocol == "icmp" || protocol == "icmpv6";
}

/// "1024-65535", "443" or "all".
PortRange parse_ports(const Value& ports) {
  if (const auto one = whole_number(ports)) {
    return {*one, *one};
  }
  if (ports.is_text()) {
    const std::string& text = ports.as_text();
    const auto dash = text.find('-');
    if (dash != std::string::npos) {
      const auto from = whole_number(Value(text.substr(0, dash)));
      const auto to = whole_number(Value(text.substr(dash + 1)));
      if (from && to) {
        return {*from, *to};
      }
    }
  }
  return {0, 65535};
}

/// {group: sg-1} → ("group", "sg-1"), and what else the choice of a rule's end can be.
Member peer_of(const Value& choice, const Value& context) {
  for (const char* key : {"cidr", "cidr6", "group", "prefixList"}) {
    if (const Value* found = choice.find(key)) {
      const std::string_view name = key;
      return {key, name == "cidr" ? cidr4(*found) : name == "cidr6" ? cidr6(*found) : *found};
    }
  }
  if (const Value* id = choice.find("id")) {
    return {"group", *id};
  }
  return {"group", context.get("selfId")};
}

Value row_of(const Value& rule, const Value& choice, const Value& context) {
  const Value& written = rule.get("protocol");
  const Value protocol = written.is_null() ? Value("tcp") : ip_protocol(written);
  Value row = Value::object({{"direction", context.get("direction")}, {"protocol", protocol}});
  if (const auto ports = ports_of_rule(rule, protocol.is_text() ? protocol.as_text() : "")) {
    row.set("fromPort", ports->first);
    row.set("toPort", ports->second);
  }
  Member peer = peer_of(choice, context);
  row.set(peer.key, std::move(peer.value));
  if (const Value* account = choice.find("account")) {
    row.set("groupOwner", *account);
  }
  const Value& description = rule.get("description");
  if (!description.is_null() && description != Value("")) {
    row.set("description", description);
  }
  return row;
}

}  // namespace

std::optional<std::int64_t> whole_number(const Value& value) {
  if (value.is_int()) {
    return value.as_int();
  }
  if (!value.is_text()) {
    return std::nullopt;
  }
  const std::string_view text = trim(value.as_text());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// AWS refuses tcp and udp without ports, so that "all of them" is written out.
std::optional<PortRange> ports_of_rule(const Value& rule, std::string_view protocol) {
  if (is_tcp_or_udp(protocol)) {
    return parse_ports(rule.get("port").is_null() ? rule.get("ports") : rule.get("port"));
  }
  if (is_icmp(protocol)) {
    return PortRange{
        whole_number(rule.get("icmpType")).value_or(-1),
        whole_number(rule.get("icmpCode")).value_or(-1)};
  }
  return std::nullopt;
}

void write_ports(Value& rule, const Value& protocol, const Value& from, const Value& to) {
  const std::string word = protocol.is_text() ? protocol.as_text() : "";
  if (word != "tcp") {
    rule.set("protocol", word == "-1" ? Value("all") : protocol);
  }
  const auto first = whole_number(from);
  const auto last = whole_number(to);
  if (is_icmp(word)) {
    if (first.value_or(-1) != -1) {
      rule.set("icmpType", *first);
    }
    if (last.value_or(-1) != -1) {
      rule.set("icmpCode", *last);
    }
  } else if (is_tcp_or_udp(word) && first && last) {
    if (*first == *last) {
      rule.set("port", *first);
    } else if (PortRange(*first, *last) == parse_ports("all")) {
      rule.set("ports", "all");
    } else {
      rule.set("ports", std::to_string(*first) + "-" + std::to_string(*last));
    }
  }
}

List sg_rules(const Value& rules, const Value& context) {
  List rows;
  std::set<Value> seen;
  if (!rules.is_list()) {
    return rows;
  }
  for (const Value& rule : rules.as_list()) {
    const Value& ends = rule.get(context.text_of("direction") == "egress" ? "to" : "from");
    const List one = {ends};
    for (const Value& end : ends.is_list() ? ends.as_list() : one) {
      if (end.is_null()) {
        continue;
      }
      Value row = row_of(rule, end, context);
      Value key = row;
      key.erase("description");
      if (seen.insert(std::move(key)).second) {
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

Value sg_rules_of_rows(const List& rows, const Value& context) {
  const std::string& direction = context.text_of("direction");
  const std::string peers = direction == "egress" ? "to" : "from";
  // In an order that does not depend on the reply's.
  std::map<Value, List> by_rule;
  for (const Value& row : rows) {
    if (row.text_of("direction") != direction) {
      continue;
    }
    Value rule{Object()};
    write_ports(rule, row.get("protocol"), row.get("fromPort"), row.get("toPort"));
    if (const Value* description = row.find("description")) {
      rule.set("description", *description);
    }
    for (const char* key : {"cidr", "cidr6", "group", "prefixList"}) {
      if (const Value* found = row.find(key)) {
        const bool is_self = key == std::string_view("group") && *found == context.get("selfId");
        by_rule[rule].push_back(
            is_self ? Value::object({{"self", true}}) : Value::object({{key, *found}})
        );
      }
    }
  }
  List rules;
  for (auto& [rule, ends] : by_rule) {
    std::sort(ends.begin(), ends.end());
    Value written = rule;
    written.set(peers, Value(std::move(ends)));
    rules.push_back(std::move(written));
  }
  return Value(std::move(rules));
}

Value sg_rule_observed(const Value& row) {
  if (!row.is_object()) {
    return row;
  }
  Value rule = row;
  const Value& egress = row.get("isEgress");
  const bool is_egress = egress == Value(true) || egress == Value("true");
  rule.erase("isEgress");
  rule.erase("groupOwner");
  rule.set("direction", is_egress ? "egress" : "ingress");
  const Value protocol = ip_protocol(row.get("protocol"));
  rule.set("protocol", protocol);
  const std::string word = protocol.is_text() ? protocol.as_text() : "";
  for (const char* key : {"fromPort", "toPort"}) {
    const auto port = whole_number(row.get(key));
    rule.erase(key);
    if (is_icmp(word)) {
      rule.set(key, port.value_or(-1));
    } else if (is_tcp_or_udp(word) && port) {
      rule.set(key, *port);
    }
  }
  for (const char* key : {"cidr", "cidr6", "group", "prefixList", "description"}) {
    const Value& value = row.get(key);
    if (value.is_null() || value == Value("")) {
      rule.erase(key);
    }
  }
  if (rule.find("cidr") != nullptr) {
    rule.set("cidr", cidr4(rule.get("cidr")));
  }
  if (rule.find("cidr6") != nullptr) {
    rule.set("cidr6", cidr6(rule.get("cidr6")));
  }
  return rule;
}

}  // namespace plumbline::functions
