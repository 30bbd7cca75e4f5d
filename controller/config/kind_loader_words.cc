#include "controller/config/kind_loader_words.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

struct FaultText {
  const char* id;
  const char* summary;
};

FaultText text_of(SchemaFault fault) {
  switch (fault) {
    case SchemaFault::kUnknownWord:
      return {"SC001", "the schema language has no such word"};
    case SchemaFault::kMissingWord:
      return {"SC002", "a word is missing"};
    case SchemaFault::kWrongForm:
      return {"SC003", "a value has the wrong form"};
    case SchemaFault::kBadNotation:
      return {"SC004", "an expression, path or template cannot be read"};
    case SchemaFault::kUnknownName:
      return {"SC005", "a name stands for nothing"};
    case SchemaFault::kNoFunction:
      return {"SC006", "there is no such function"};
    case SchemaFault::kMissingClass:
      return {"SC007", "a call does not say what a lost reply leads to"};
    case SchemaFault::kNeverUsed:
      return {"SC008", "a property is cut off from the API"};
  }
  PLUMBLINE_UNREACHABLE("SchemaFault");
}

}  // namespace

Diagnostic& report(
    Diagnostics& diagnostics,
    SchemaFault fault,
    const SourceRange& range,
    std::string detail,
    std::string help
) {
  const FaultText text = text_of(fault);
  Diagnostic diagnostic;
  diagnostic.id = text.id;
  diagnostic.summary = text.summary;
  diagnostic.detail = std::move(detail);
  diagnostic.help = std::move(help);
  diagnostic.range = range;
  return diagnostics.add(std::move(diagnostic));
}

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  if (const auto near = nearest(word, known)) {
    return fmt::format("Did you mean '{}'?", *near);
  }
  if (known.empty()) {
    return "";
  }
  std::vector<std::string> sorted = known;
  std::sort(sorted.begin(), sorted.end());
  return fmt::format("Possible are: {}.", join(sorted, ", "));
}

SourceRange inside(const Node& node, std::size_t column) {
  SourceRange range = node.range;
  if (range.begin.line == range.end.line) {
    range.begin.column += static_cast<std::uint32_t>(column - 1 + (node.is_plain ? 0 : 1));
    range.begin.column = std::min(range.begin.column, range.end.column);
  }
  return range;
}

Words::Words(const Node& node, std::string what, Diagnostics& diagnostics)
    : node_(node), what_(std::move(what)), diagnostics_(diagnostics) {
  if (!node.is_map()) {
    report(diagnostics, SchemaFault::kWrongForm, node.range, fmt::format("{} is a map", what_));
  }
}

const Node* Words::find(std::string_view word) {
  known_.emplace_back(word);
  return node_.find(word);
}

const Node* Words::require(std::string_view word) {
  const Node* found = find(word);
  if (found == nullptr && node_.is_map()) {
    report(
        diagnostics_,
        SchemaFault::kMissingWord,
        node_.range,
        fmt::format("{} needs the word '{}'", what_, word)
    );
  }
  return found;
}

std::string Words::text(std::string_view word) {
  const Node* found = find(word);
  if (found == nullptr || found->is_null()) {
    return "";
  }
  if (!found->is_scalar()) {
    report(
        diagnostics_,
        SchemaFault::kWrongForm,
        found->range,
        fmt::format("'{}' of {} is a text", word, what_)
    );
    return "";
  }
  return found->text;
}

std::string Words::require_text(std::string_view word) {
  return require(word) == nullptr ? std::string() : text(word);
}

bool Words::flag(std::string_view word) {
  const std::string written = text(word);
  if (!written.empty() && written != "true" && written != "false") {
    report(
        diagnostics_,
        SchemaFault::kWrongForm,
        node_.find(word)->range,
        fmt::format("'{}' of {} is true or false", word, what_)
    );
  }
  return written == "true";
}

std::vector<std::string> Words::texts(std::string_view word) {
  const Node* found = find(word);
  std::vector<std::string> texts;
  if (found == nullptr || found->is_null()) {
    return texts;
  }
  if (found->is_scalar()) {
    texts.push_back(found->text);
    return texts;
  }
  for (const Node& item : found->items) {
    if (item.is_scalar()) {
      texts.push_back(item.text);
    }
  }
  if (!found->is_list() || texts.size() != found->items.size()) {
    report(
        diagnostics_,
        SchemaFault::kWrongForm,
        found->range,
        fmt::format("'{}' of {} is a list of texts", word, what_)
    );
  }
  return texts;
}

std::optional<double> Words::number(std::string_view word) {
  const std::string written = text(word);
  if (written.empty()) {
    return std::nullopt;
  }
  double value = 0;
  const char* end = written.data() + written.size();
  const auto [at, error] = std::from_chars(written.data(), end, value);
  if (error != std::errc() || at != end) {
    report(
        diagnostics_,
        SchemaFault::kWrongForm,
        node_.find(word)->range,
        fmt::format("'{}' of {} is a number", word, what_)
    );
    return std::nullopt;
  }
  return value;
}

Duration Words::duration(std::string_view word, Duration fallback) {
  const std::string written = text(word);
  Duration duration = fallback;
  if (!written.empty() && !parse_duration(written, duration)) {
    report(
        diagnostics_,
        SchemaFault::kWrongForm,
        node_.find(word)->range,
        fmt::format("'{}' of {} is a duration such as 90s or 5m", word, what_)
    );
    return fallback;
  }
  return duration;
}

std::string Words::one_of(std::string_view word, const std::vector<std::string>& allowed) {
  std::string written = text(word);
  if (written.empty() || std::find(allowed.begin(), allowed.end(), written) != allowed.end()) {
    return written;
  }
  report(
      diagnostics_,
      SchemaFault::kWrongForm,
      node_.find(word)->range,
      fmt::format("'{}' is no {} of {}", written, word, what_),
      suggest(written, allowed)
  );
  return "";
}

void Words::finish() {
  for (const NodeEntry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) {
      report(
          diagnostics_,
          SchemaFault::kUnknownWord,
          entry.key_range,
          fmt::format("{} has no word '{}'", what_, entry.key),
          suggest(entry.key, known_)
      );
    }
  }
}

}  // namespace plumbline
