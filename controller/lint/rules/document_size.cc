#include "controller/lint/rules/document_size.h"

#include <algorithm>

#include <fmt/format.h>

namespace plumbline {

std::size_t least_size(const Value& value) {
  constexpr std::size_t kQuotes = 2;
  std::size_t size = 0;
  if (value.is_text()) {
    return value.as_text().size() + kQuotes;
  }
  if (value.is_concat()) {
    for (const Value& part : value.as_concat()) {
      size += part.is_text() ? part.as_text().size() : 1;
    }
    return size + kQuotes;
  }
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      size += least_size(item) + 1;
    }
    return std::max(size + 1, kQuotes);
  }
  if (value.is_object()) {
    for (const Member& member : value.as_object()) {
      size += member.key.size() + kQuotes + 1 + least_size(member.value) + 1;
    }
    return std::max(size + 1, kQuotes);
  }
  return 1;
}

void check_size(const Reporting& reporting, const Spot& spot, std::size_t size, std::size_t most) {
  if (size > most) {
    reporting.at(
        spot,
        fmt::format(
            "A policy of `{}` has {} characters or more; {} are the most.",
            spot.resource.address.to_string(),
            size,
            most
        ),
        "split it, or name fewer resources"
    );
  }
}

}  // namespace plumbline
