// Values as YAML that config/yaml reads back as the same: for manifests that the program writes.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/value.h"

namespace plumbline {

/// Plain where that cannot be misread, else in quotes.
std::string yaml_text(std::string_view text);
/// A scalar, or a tree on one line.
std::string yaml_line(const Value& value);
/// `key: value` and its end of line, on one line when it is short; `indent` counts spaces.
void append_yaml(std::string& out, std::string_view key, const Value& value, std::size_t indent);

}  // namespace plumbline
