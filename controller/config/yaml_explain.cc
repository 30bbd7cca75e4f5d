// The second half of TextMap: words for what is wrong. Runs only when a parser gave up, so it may
// read the text from its start.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_findings.h"
#include "controller/config/yaml_text.h"

namespace plumbline {

namespace {

/// yaml-cpp's messages; some go on with the character they are about.
struct FaultRow {
  std::string_view message;
  YamlFault fault;
};

constexpr FaultRow kFaults[] = {
    {"bad file", YamlFault::kDepth},
    {"illegal tab when looking for indentation", YamlFault::kTab},
    {"end of map flow not found", YamlFault::kFlowOpen},
    {"end of sequence flow not found", YamlFault::kFlowOpen},
    {"illegal document indicator in scalar", YamlFault::kFlowOpen},
    {"illegal flow end", YamlFault::kFlowClose},
    {"illegal map value", YamlFault::kSecondColon},
    {"illegal map key", YamlFault::kSecondColon},
    {"end of map not found", YamlFault::kIndentation},
    {"end of sequence not found", YamlFault::kIndentation},
    {"illegal block entry", YamlFault::kDash},
    {"unknown token", YamlFault::kCharacter},
    {"unknown escape character", YamlFault::kEscape},
    {"bad character found while scanning hex number", YamlFault::kEscape},
    {"invalid unicode", YamlFault::kEscape},
    {"the referenced anchor is not defined", YamlFault::kAlias},
    {"alias not found after *", YamlFault::kAlias},
    {"anchor not found after &", YamlFault::kAlias},
    {"illegal character found while scanning a", YamlFault::kAlias},
    {"illegal EOF in scalar", YamlFault::kQuote},
    {"cannot set zero indentation", YamlFault::kBlock},
    {"unexpected character in block scalar", YamlFault::kBlock},
    {"illegal character found while scanning tag", YamlFault::kTag},
    {"tag handle with no suffix", YamlFault::kTag},
    {"end of verbatim tag not found", YamlFault::kTag},
    {"cannot assign multiple tags", YamlFault::kTag},
    {"YAML directives must have", YamlFault::kDirective},
    {"bad YAML version", YamlFault::kDirective},
    {"YAML major version too large", YamlFault::kDirective},
    {"repeated YAML directive", YamlFault::kDirective},
    {"TAG directives must have", YamlFault::kDirective},
    {"repeated TAG directive", YamlFault::kDirective},
};

/// What is said where nothing more is known than the parser's own reason.
struct WordsRow {
  YamlFault fault;
  std::string_view detail, help;
};

constexpr WordsRow kWords[] = {
    {YamlFault::kTab, "A tab stands where indentation is expected.", "indent with spaces"},
    {YamlFault::kFlowOpen, "A list or map in brackets is not closed.", "write the closing bracket"},
    {YamlFault::kFlowClose,
     "This bracket closes nothing.",
     "delete it, or write its opening bracket"},
    {YamlFault::kSecondColon,
     "A second `: ` stands in a value without quotes.",
     "put the value in single quotes"},
    {YamlFault::kDash,
     "A list item cannot start on the line of its key.",
     "put `- ` on a line of its own"},
    {YamlFault::kCharacter,
     "A text without quotes cannot start with this character.",
     "put the text in single quotes"},
    {YamlFault::kAlias,
     "Anchors and aliases (& and *) are not read.",
     "write the value out, or put a text that begins so in single quotes"},
    {YamlFault::kIndentation,
     "The line fits neither the block above it nor the one around it.",
     "align it with its siblings"},
    {YamlFault::kQuote, "The text ends inside quotes.", "write the closing quote"},
    {YamlFault::kBlock,
     "Behind | or > stand only an indentation of 1 to 9 and + or -.",
     "begin the text on the next line"},
    {YamlFault::kTag,
     "A tag (!) is not read.",
     "delete it, or put a text that begins so in single quotes"},
    {YamlFault::kDirective, "Directives (%) are not read.", "delete the line"},
    {YamlFault::kOther,
     "The text cannot be read from here on.",
     "check quotes, brackets and indentation"},
};

/// What word processors write for the dash of a list.
constexpr std::string_view kDashes[] = {
    "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\xA2", "\xE2\x88\x92"};

/// What version control leaves where two versions were not joined.
constexpr std::string_view kMergeMarks[] = {"<<<<<<< ", "=======", ">>>>>>> "};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// Where a quote or a comment may begin.
bool is_token_start(std::string_view text, std::size_t at) {
  return at == 0 || std::string_view(" \t\n[{,").find(text[at - 1]) != std::string_view::npos;
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_content(std::string_view line) {
  const std::string_view text = trim(line);
  return !text.empty() && !text.starts_with('#');
}

/// Where `key:value` lacks its space: the offset of the colon in the line.
std::optional<std::size_t> tight_colon(std::string_view line) {
  std::size_t at = indent_of(line);
  while (line.substr(at).starts_with("- ")) {
    at += 2;
  }
  const std::size_t begin = at;
  while (at < line.size() && is_word(line[at])) {
    ++at;
  }
  const bool is_tight = at > begin && at + 1 < line.size() && line[at] == ':' &&
                        line[at + 1] != ' ' && line[at + 1] != ':' && line[at + 1] != '/';
  return is_tight ? std::optional(at) : std::nullopt;
}

}  // namespace

YamlFault yaml_fault(std::string_view message) {
  const auto* const row = std::find_if(std::begin(kFaults), std::end(kFaults), [&](const auto& r) {
    return message.starts_with(r.message);
  });
  return row == std::end(kFaults) ? YamlFault::kOther : row->fault;
}

TextMap::Surroundings TextMap::surroundings(std::size_t offset) const {
  Surroundings found;
  const std::size_t here = line_of(offset);
  for (std::size_t i = 0; i < std::min(offset, text_.size()); ++i) {
    const char c = text_[i];
    const bool starts_token = is_token_start(text_, i);
    if (c == '#' && starts_token) {
      i = std::min(text_.find('\n', i), text_.size());
    } else if ((c == '"' || c == '\'') && starts_token) {
      const auto close = end_of_quoted(i);
      const std::size_t end = close.value_or(text_.size());
      if (!close) {
        found.open_quote = i;
      }
      if (line_of(i) != line_of(end - 1) && line_of(end - 1) >= here) {
        found.quote = i;
      }
      i = end - 1;
    } else if ((c == '[' || c == '{') && (starts_token || !found.brackets.empty())) {
      found.brackets.push_back(i);
    } else if ((c == ']' || c == '}') && !found.brackets.empty()) {
      found.brackets.pop_back();
    }
  }
  return found;
}

std::size_t TextMap::content_before(std::size_t line_index) const {
  std::size_t before = line_index;
  while (before > 0 && !is_content(line(--before))) {
  }
  return before;
}

/// Behind the bracket that closes the one at `opener`.
std::optional<std::size_t> TextMap::end_of_brackets(std::size_t opener) const {
  std::size_t depth = 0;
  for (std::size_t i = opener; i < text_.size(); ++i) {
    const char c = text_[i];
    const bool starts_token = is_token_start(text_, i);
    if (c == '#' && starts_token) {
      i = std::min(text_.find('\n', i), text_.size());
    } else if ((c == '"' || c == '\'') && starts_token) {
      i = end_of_quoted(i).value_or(text_.size()) - 1;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

/// Whether the innermost bracket around `offset` has no end.
bool TextMap::is_never_closed(std::size_t offset) const {
  const Surroundings open = surroundings(offset);
  return !open.brackets.empty() && !end_of_brackets(open.brackets.back());
}

/// A bracket or a quote that was opened before `offset` and should have been closed.
std::optional<Diagnostic> TextMap::explain_opener(std::size_t offset) {
  const Surroundings open = surroundings(offset);
  if (open.quote) {
    return explain_quote(*open.quote);
  }
  if (open.brackets.empty()) {
    return std::nullopt;
  }
  const std::size_t opener = open.brackets.back();
  const SourceRange stop = range(offset, offset + 1);
  if (end_of_brackets(opener) && offset < text_.size()) {
    Diagnostic finding = make_finding(
        kNotWellFormed,
        stop,
        fmt::format("This does not go on with what stands in the {} before it.", text_[opener]),
        "write a comma between entries, and texts that hold brackets, commas or `: ` in quotes"
    );
    finding.evidence.push_back({"the bracket is opened here", range(opener, opener + 1)});
    return finding;
  }
  Diagnostic finding = make_finding(
      kNotWellFormed,
      range(opener, opener + 1),
      fmt::format("The {} opened here is never closed.", text_[opener]),
      fmt::format("write the closing {}", text_[opener] == '{' ? '}' : ']')
  );
  finding.evidence.push_back({"reading stopped here", stop});
  return finding;
}

Diagnostic TextMap::explain_quote(std::size_t quote) {
  const auto end = end_of_quoted(quote);
  return make_finding(
      kNotWellFormed,
      range(quote, quote + 1),
      end ? fmt::format(
                "The quote opened here is not closed before line {}; all between is one text.",
                line_of(*end - 1) + 1
            )
          : "The quote opened here is never closed.",
      fmt::format("write the closing {}", text_[quote])
  );
}

/// Tabs, a colon without its space, a child under a key that has a value already.
std::optional<Diagnostic> TextMap::explain_layout(std::size_t line_index) {
  const std::string_view text = line(line_index);
  const std::size_t begin = starts_[line_index];
  const std::size_t tab = text.substr(0, text.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos) {
    return make_finding(
        kNotWellFormed,
        range(begin + tab, begin + tab + 1),
        "The line is indented with a tab; YAML takes spaces only.",
        "indent with spaces"
    );
  }
  const std::size_t before = content_before(line_index);
  for (const std::size_t index : {line_index, before}) {
    if (const auto colon = tight_colon(line(index))) {
      const std::size_t at = starts_[index] + *colon;
      return make_finding(
          kNotWellFormed,
          range(at, at + 1),
          "There is no space after the colon, so this line is read as a text and not as a key "
          "with a value.",
          "write a space after the colon"
      );
    }
  }
  if (auto finding = explain_missing_colon_above(line_index)) {
    return finding;
  }
  return explain_child(line_index);
}

/// A line that is indented for something else than what stands above it.
std::optional<Diagnostic> TextMap::explain_child(std::size_t line_index) {
  const std::string_view text = line(line_index);
  const std::size_t before = content_before(line_index);
  const std::string_view above = trim(line(before));
  const std::size_t colon = above.find(": ");
  const std::size_t at = starts_[line_index] + indent_of(text);
  const std::size_t end = starts_[line_index] + text.size();
  if (before < line_index && indent_of(text) > indent_of(line(before)) &&
      colon != std::string_view::npos && text.find(':') != std::string_view::npos) {
    return make_finding(
        kNotWellFormed,
        range(at, end),
        fmt::format(
            "The line is indented as if it belonged to `{}`, which already has a value on its own "
            "line.",
            above.substr(0, colon)
        ),
        "align the line with its siblings, or move the value above into the block"
    );
  }
  // The text of `key: |` that begins no deeper than its key is none, and the rest does not fit.
  for (const std::size_t index : {line_index, before}) {
    const std::string_view owner = line(content_before(index));
    if (index > 0 && (owner.ends_with(": |") || owner.ends_with(": >")) &&
        indent_of(line(index)) <= indent_of(owner)) {
      const std::size_t first = starts_[index] + indent_of(line(index));
      return make_finding(
          kNotWellFormed,
          range(first, starts_[index] + line(index).size()),
          fmt::format(
              "The text below {} is not indented deeper than its key.", in_ticks(trim(owner))
          ),
          "indent every line of the text by two spaces more than the key"
      );
    }
  }
  return std::nullopt;
}

/// Marks that no one wrote as YAML: of a merge, or of a word processor.
std::optional<Diagnostic> TextMap::explain_marks(std::size_t line_index) {
  for (std::size_t index = 0; index < starts_.size(); ++index) {
    for (const std::string_view mark : kMergeMarks) {
      if (line(index).starts_with(mark)) {
        return make_finding(
            kNotWellFormed,
            range(starts_[index], starts_[index] + line(index).size()),
            "Two versions of the file were merged and not joined.",
            "choose one of the two, and delete the lines with <<<<<<<, ======= and >>>>>>>"
        );
      }
    }
  }
  const std::string_view text = line(line_index);
  const std::size_t at = indent_of(text);
  for (const std::string_view dash : kDashes) {
    if (text.substr(at).starts_with(dash)) {
      const std::size_t begin = starts_[line_index] + at;
      return make_finding(
          kNotWellFormed,
          range(begin, begin + dash.size()),
          "The line begins with a sign that only looks like the dash of a list item.",
          "write - instead"
      );
    }
  }
  return std::nullopt;
}

/// What goes on behind a value that has ended on the same line.
std::optional<Diagnostic> TextMap::explain_rest(std::size_t offset) {
  const std::size_t start = starts_[line_of(offset)];
  const std::string_view before = trim(text_.substr(start, offset - start));
  if (before.empty() || std::string_view("]}'\"").find(before.back()) == std::string_view::npos ||
      offset >= text_.size()) {
    return std::nullopt;
  }
  return make_finding(
      kNotWellFormed,
      range(offset, offset + 1),
      fmt::format("The value ended at the {} before this.", before.back()),
      "delete what follows, or put the whole value in single quotes"
  );
}

Diagnostic TextMap::explain_escape(std::size_t offset) {
  const std::size_t found = text_.substr(0, offset).rfind('\\');
  const std::size_t begin = found == std::string_view::npos ? offset : found;
  const std::string_view escape = text_.substr(begin, 2);
  const int digits = escape == "\\x" ? 2 : escape == "\\u" ? 4 : escape == "\\U" ? 8 : 0;
  return make_finding(
      kNotWellFormed,
      range(begin, begin + escape.size()),
      digits > 0
          ? fmt::format("`{}` takes the {} hexadecimal digits of a character.", escape, digits)
          : fmt::format("`{}` is no escape that double quotes know.", escape),
      "use single quotes, or write \\\\ for a \\"
  );
}

Diagnostic TextMap::explain(YamlFault fault, std::size_t offset) {
  offset = std::min(offset, text_.size());
  std::size_t index = line_of(offset);
  while (index > 0 && offset == text_.size() && !is_content(line(index))) {
    --index;
  }
  if (fault == YamlFault::kDepth) {
    return make_finding(
        kOutsideSubset,
        range(offset, offset + 1),
        "Lists and maps are nested deeper than 64.",
        "flatten the document"
    );
  }
  if (auto finding = explain_marks(index)) {
    return *std::move(finding);
  }
  if (const auto quote = surroundings(text_.size()).open_quote;
      quote && (fault == YamlFault::kQuote || offset == text_.size())) {
    return explain_quote(*quote);
  }
  if (fault == YamlFault::kEscape) {
    return explain_escape(offset);
  }
  const bool is_in_open_flow = fault == YamlFault::kDash && is_never_closed(offset);
  if (fault == YamlFault::kFlowOpen || fault == YamlFault::kIndentation || is_in_open_flow) {
    if (auto finding = explain_opener(offset)) {
      return *std::move(finding);
    }
  }
  const bool is_about_layout = fault == YamlFault::kTab || fault == YamlFault::kSecondColon ||
                               fault == YamlFault::kIndentation || fault == YamlFault::kOther;
  if (is_about_layout) {
    if (auto finding = explain_layout(index)) {
      return *std::move(finding);
    }
  }
  if (fault == YamlFault::kIndentation) {
    if (auto finding = explain_rest(offset)) {
      return *std::move(finding);
    }
  }
  const auto* const words = std::find_if(
      std::begin(kWords), std::end(kWords), [&](const WordsRow& row) { return row.fault == fault; }
  );
  const WordsRow& row = words == std::end(kWords) ? *std::prev(std::end(kWords)) : *words;
  return make_finding(
      kNotWellFormed, range(offset, offset + 1), std::string(row.detail), std::string(row.help)
  );
}

Diagnostic TextMap::explain_missing_key(std::size_t begin, std::size_t end) {
  const SourceRange place = range(begin, std::max(begin + 1, end));
  const std::string_view rest = text_.substr(std::min(begin, text_.size()));
  if (rest.starts_with("//") || rest.starts_with("/*")) {
    return make_finding(
        kNotWellFormed, place, "YAML has no comments of this form.", "write the comment behind #"
    );
  }
  if (!rest.empty() && (is_word(rest[0]) || rest[0] == '"' || rest[0] == '\'') && begin == end) {
    return make_finding(
        kNotWellFormed,
        place,
        "A key is one line of at most 512 bytes, with a colon behind it.",
        "shorten it, or write it on one line"
    );
  }
  return make_finding(
      kNotWellFormed,
      place,
      "A key has no text here.",
      "write the key before the colon, in quotes if it is null or ~"
  );
}

Diagnostic TextMap::explain_compound_key(std::size_t begin) {
  const char first = begin < text_.size() ? text_[begin] : '\0';
  // A parser takes what is never closed for a key that waits for its colon.
  if ((first == '[' || first == '{') && !end_of_brackets(begin)) {
    return make_finding(
        kNotWellFormed,
        range(begin, begin + 1),
        fmt::format("The {} opened here is never closed.", first),
        fmt::format("write the closing {}", first == '{' ? '}' : ']')
    );
  }
  return make_finding(
      kOutsideSubset,
      range(begin, begin + 1),
      "A list or a map cannot be a key.",
      "write a text; put it in quotes if it holds braces"
  );
}

std::optional<Diagnostic> TextMap::find_directive() {
  for (std::size_t index = 0; index < starts_.size(); ++index) {
    const std::string_view text = line(index);
    const bool is_version = text.starts_with("%YAML 1.");
    if (text.starts_with('%') && !is_version) {
      return make_finding(
          kOutsideSubset,
          range(starts_[index], starts_[index] + text.size()),
          "Directives (%) are not read.",
          "delete the line"
      );
    }
    if (is_content(text) && !is_version) {
      break;
    }
  }
  return std::nullopt;
}

}  // namespace plumbline
