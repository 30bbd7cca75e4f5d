#include "simulator/services/rds_parts.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline::sim::rds {

Fault refuse(std::string_view code, std::string message) {
  return Fault{400, std::string(code), std::move(message)};
}

Fault not_found(std::string_view code, std::string message) {
  return Fault{404, std::string(code), std::move(message)};
}

std::string Reader::text(std::string_view key, std::string_view fallback) const {
  const std::string& given = params_.text_of(key);
  return given.empty() ? std::string(fallback) : given;
}

std::string Reader::required(std::string_view key) {
  if (!has(key)) {
    fail("MissingParameter", fmt::format("The request must contain the parameter {}", key));
  }
  return params_.text_of(key);
}

bool Reader::flag(std::string_view key, bool fallback) {
  const std::string given = to_lower(params_.text_of(key));
  if (given.empty()) {
    return fallback;
  }
  if (given != "true" && given != "false") {
    fail("MalformedInput", fmt::format("{} must be true or false", key));
  }
  return given == "true";
}

std::int64_t Reader::number(
    std::string_view key, std::int64_t low, std::int64_t high, std::int64_t fallback
) {
  const std::string& given = params_.text_of(key);
  if (given.empty()) {
    return fallback;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error != std::errc{} || end != given.data() + given.size()) {
    fail("MalformedInput", fmt::format("{} must be a whole number", key));
    return fallback;
  }
  if (number < low || number > high) {
    fail(
        "InvalidParameterValue",
        fmt::format("Invalid value {} for {}. Must be between {} and {}", number, key, low, high)
    );
  }
  return number;
}

std::vector<std::string> Reader::texts(std::string_view key) const {
  return texts_of(params_.get(key));
}

void Reader::fail(std::string_view code, std::string message) {
  if (!fault_) {
    fault_ = refuse(code, std::move(message));
  }
}

std::string partition_of(std::string_view region) {
  if (region.starts_with("cn-")) {
    return "aws-cn";
  }
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

std::string domain_of(const Store& store) {
  return fmt::format(
      ".{}.rds.amazonaws.com{}", store.region, store.region.starts_with("cn-") ? ".cn" : ""
  );
}

std::string arn_of(const Store& store, std::string_view type, std::string_view name) {
  return fmt::format(
      "arn:{}:rds:{}:{}:{}:{}", partition_of(store.region), store.region, store.account, type, name
  );
}

std::string name_in(std::string_view name_or_arn) {
  if (!name_or_arn.starts_with("arn:")) {
    return to_lower(name_or_arn);
  }
  return to_lower(name_or_arn.substr(name_or_arn.rfind(':') + 1));
}

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || name.size() > 63 || !is_letter(name.front()) || name.back() == '-') {
    return false;
  }
  return name.find("--") == std::string_view::npos && std::ranges::all_of(name, [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
         });
}

Value texts_value(const std::vector<std::string>& texts) {
  return {List(texts.begin(), texts.end())};
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> texts;
  if (list.is_text() && !list.as_text().empty()) {
    texts.push_back(list.as_text());
  }
  if (list.is_list()) {
    for (const Value& item : list.as_list()) {
      if (item.is_text()) {
        texts.push_back(item.as_text());
      }
    }
  }
  return texts;
}

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

Outcome page(const Value& params, std::string_view key, const Rows& rows) {
  Reader read(params);
  const auto limit = static_cast<std::size_t>(read.number("MaxRecords", 20, 100, 100));
  if (read.fault()) {
    return *read.fault();
  }
  auto first = rows.begin();
  if (read.has("Marker")) {
    const std::optional<std::string> last = base64_decode(read.text("Marker"));
    if (!last) {
      return refuse("InvalidParameterValue", "The Marker given is not one of this service");
    }
    first = std::ranges::find_if(rows, [&](const auto& row) { return row.first > *last; });
  }
  List items;
  for (; first != rows.end() && items.size() < limit; ++first) {
    items.push_back(first->second);
  }
  Value reply = Value::object({{key, std::move(items)}});
  if (first != rows.end()) {
    reply.set("Marker", base64_encode(std::prev(first)->first));
  }
  return reply;
}

Refusal check_filters(const Value& params, const FilterFields& fields) {
  const Value& filters = params.get("Filters");
  if (!filters.is_list()) {
    return std::nullopt;
  }
  for (const Value& filter : filters.as_list()) {
    if (!fields.contains(filter.text_of("Name"))) {
      return refuse("InvalidParameterValue", "Unrecognized filter name: " + filter.text_of("Name"));
    }
    if (texts_of(filter.get("Values")).empty()) {
      return refuse("InvalidParameterCombination", "A filter must have at least one value");
    }
  }
  return std::nullopt;
}

bool passes_filters(const Value& params, const FilterFields& fields, const Value& shown) {
  const Value& filters = params.get("Filters");
  if (!filters.is_list()) {
    return true;
  }
  return std::ranges::all_of(filters.as_list(), [&](const Value& filter) {
    const auto field = fields.find(filter.text_of("Name"));
    const std::vector<std::string> wanted = texts_of(filter.get("Values"));
    return field != fields.end() && std::ranges::any_of(wanted, [&](const std::string& text) {
             const std::string& have = shown.text_of(field->second);
             // Names may be given as ARNs.
             return have == text || (text.starts_with("arn:") && to_lower(have) == name_in(text));
           });
  });
}

std::string now_text(const Place& place) {
  return format_iso8601(place.world.now());
}

void schedule(const Place& place, Value& object, std::string_view step, Duration real) {
  schedule_at(object, step, place.world.now() + place.world.scaled(real));
}

void schedule_at(Value& object, std::string_view step, Timestamp at) {
  if (object.find("due") == nullptr) {
    object.set("due", List{});
  }
  const std::int64_t moment = at.time_since_epoch().count();
  object.find("due")->push_back(Value::object({{"at", moment}, {"step", step}}));
}

bool is_scheduled(const Value& object, std::string_view step) {
  const Value& due = object.get("due");
  return due.is_list() && std::ranges::any_of(due.as_list(), [&](const Value& each) {
           return each.text_of("step") == step;
         });
}

std::vector<std::string> take_due(const Place& place, Value& object) {
  Value* due = object.find("due");
  if (due == nullptr || due->size() == 0) {
    return {};
  }
  const std::int64_t now = place.world.now().time_since_epoch().count();
  std::vector<std::pair<std::int64_t, std::string>> steps;
  std::erase_if(due->as_list(), [&](const Value& each) {
    const std::int64_t at = each.get("at").as_int();
    if (at <= now) {
      steps.emplace_back(at, each.text_of("step"));
    }
    return at <= now;
  });
  std::ranges::stable_sort(steps, {}, [](const auto& step) { return step.first; });
  std::vector<std::string> names;
  names.reserve(steps.size());
  for (auto& [at, name] : steps) {
    names.push_back(std::move(name));
  }
  return names;
}

void attach_interfaces(
    const Place& place,
    Value& object,
    const std::vector<std::string>& subnets,
    const std::vector<std::string>& groups,
    const std::string& description
) {
  List interfaces;
  if (place.neighbours.attach_interface) {
    for (const std::string& subnet : subnets) {
      interfaces.emplace_back(place.neighbours.attach_interface(
          place.store.account, place.store.region, subnet, groups, description
      ));
    }
  }
  object.set("interfaces", std::move(interfaces));
}

void release_interfaces(const Place& place, Value& object, Duration linger) {
  for (const std::string& id : texts_of(object.get("interfaces"))) {
    if (place.neighbours.release_interface) {
      place.neighbours.release_interface(place.store.account, place.store.region, id, linger);
    }
  }
  object.set("interfaces", List{});
}

Groups resolve_groups(
    const Place& place, const std::vector<std::string>& asked, const std::string& vpc
) {
  const Store& store = place.store;
  Groups groups;
  for (const std::string& id : asked) {
    const std::string home = place.neighbours.vpc_of_group(store.account, store.region, id);
    if (home.empty()) {
      groups.fault = refuse(
          "InvalidParameterValue",
          fmt::format("Invalid security group , groupId= {}, groupName=.", id)
      );
      return groups;
    }
    if (home != vpc) {
      groups.fault = refuse(
          "InvalidParameterCombination",
          fmt::format(
              "The DB instance and EC2 security group are in different VPCs. The DB instance is in "
              "{} and the EC2 security group is in {}",
              vpc,
              home
          )
      );
      return groups;
    }
    if (!contains(groups.ids, id)) {
      groups.ids.push_back(id);
    }
  }
  if (groups.ids.empty()) {
    const std::string fallback =
        place.neighbours.default_group_of(store.account, store.region, vpc);
    if (!fallback.empty()) {
      groups.ids.push_back(fallback);
    }
  }
  return groups;
}

}  // namespace plumbline::sim::rds
