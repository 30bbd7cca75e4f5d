#include "controller/plan/plan_seen.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

constexpr std::size_t kLongestShown = 120;

Value at_rest(const Value& value, const std::string& key) {
  if (value.is_secret() || value.is_bytes()) {
    return Value::object({{"$digest", digest_of(value, key)}});
  }
  if (value.is_unknown()) {
    return Value::object({{"$unknown", value.unknown_origin()}});
  }
  if (value.is_list()) {
    List list;
    for (const Value& item : value.as_list()) {
      list.push_back(at_rest(item, key));
    }
    return Value(std::move(list));
  }
  if (value.is_object()) {
    Object object;
    for (const Member& member : value.as_object()) {
      object.push_back({member.key, at_rest(member.value, key)});
    }
    return Value(std::move(object));
  }
  return value;
}

std::string show(const Value& value) {
  if (value.is_null()) {
    return "nothing";
  }
  if (value.find("$digest") != nullptr) {
    return "(hidden, digest " + value.text_of("$digest").substr(0, 8) + ")";
  }
  if (value.find("$unknown") != nullptr) {
    return "(known after apply)";
  }
  std::string text = show_json(value);
  if (text.size() > kLongestShown) {
    text.resize(kLongestShown);
    text += "…";
  }
  return printable(text);
}

/// "a.b: then X, now Y" for every leaf that differs; of lists, the items that only one side has.
void differ(
    std::vector<std::string>& lines, const std::string& path, const Value& then, const Value& now
) {
  if (then == now) {
    return;
  }
  const bool is_leaf = then.find("$digest") != nullptr || then.find("$unknown") != nullptr;
  if (then.is_object() && now.is_object() && !is_leaf) {
    const auto below = [&](const std::string& key) {
      return path.empty() ? key : path + "." + key;
    };
    for (const Member& member : then.as_object()) {
      differ(lines, below(member.key), member.value, now.get(member.key));
    }
    for (const Member& member : now.as_object()) {
      if (then.find(member.key) == nullptr) {
        differ(lines, below(member.key), Value(), member.value);
      }
    }
    return;
  }
  if (then.is_list() && now.is_list()) {
    const auto only_in = [&](const Value& one, const Value& other, std::string_view word) {
      for (const Value& item : one.as_list()) {
        const List& rest = other.as_list();
        if (std::find(rest.begin(), rest.end(), item) == rest.end()) {
          lines.push_back(fmt::format("{}: {} {}", path, word, show(item)));
        }
      }
    };
    const std::size_t before = lines.size();
    only_in(then, now, "not any more");
    only_in(now, then, "now also");
    if (lines.size() > before) {
      return;
    }
  }
  lines.push_back(
      fmt::format("{}: then {}, now {}", path.empty() ? "it" : path, show(then), show(now))
  );
}

/// What a change comes to, without words about it.
Value decision_of(const Value& change) {
  Value out{Object()};
  constexpr std::string_view kDecided[] = {
      "kind",
      "account",
      "region",
      "id",
      "desired",
      "collections",
      "tags",
      "deferred",
      "createsFirst",
      "accepted",
      "saw"};
  for (const std::string_view key : kDecided) {
    out.set(key, change.get(key));
  }
  out.set("action", change.get("action"));
  Value fields{Object()};
  const Value& written = change.get("fields");
  for (std::size_t i = 0; i < written.size(); ++i) {
    const Value& field = written.as_list()[i];
    fields.set(
        field.text_of("path"),
        Value::object(
            {{"before", field.get("before")},
             {"after", field.get("after")},
             {"forcesReplacement", field.get("forcesReplacement")}}
        )
    );
  }
  out.set("fields", std::move(fields));
  return out;
}

void explain_fields(std::vector<std::string>& lines, const Value& then, const Value& now) {
  for (const Member& field : then.as_object()) {
    const Value* other = now.find(field.key);
    if (other == nullptr) {
      lines.push_back(
          fmt::format("{}: then {}, now as declared", field.key, show(field.value.get("before")))
      );
      continue;
    }
    differ(lines, field.key, field.value.get("before"), other->get("before"));
    differ(lines, field.key + " (to be)", field.value.get("after"), other->get("after"));
  }
  for (const Member& field : now.as_object()) {
    if (then.find(field.key) == nullptr) {
      lines.push_back(
          fmt::format("{}: then as declared, now {}", field.key, show(field.value.get("before")))
      );
    }
  }
}

/// The rows of "collections" by collection, so that lists are compared item by item.
Value rows_of(const Value& collections) {
  Value out{Object()};
  for (std::size_t i = 0; i < collections.size(); ++i) {
    const Value& each = collections.as_list()[i];
    out.set(each.text_of("collection"), each.get("rows"));
  }
  return out;
}

void explain_presence(std::vector<std::string>& lines, const Value& then, const Value& now) {
  const std::string& before = then.text_of("id");
  const std::string& after = now.text_of("id");
  if (before == after) {
    return;
  }
  lines.push_back(
      before.empty() ? fmt::format("then it was not there, now it is {}", printable(after))
      : after.empty()
          ? fmt::format("then it was {}, now it is not there", printable(before))
          : fmt::format("then it was {}, now it is {}", printable(before), printable(after))
  );
}

/// Nothing when the decisions are the same. What was seen comes first: it is the cause.
std::vector<std::string> explain(const Value& then, const Value& now) {
  std::vector<std::string> lines;
  if (then == now) {
    return lines;
  }
  explain_presence(lines, then, now);
  for (const std::string_view part : {"properties", "rows"}) {
    if (!then.get("saw").get(part).is_null() && !now.get("saw").get(part).is_null()) {
      differ(lines, "", then.get("saw").get(part), now.get("saw").get(part));
    }
  }
  explain_fields(lines, then.get("fields"), now.get("fields"));
  differ(lines, "", rows_of(then.get("collections")), rows_of(now.get("collections")));
  differ(lines, "tags", then.get("tags"), now.get("tags"));
  if (lines.empty()) {
    differ(lines, "", then.get("desired"), now.get("desired"));
    differ(lines, "", then.get("accepted"), now.get("accepted"));
  }
  if (then.get("action") != now.get("action")) {
    lines.push_back(fmt::format(
        "then the plan was: {}; now it would be: {}", then.text_of("action"), now.text_of("action")
    ));
  }
  if (lines.empty()) {
    differ(lines, "", then, now);
  }
  return lines;
}

/// The changes of each address, in their order: a replaced object stands beside its successor.
std::map<std::string, List> by_address(const Value& plan) {
  std::map<std::string, List> out;
  for (const Value& change : plan.get("changes").as_list()) {
    out[change.text_of("address")].push_back(decision_of(change));
  }
  return out;
}

}  // namespace

Value plan_at_rest(const Plan& plan, const std::string& key) {
  Value json = plan_to_json(plan);
  List& changes = json.find("changes")->as_list();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i].set("saw", plan.changes[i].saw);
  }
  return at_rest(json, key);
}

std::vector<SeenChange> compare_changes(const Value& then, const Value& now) {
  std::map<std::string, List> before = by_address(then);
  std::map<std::string, List> after = by_address(now);
  std::vector<SeenChange> out;
  const Value none = decision_of(Value::object({{"action", "none"}}));
  std::set<std::string> addresses;
  for (const auto& [address, changes] : before) {
    addresses.insert(address);
  }
  for (const auto& [address, changes] : after) {
    addresses.insert(address);
  }
  for (const std::string& address : addresses) {
    const List& old_ones = before[address];
    const List& new_ones = after[address];
    SeenChange seen{address, {}};
    for (std::size_t i = 0; i < std::max(old_ones.size(), new_ones.size()); ++i) {
      const Value& a = i < old_ones.size() ? old_ones[i] : none;
      const Value& b = i < new_ones.size() ? new_ones[i] : none;
      const bool is_quiet = a.text_of("action") == "none" && b.text_of("action") == "none";
      if (!is_quiet) {
        const std::vector<std::string> lines = explain(a, b);
        seen.lines.insert(seen.lines.end(), lines.begin(), lines.end());
      }
    }
    if (!seen.lines.empty()) {
      out.push_back(std::move(seen));
    }
  }
  return out;
}

}  // namespace plumbline
