#include "controller/lint/rules/conditions.h"

#include <algorithm>
#include <array>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr auto kOperators = std::to_array<std::string_view>({
    "arnequals",
    "arnlike",
    "arnnotequals",
    "arnnotlike",
    "binaryequals",
    "bool",
    "dateequals",
    "dategreaterthan",
    "dategreaterthanequals",
    "datelessthan",
    "datelessthanequals",
    "datenotequals",
    "ipaddress",
    "notipaddress",
    "null",
    "numericequals",
    "numericgreaterthan",
    "numericgreaterthanequals",
    "numericlessthan",
    "numericlessthanequals",
    "numericnotequals",
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
    "stringnotequals",
    "stringnotequalsignorecase",
    "stringnotlike",
});

constexpr std::string_view kIfExists = "ifexists";
constexpr std::size_t kAccountDigits = 12;

/// "StringEqualsIfExists" → "stringequals"
std::string core_of(std::string_view word) {
  std::string core = to_lower(word);
  if (const auto colon = core.find(':'); colon != std::string::npos) {
    core.erase(0, colon + 1);
  }
  if (core.ends_with(kIfExists) && core != kIfExists) {
    core.resize(core.size() - kIfExists.size());
  }
  return core;
}

/// In operators that compare exactly, * and ? are characters like others.
Answer equals(std::string_view written, std::string_view value) {
  if (written.size() != value.size()) {
    return Answer::kNo;
  }
  Answer answer = Answer::kYes;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] == value[i]) {
      continue;  // Among them digits of one account that are not known.
    }
    const bool is_open = written[i] == kAnyChar || value[i] == kAnyChar;
    if (written[i] == kNoChar || !is_open) {
      return Answer::kNo;
    }
    answer = Answer::kUnknown;
  }
  return answer;
}

Answer compare(const std::string& core, std::string written, std::string value) {
  if (core.find("ignorecase") != std::string::npos || core == "bool") {
    written = to_lower(written);
    value = to_lower(value);
  }
  const bool is_pattern = core.find("like") != std::string::npos || core.starts_with("arn");
  return is_pattern ? arn_matches(written, value) : equals(written, value);
}

/// Whether one of the written values fits what the request has.
Answer any_fits(
    const Manifest& manifest,
    const std::string& core,
    const Value& written,
    const std::string& has,
    const Resource* subject
) {
  Answer found = Answer::kNo;
  const List one = written.is_list() ? List() : List{written};
  for (const Value& item : written.is_list() ? written.as_list() : one) {
    const auto text = item.is_bool() ? std::optional<std::string>(item.as_bool() ? "true" : "false")
                                     : expand_arn(manifest, item, subject);
    const bool is_account = text && text->size() == kAccountDigits && has.size() == kAccountDigits;
    const bool is_other = is_account && are_other_accounts(manifest, *text, has);
    found = either(
        found,
        is_other ? Answer::kNo
        : text   ? compare(core, *text, has)
                 : Answer::kUnknown
    );
  }
  return found;
}

Answer operator_holds(
    const Manifest& manifest,
    const Member& operation,
    const RequestContext& request,
    const Resource* subject
) {
  const std::string core = core_of(operation.key);
  const bool is_compared = core.starts_with("string") || core.starts_with("arn") || core == "bool";
  if (!is_compared || !operation.value.is_object()) {
    return Answer::kUnknown;
  }
  const bool is_inverse = core.find("not") != std::string::npos;
  Answer all = Answer::kYes;
  for (const Member& key : operation.value.as_object()) {
    const std::string name = to_lower(key.key);
    const auto has = std::find_if(request.begin(), request.end(), [&](const auto& one) {
      return one.first == name;
    });
    if (has == request.end()) {
      all = both(all, Answer::kUnknown);
      continue;
    }
    if (has->second == kAbsent) {
      const bool holds = is_inverse || to_lower(operation.key).ends_with(kIfExists);
      all = both(all, holds ? Answer::kYes : Answer::kNo);
      continue;
    }
    const Answer fits = any_fits(manifest, core, key.value, has->second, subject);
    all = both(all, is_inverse ? opposite(fits) : fits);
  }
  return all;
}

}  // namespace

Answer conditions_hold(
    const Manifest& manifest,
    const Value& condition,
    const RequestContext& request,
    const Resource* subject
) {
  if (condition.is_null() || (condition.is_object() && condition.size() == 0)) {
    return Answer::kYes;
  }
  if (!condition.is_object()) {
    return Answer::kUnknown;
  }
  Answer all = Answer::kYes;
  for (const Member& operation : condition.as_object()) {
    all = both(all, operator_holds(manifest, operation, request, subject));
  }
  return all;
}

bool is_condition_operator(std::string_view word) {
  return std::find(kOperators.begin(), kOperators.end(), core_of(word)) != kOperators.end();
}

}  // namespace plumbline
