// The text under a YAML tree: offsets to positions, the ends that a parser does not tell,
// characters that have no place in a manifest, and words for what is wrong where a parser gave up.
// Knows YAML's surface only, no library and no tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/config/node.h"

namespace plumbline {

/// Why a parser gave up, as far as it knows.
enum class YamlFault {
  kTab,
  kFlowOpen,
  kFlowClose,
  kSecondColon,
  kIndentation,
  kDash,
  kCharacter,
  kEscape,
  kAlias,
  kDepth,
  kQuote,
  kBlock,
  kTag,
  kDirective,
  kOther,
};

/// From the parser's own message.
YamlFault yaml_fault(std::string_view message);

/// Positions of byte offsets in one file. Cheap when asked in reading order. A byte order mark is
/// not part of the text: offsets start behind it.
class TextMap {
 public:
  explicit TextMap(const SourceFile& file);

  /// The first byte or character that is not allowed, as a finding; or what the file is instead of
  /// a text.
  [[nodiscard]] std::optional<Diagnostic> find_bad_character() const;
  /// A directive (`%…`) that a parser would pass over in silence.
  [[nodiscard]] std::optional<Diagnostic> find_directive();

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] Position at(std::size_t offset);
  [[nodiscard]] SourceRange range(std::size_t begin, std::size_t end);

  /// The offset behind a quoted scalar that begins at `begin`; nothing when it is never closed.
  [[nodiscard]] std::optional<std::size_t> end_of_quoted(std::size_t begin) const;
  /// Behind a plain scalar whose folded value is `value`.
  [[nodiscard]] std::size_t end_of_plain(std::size_t begin, std::string_view value) const;
  /// Behind a block scalar whose `|` or `>` is at `begin`.
  [[nodiscard]] std::size_t end_of_block(std::size_t begin) const;
  /// Behind the bracket that closes a flow list or map whose last child ends at `from`.
  [[nodiscard]] std::size_t end_of_flow(std::size_t from, char closing) const;

  /// About a quoted scalar that begins at `quote` and is closed too late or never.
  [[nodiscard]] Diagnostic explain_quote(std::size_t quote);
  /// What is wrong at `offset`, in words that name the fix.
  [[nodiscard]] Diagnostic explain(YamlFault fault, std::size_t offset);
  /// About a place where a key is expected and no text was read as one.
  [[nodiscard]] Diagnostic explain_missing_key(std::size_t begin, std::size_t end);
  /// About a list or a map where a key is expected.
  [[nodiscard]] Diagnostic explain_compound_key(std::size_t begin);
  /// About a key that ends at `key_end` and has no value: nothing when a colon follows it, or when
  /// it may go without (`? key`).
  [[nodiscard]] std::optional<Diagnostic> explain_missing_colon(
      std::size_t key_begin, std::size_t key_end
  );

 private:
  /// What is open at some offset.
  struct Surroundings {
    std::vector<std::size_t> brackets;  ///< Offsets, outermost first.
    std::optional<std::size_t> quote;   ///< Runs over a line end and up to the line of the offset.
    std::optional<std::size_t> open_quote;  ///< Is not closed before the end of the text.
  };

  [[nodiscard]] std::size_t line_of(std::size_t offset) const;
  [[nodiscard]] std::string_view line(std::size_t index) const;
  [[nodiscard]] Surroundings surroundings(std::size_t offset) const;
  [[nodiscard]] std::size_t content_before(std::size_t line_index) const;
  [[nodiscard]] std::optional<std::size_t> end_of_brackets(std::size_t opener) const;
  [[nodiscard]] bool is_never_closed(std::size_t offset) const;
  [[nodiscard]] std::optional<Diagnostic> explain_marks(std::size_t line_index);
  [[nodiscard]] std::optional<Diagnostic> explain_layout(std::size_t line_index);
  [[nodiscard]] std::optional<Diagnostic> explain_missing_colon_above(std::size_t line_index);
  [[nodiscard]] std::optional<Diagnostic> explain_child(std::size_t line_index);
  [[nodiscard]] std::optional<Diagnostic> explain_rest(std::size_t offset);
  [[nodiscard]] Diagnostic explain_escape(std::size_t offset);
  [[nodiscard]] std::optional<Diagnostic> explain_opener(std::size_t offset);

  const SourceFile& file_;
  std::string_view text_;
  std::vector<std::size_t> starts_;  ///< Offset of every line.
  bool is_ascii_ = true;
  std::size_t bad_ = std::string_view::npos;
  // Where the last answer was, so that long lines are not counted from their start again.
  std::size_t last_line_ = 0, last_offset_ = 0;
  std::uint32_t last_column_ = 1;
};

/// Removes later entries of a key that is there already, each with a finding (at most `room`) that
/// shows both places. Returns how many there were.
std::size_t drop_duplicate_keys(
    std::vector<NodeEntry>& entries, std::size_t room, Diagnostics& diagnostics
);

}  // namespace plumbline
