// Words: one map of a schema file, read word by word. Every word that was asked for is known; the
// others are reported with the nearest known one. Internal to the kind loader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/base/env.h"
#include "controller/config/node.h"

namespace plumbline {

/// What can be wrong with a schema file; SC001 and on.
enum class SchemaFault {
  kUnknownWord,   ///< SC001
  kMissingWord,   ///< SC002
  kWrongForm,     ///< SC003
  kBadNotation,   ///< SC004 An expression, path or template that does not compile.
  kUnknownName,   ///< SC005 A $name or property that does not exist.
  kNoFunction,    ///< SC006
  kMissingClass,  ///< SC007 A creating call without its journal class.
  kNeverUsed,     ///< SC008 A property that no call sends, no reply fills or no update changes.
};

Diagnostic& report(
    Diagnostics& diagnostics,
    SchemaFault fault,
    const SourceRange& range,
    std::string detail,
    std::string help = ""
);

/// "did you mean 'x'?" or the list of what is possible.
std::string suggest(std::string_view word, const std::vector<std::string>& known);

/// The place `column` characters (1-based) into a one-line scalar.
SourceRange inside(const Node& node, std::size_t column);

class Words {
 public:
  /// Reports when `node` is no map; every word is then absent. `what` appears in messages.
  Words(const Node& node, std::string what, Diagnostics& diagnostics);

  /// Null when absent.
  const Node* find(std::string_view word);
  const Node* require(std::string_view word);
  std::string text(std::string_view word);  ///< "" when absent.
  std::string require_text(std::string_view word);
  bool flag(std::string_view word);                       ///< False when absent.
  std::vector<std::string> texts(std::string_view word);  ///< One text or a list of them.
  std::optional<double> number(std::string_view word);
  Duration duration(std::string_view word, Duration fallback);
  /// One of `allowed`, or "" when absent or wrong (reported).
  std::string one_of(std::string_view word, const std::vector<std::string>& allowed);
  /// Reports every word that was not asked for.
  void finish();

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  const Node& node_;
  std::string what_;
  Diagnostics& diagnostics_;
  std::vector<std::string> known_;
};

}  // namespace plumbline
