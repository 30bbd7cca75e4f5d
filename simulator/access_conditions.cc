// Condition blocks: an operator holds when each of its keys does; a key holds when one of its
// values fits, or for the negated operators when none does.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "controller/base/env.h"
#include "controller/base/text.h"
#include "simulator/access_policy.h"
#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

using Compare = bool (*)(const std::string& wanted, const std::string& given);

bool same_text(const std::string& wanted, const std::string& given) {
  return wanted == given;
}
bool same_letters(const std::string& wanted, const std::string& given) {
  return to_lower(wanted) == to_lower(given);
}
bool like_text(const std::string& wanted, const std::string& given) {
  return fits_pattern(wanted, given);
}

/// ARNs are matched in each of their six parts.
bool like_arn(const std::string& wanted, const std::string& given) {
  constexpr std::size_t kParts = 6;
  const auto pattern = split(wanted, ':');
  const auto parts = split(given, ':');
  if (pattern.size() < kParts || parts.size() < kParts) {
    return false;
  }
  for (std::size_t i = 0; i + 1 < kParts; ++i) {
    if (!fits_pattern(pattern[i], parts[i])) {
      return false;
    }
  }
  const auto rest = [](const std::string& arn, const std::vector<std::string_view>& split_arn) {
    return std::string_view(arn).substr(
        static_cast<std::size_t>(split_arn[kParts - 1].data() - arn.data())
    );
  };
  return fits_pattern(rest(wanted, pattern), rest(given, parts));
}

/// Less than zero, zero, or more, as `given` is before, at or after `wanted`; nothing for what is
/// no number.
std::optional<int> order_of_numbers(const std::string& wanted, const std::string& given) {
  char* end = nullptr;
  const double a = std::strtod(given.c_str(), &end);
  if (end == given.c_str() || *end != '\0') {
    return std::nullopt;
  }
  const double b = std::strtod(wanted.c_str(), &end);
  if (end == wanted.c_str() || *end != '\0') {
    return std::nullopt;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

std::optional<int> order_of_dates(const std::string& wanted, const std::string& given) {
  Timestamp a;
  Timestamp b;
  if (!parse_time(given, a) || !parse_time(wanted, b)) {
    return std::nullopt;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

template <auto kOrder, int kWanted>
bool is_order(const std::string& wanted, const std::string& given) {
  const std::optional<int> order = kOrder(wanted, given);
  return order && *order == kWanted;
}

template <auto kOrder, int kUnwanted>
bool is_not_order(const std::string& wanted, const std::string& given) {
  const std::optional<int> order = kOrder(wanted, given);
  return order && *order != kUnwanted;
}

struct Operator {
  std::string_view name;
  Compare fits;
  bool is_negated = false;
};

constexpr auto kOperators = std::to_array<Operator>({
    {"StringEquals", same_text},
    {"StringNotEquals", same_text, true},
    {"StringEqualsIgnoreCase", same_letters},
    {"StringNotEqualsIgnoreCase", same_letters, true},
    {"StringLike", like_text},
    {"StringNotLike", like_text, true},
    {"ArnEquals", like_arn},
    {"ArnLike", like_arn},
    {"ArnNotEquals", like_arn, true},
    {"ArnNotLike", like_arn, true},
    {"Bool", same_letters},
    {"NumericEquals", is_order<order_of_numbers, 0>},
    {"NumericNotEquals", is_order<order_of_numbers, 0>, true},
    {"NumericLessThan", is_order<order_of_numbers, -1>},
    {"NumericLessThanEquals", is_not_order<order_of_numbers, 1>},
    {"NumericGreaterThan", is_order<order_of_numbers, 1>},
    {"NumericGreaterThanEquals", is_not_order<order_of_numbers, -1>},
    {"DateEquals", is_order<order_of_dates, 0>},
    {"DateNotEquals", is_order<order_of_dates, 0>, true},
    {"DateLessThan", is_order<order_of_dates, -1>},
    {"DateLessThanEquals", is_not_order<order_of_dates, 1>},
    {"DateGreaterThan", is_order<order_of_dates, 1>},
    {"DateGreaterThanEquals", is_not_order<order_of_dates, -1>},
});

enum class Quantifier { kNone, kAny, kAll };

struct Form {
  Quantifier quantifier = Quantifier::kNone;
  const Operator* op = nullptr;  ///< Null for Null, and for what AWS does not know.
  bool is_null_test = false;
  bool passes_if_missing = false;
};

/// "ForAnyValue:StringLikeIfExists" taken apart.
Form form_of(std::string_view name) {
  Form form;
  if (name.starts_with("ForAnyValue:")) {
    form.quantifier = Quantifier::kAny;
  } else if (name.starts_with("ForAllValues:")) {
    form.quantifier = Quantifier::kAll;
  }
  name.remove_prefix(form.quantifier == Quantifier::kNone ? 0 : name.find(':') + 1);
  form.is_null_test = name == "Null";
  if (name.ends_with("IfExists")) {
    form.passes_if_missing = true;
    name.remove_suffix(std::string_view("IfExists").size());
  }
  const auto* found = std::find_if(kOperators.begin(), kOperators.end(), [&](const Operator& op) {
    return op.name == name;
  });
  form.op = found == kOperators.end() ? nullptr : found;
  return form;
}

/// Numbers and bools of a policy count as their texts.
std::vector<std::string> wanted_values(const Value& written, const ContextKeys& keys) {
  std::vector<std::string> values;
  for (const Value& item : items_of(written)) {
    const std::string text = text_param(Value::object({{"v", item}}), "v");
    if (auto filled = fill_variables(text, keys)) {
      values.push_back(std::move(*filled));
    }
  }
  return values;
}

bool holds_key(
    const Form& form,
    const std::vector<std::string>& wanted,
    const std::optional<std::vector<std::string>>& given
) {
  if (form.is_null_test) {
    const bool wants_missing = !wanted.empty() && to_lower(wanted.front()) == "true";
    return wants_missing == !given.has_value();
  }
  if (form.op == nullptr) {
    return false;
  }
  const auto fits = [&](const std::string& value) {
    const bool is_named = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
      return form.op->fits(each, value);
    });
    return is_named != form.op->is_negated;
  };
  if (!given || given->empty()) {
    return form.quantifier == Quantifier::kAll || form.passes_if_missing ||
           (form.quantifier == Quantifier::kNone && form.op->is_negated);
  }
  if (form.quantifier == Quantifier::kAny) {
    return std::any_of(given->begin(), given->end(), fits);
  }
  if (form.quantifier == Quantifier::kAll || form.op->is_negated) {
    return std::all_of(given->begin(), given->end(), fits);
  }
  return std::any_of(given->begin(), given->end(), fits);
}

}  // namespace

bool holds_conditions(const Value& block, const ContextKeys& keys) {
  if (!block.is_object()) {
    return true;
  }
  for (const Member& by_operator : block.as_object()) {
    const Form form = form_of(by_operator.key);
    if (!by_operator.value.is_object()) {
      return false;
    }
    for (const Member& test : by_operator.value.as_object()) {
      if (!holds_key(form, wanted_values(test.value, keys), keys(to_lower(test.key)))) {
        return false;
      }
    }
  }
  return true;
}

std::string unknown_operator(const Value& block) {
  if (block.is_object()) {
    for (const Member& by_operator : block.as_object()) {
      const Form form = form_of(by_operator.key);
      if (!form.is_null_test && form.op == nullptr) {
        return by_operator.key;
      }
    }
  }
  return "";
}

}  // namespace plumbline::sim
