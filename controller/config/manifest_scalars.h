// Scalars of YAML → typed Values, with words for the traps: `yes`, 0123, 12:30, 1_000, "5432".
// Pure: text in, value or complaint out.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/value.h"
#include "controller/config/manifest_findings.h"

namespace plumbline {

struct Scalar {
  Value value;
  std::string fault;  ///< Empty when the value is good.
  Advice advice = "";
};

/// `is_plain`: without quotes. A quoted number or bool is a text, and refused.
Scalar to_bool(std::string_view text, bool is_plain);
Scalar to_int(std::string_view text, bool is_plain);
Scalar to_double(std::string_view text, bool is_plain);

/// YAML 1.2's core rules, for values inside JSON documents: null, true, 12, 1.5, else text.
Value to_core(std::string_view text, bool is_plain);

}  // namespace plumbline
