#include "simulator/services/params.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

constexpr std::string_view kMarkerSalt = "after:";

std::string lower_camel(std::string_view key) {
  std::string name(key);
  // "VPCConfig" style names do not occur at the top level, so one letter is enough.
  if (!name.empty()) {
    name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  }
  return name;
}

std::size_t size_of(const Value& value) {
  return value.is_text() ? value.as_text().size() : value.size();
}

}  // namespace

std::string text_param(const Value& params, std::string_view key) {
  const Value& value = params.get(key);
  if (value.is_text()) {
    return value.as_text();
  }
  if (value.is_bool()) {
    return value.as_bool() ? "true" : "false";
  }
  if (value.is_int() || value.is_double()) {
    return wire_json(value);
  }
  return "";
}

std::optional<std::int64_t> int_param(const Value& params, std::string_view key) {
  const Value& value = params.get(key);
  if (value.is_int()) {
    return value.as_int();
  }
  const std::string text = text_param(params, key);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

bool flag_param(const Value& params, std::string_view key) {
  return to_lower(text_param(params, key)) == "true";
}

List items_of(const Value& value) {
  if (value.is_list()) {
    return value.as_list();
  }
  return value.is_null() ? List{} : List{value};
}

std::vector<std::string> texts_of(const Value& value) {
  std::vector<std::string> texts;
  for (const Value& item : items_of(value)) {
    if (item.is_text()) {
      texts.push_back(item.as_text());
    }
  }
  return texts;
}

bool has_param(const Value& params, std::string_view key) {
  return !params.get(key).is_null();
}

std::int64_t to_millis(Timestamp time) {
  return time.time_since_epoch().count();
}

Timestamp from_millis(std::int64_t millis) {
  return Timestamp(Duration(millis));
}

double epoch_seconds(std::int64_t millis) {
  return static_cast<double>(millis) / 1000.0;
}

bool is_made_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
}

void Validation::required(std::string_view key) {
  if (!has_param(params_, key)) {
    findings_.push_back(fmt::format(
        "Value null at '{}' failed to satisfy constraint: Member must not be null", lower_camel(key)
    ));
  }
}

void Validation::length(std::string_view key, std::size_t smallest, std::size_t largest) {
  if (!has_param(params_, key)) {
    return;
  }
  const std::size_t size = size_of(params_.get(key));
  if (size < smallest) {
    add(key, fmt::format("Member must have length greater than or equal to {}", smallest));
  } else if (size > largest) {
    add(key, fmt::format("Member must have length less than or equal to {}", largest));
  }
}

void Validation::range(std::string_view key, std::int64_t smallest, std::int64_t largest) {
  if (!has_param(params_, key)) {
    return;
  }
  const auto number = int_param(params_, key);
  if (!number || *number < smallest) {
    add(key, fmt::format("Member must have value greater than or equal to {}", smallest));
  } else if (*number > largest) {
    add(key, fmt::format("Member must have value less than or equal to {}", largest));
  }
}

void Validation::one_of(std::string_view key, const std::vector<std::string>& allowed) {
  if (!has_param(params_, key)) {
    return;
  }
  const std::string text = text_param(params_, key);
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    add(key, fmt::format("Member must satisfy enum value set: [{}]", join(allowed, ", ")));
  }
}

void Validation::made_of(std::string_view key, std::string_view extra, std::string_view pattern) {
  const std::string text = text_param(params_, key);
  if (has_param(params_, key) && (text.empty() || !is_made_of(text, extra))) {
    add(key, fmt::format("Member must satisfy regular expression pattern: {}", pattern));
  }
}

void Validation::add(std::string_view key, std::string_view constraint) {
  const Value& value = params_.get(key);
  // Values that are long or structured are left out, as AWS leaves them out.
  const std::string shown = value.size() > 0 || text_param(params_, key).size() > 512
                                ? "Value"
                                : fmt::format("Value '{}'", text_param(params_, key));
  findings_.push_back(fmt::format(
      "{} at '{}' failed to satisfy constraint: {}", shown, lower_camel(key), constraint
  ));
}

std::optional<Fault> Validation::fault(std::string_view code) const {
  if (findings_.empty()) {
    return std::nullopt;
  }
  return Fault{
      400,
      std::string(code),
      fmt::format(
          "{} validation error{} detected: {}",
          findings_.size(),
          findings_.size() == 1 ? "" : "s",
          join(findings_, "; ")
      )};
}

void merge_tags(Value& tags, const Value& changes) {
  if (!tags.is_list()) {
    tags = List{};
  }
  for (const Value& change : items_of(changes)) {
    const auto same = [&change](const Value& tag) {
      return tag.text_of("Key") == change.text_of("Key");
    };
    List& all = tags.as_list();
    const auto found = std::find_if(all.begin(), all.end(), same);
    const Value tag =
        Value::object({{"Key", change.text_of("Key")}, {"Value", change.text_of("Value")}});
    if (found == all.end()) {
      all.push_back(tag);
    } else {
      *found = tag;
    }
  }
}

void remove_tags(Value& tags, const std::vector<std::string>& keys) {
  if (tags.is_list()) {
    std::erase_if(tags.as_list(), [&keys](const Value& tag) {
      return std::find(keys.begin(), keys.end(), tag.text_of("Key")) != keys.end();
    });
  }
}

std::string make_marker(std::string_view last_shown) {
  return base64_encode(std::string(kMarkerSalt) + std::string(last_shown));
}

std::optional<std::string> read_marker(std::string_view marker) {
  const auto plain = base64_decode(marker);
  if (!plain || !plain->starts_with(kMarkerSalt)) {
    return std::nullopt;
  }
  return plain->substr(kMarkerSalt.size());
}

std::optional<Page> page_of(
    const std::vector<Named>& all, const std::string& marker, std::size_t limit
) {
  std::size_t at = 0;
  if (!marker.empty()) {
    const auto last = read_marker(marker);
    if (!last) {
      return std::nullopt;
    }
    const auto found = std::find_if(all.begin(), all.end(), [&last](const Named& named) {
      return named.name == *last;
    });
    // When the last item shown was deleted meanwhile, sorted lists go on at the next greater name.
    at = found != all.end()
             ? static_cast<std::size_t>(found - all.begin()) + 1
             : static_cast<std::size_t>(std::count_if(
                   all.begin(), all.end(), [&last](const Named& n) { return n.name < *last; }
               ));
  }
  Page page;
  for (; at < all.size() && page.items.size() < limit; ++at) {
    page.items.push_back(all[at].item);
  }
  if (at < all.size() && at > 0) {
    page.next = make_marker(all[at - 1].name);
  }
  return page;
}

Arn parse_arn(std::string_view text) {
  Arn arn;
  std::vector<std::string_view> parts;
  for (int i = 0; i < 5; ++i) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
      return arn;
    }
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  arn.is_arn = parts[0] == "arn";
  arn.partition = parts[1];
  arn.service = parts[2];
  arn.region = parts[3];
  arn.account = parts[4];
  arn.resource = text;
  return arn;
}

}  // namespace plumbline::sim
