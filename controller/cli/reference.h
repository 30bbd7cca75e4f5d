// What the program carries with it to look things up: its schemas for editors and machines, the
// examples, and the lint rules' fixtures. All of it is tested material, so that no example here can
// be out of date. Constant; knows no kind by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// The embedded file of this path from the root of the sources; "" when there is none.
std::string_view embedded_text(std::string_view path);

struct Example {
  std::string place;  ///< "examples/lambda-rds-proxy/manifest.yaml:58"; "" when it is a fixture's.
  std::string text;   ///< Lines as they are written, without the common indentation.
};
/// The first resource of `section` in an example, or the first such property of one.
std::optional<Example> example_of(std::string_view section, std::string_view property);

struct RuleExample {
  std::string bad;      ///< A whole manifest with the fault.
  std::string changes;  ///< What is different in the good one: lines after "- ", "+ " or "  ".
};
std::optional<RuleExample> example_of_rule(std::string_view id);

/// Lines of two texts side by side: "- " only in `a`, "+ " only in `b`, three lines around.
std::string line_changes(std::string_view a, std::string_view b);

}  // namespace plumbline
