// Entries of network ACLs: as the manifest writes them, and as they are described.
#include <map>

#include "controller/config/functions.h"

namespace plumbline::functions {

namespace {

bool is_icmp(const Value& protocol) {
  return protocol == Value("icmp") || protocol == Value("icmpv6");
}

void set_ports(Value& row, const Value& entry) {
  const auto ports = ports_of_rule(entry, row.text_of("protocol"));
  if (ports) {
    const bool takes_icmp = is_icmp(row.get("protocol"));
    row.set(takes_icmp ? "icmpType" : "fromPort", ports->first);
    row.set(takes_icmp ? "icmpCode" : "toPort", ports->second);
  }
}

void set_range(Value& row, const Value& range) {
  if (const Value* cidr = range.find("cidr")) {
    row.set("cidr", cidr4(*cidr));
  }
  if (const Value* cidr = range.find("cidr6")) {
    row.set("cidr6", cidr6(*cidr));
  }
}

}  // namespace

List acl_entries(const Value& entries, const Value& context) {
  List rows;
  if (!entries.is_list()) {
    return rows;
  }
  const bool is_egress = context.text_of("direction") == "egress";
  for (const Value& entry : entries.as_list()) {
    const Value& written = entry.get("protocol");
    Value row = Value::object(
        {{"isEgress", is_egress},
         {"ruleNumber", entry.get("ruleNumber")},
         {"ruleAction", entry.get("ruleAction")},
         {"protocol", written.is_null() ? Value("tcp") : ip_protocol(written)}}
    );
    set_ports(row, entry);
    if (const Value& range = entry.get(is_egress ? "to" : "from"); range.is_object()) {
      set_range(row, range);
    } else if (!range.is_null()) {
      row.set("cidr", range);  // Its value comes later.
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Value acl_entry_observed(const Value& row) {
  if (!row.is_object()) {
    return row;
  }
  const Value& egress = row.get("isEgress");
  const bool is_egress = egress == Value(true) || egress == Value("true");
  const auto number = whole_number(row.get("ruleNumber"));
  Value entry = Value::object(
      {{"isEgress", is_egress},
       {"ruleNumber", number ? Value(*number) : row.get("ruleNumber")},
       {"ruleAction", row.get("ruleAction")},
       {"protocol", ip_protocol(row.get("protocol"))}}
  );
  const bool takes_icmp = is_icmp(entry.get("protocol"));
  const bool takes_ports =
      entry.get("protocol") == Value("tcp") || entry.get("protocol") == Value("udp");
  for (const char* key : {"icmpType", "icmpCode"}) {
    if (takes_icmp) {
      entry.set(key, whole_number(row.get(key)).value_or(-1));
    }
  }
  for (const char* key : {"fromPort", "toPort"}) {
    if (const auto port = whole_number(row.get(key)); takes_ports && port) {
      entry.set(key, *port);
    }
  }
  set_range(entry, row);
  return entry;
}

Value acl_entries_of_rows(const List& rows, const Value& context) {
  const bool is_egress = context.text_of("direction") == "egress";
  std::map<Value, Value> by_number;
  for (const Value& row : rows) {
    if (row.get("isEgress") != Value(is_egress)) {
      continue;
    }
    Value entry =
        Value::object({{"ruleNumber", row.get("ruleNumber")}, {"ruleAction", row.get("ruleAction")}}
        );
    const bool takes_icmp = is_icmp(row.get("protocol"));
    write_ports(
        entry,
        row.get("protocol"),
        row.get(takes_icmp ? "icmpType" : "fromPort"),
        row.get(takes_icmp ? "icmpCode" : "toPort")
    );
    for (const char* key : {"cidr", "cidr6"}) {
      if (const Value* range = row.find(key)) {
        entry.set(is_egress ? "to" : "from", Value::object({{key, *range}}));
      }
    }
    by_number.emplace(row.get("ruleNumber"), std::move(entry));
  }
  List entries;
  for (auto& [number, entry] : by_number) {
    entries.push_back(std::move(entry));
  }
  return Value(std::move(entries));
}

}  // namespace plumbline::functions
