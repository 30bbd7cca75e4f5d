// Diagnostics: what is wrong with something a person wrote, where, why, and what to do next.
// Collect all, append, always return what was collected; never throw, never stop at the first.
#pragma once

#include <string>
#include <vector>

#include "controller/base/source.h"

namespace plumbline {

class Value;

enum class Severity { kError, kWarning, kInfo };
std::string_view name_of(Severity severity);  ///< "error", "warning", "info"

/// A further place or fact that belongs to a finding: the other group, the rule that blocks.
struct Evidence {
  std::string text;
  SourceRange range;
};

/// New text in place of a range of a file; an empty range is where something is put in.
struct Edit {
  SourceRange range;
  std::string text;
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string id;       ///< Stable: "PX001", "MF004". Catalogue: `plumbline explain ID`.
  std::string summary;  ///< Constant for the id, one line.
  std::string detail;   ///< Full sentences about this case.
  std::string help;     ///< What to do: one sentence, imperative.
  SourceRange range;
  std::string address;  ///< "dbProxies.app", when it is about a resource.
  std::vector<Evidence> evidence;
  /// What mends it without asking: all of them together or none. Disjoint, by position; empty when
  /// a person must decide.
  std::vector<Edit> edits = {};
  /// Where credentials are written: no excerpt shows them, of this finding or of one beside it.
  std::vector<SourceRange> hidden = {};
};

class Diagnostics {
 public:
  Diagnostic& add(Diagnostic diagnostic);
  void append(const Diagnostics& other);

  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }
  /// Leaves none.
  [[nodiscard]] std::vector<Diagnostic> take();
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] std::size_t count(Severity severity) const;
  /// By file, position, id. Rendering does not sort by itself.
  void sort();

 private:
  std::vector<Diagnostic> all_;
};

enum class Colour { kNever, kAlways };

/// rustc-like text: header line, place, excerpt with caret, evidence, help. One blank line between.
/// What any of them hides is masked in all excerpts.
std::string render_human(const Diagnostics& diagnostics, Colour colour);
/// [{severity, id, summary, detail, help, address, range, evidence: [{text, range}], fixes:
/// [{range, text}]}], a range being {file, line, column, endLine, endColumn} or null.
Value to_json(const Diagnostics& diagnostics);

}  // namespace plumbline
