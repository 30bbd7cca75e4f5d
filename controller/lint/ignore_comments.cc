#include "controller/lint/ignore_comments.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/lint.h"
#include "controller/lint/own_findings.h"

namespace plumbline {

namespace {

constexpr std::string_view kMark = "# plumbline:ignore";

bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00";
  if (text.size() != kForm.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool wants_digit = kForm[i] == '0';
    if (wants_digit != (std::isdigit(static_cast<unsigned char>(text[i])) != 0) ||
        (!wants_digit && text[i] != kForm[i])) {
      return false;
    }
  }
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  const bool is_short = month == "04" || month == "06" || month == "09" || month == "11";
  const std::string_view last = month == "02" ? "29" : is_short ? "30" : "31";
  return month >= "01" && month <= "12" && day >= "01" && day <= last;
}

/// "SG008, RC001 until 2027-01-31: reason" into the comment.
void read_words(std::string_view text, IgnoreComment& comment) {
  const std::size_t colon = text.find(':');
  const std::string_view head = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    comment.reason = trim(text.substr(colon + 1));
  }
  std::string words(head);
  std::replace(words.begin(), words.end(), ',', ' ');
  bool is_date_next = false;
  for (const std::string_view word : split(words, ' ')) {
    if (word.empty()) {
      continue;
    }
    if (is_date_next) {
      comment.has_unreadable_date = !is_date(word);
      comment.until = word;
      is_date_next = false;
    } else if (word == "until") {
      is_date_next = true;
    } else {
      comment.ids.emplace_back(word);
    }
  }
  comment.has_unreadable_date = comment.has_unreadable_date || is_date_next;
}

/// Where a comment to lint begins, and its words; `begin` is npos when there is none.
struct Mark {
  std::size_t begin = std::string_view::npos, end = 0;
  bool is_exact = true;
};

/// Also what is meant for one: "#plumbline-ignore", "# Plumbline: ignore", "# plumbline:ignor".
Mark find_mark(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') {
      continue;
    }
    if (line.substr(at).starts_with(kMark)) {
      return {at, at + kMark.size(), true};
    }
    const std::size_t word = line.find_first_not_of("# \t", at);
    if (word == std::string_view::npos || to_lower(line.substr(word, 9)) != "plumbline") {
      continue;
    }
    const std::size_t next = line.find_first_not_of(" \t:-_", word + 9);
    if (next == std::string_view::npos) {
      continue;
    }
    const std::size_t end = std::min(line.find_first_of(" \t:", next), line.size());
    if (edit_distance(line.substr(next, end - next), "ignore") <= 1) {
      return {at, end, false};
    }
  }
  return {};
}

/// "SG008" or "sg8": letters, then digits.
bool is_like_id(std::string_view word) {
  constexpr std::size_t kLetters = 2;
  if (word.size() <= kLetters) {
    return false;
  }
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const std::string_view digits = word.substr(kLetters);
  return std::all_of(word.begin(), word.begin() + kLetters, is_letter) &&
         std::all_of(digits.begin(), digits.end(), is_digit);
}

bool is_blank_or_comment(std::string_view line) {
  const std::string_view content = trim(line);
  return content.empty() || content.front() == '#';
}

/// The farthest end of what begins on `line`.
void extend(const Node& node, std::uint32_t line, Position& end) {
  const auto grow = [&](const SourceRange& range, const SourceRange& whole) {
    if (range.begin.line == line) {
      end = std::max(end, whole.end);
    }
  };
  for (const NodeEntry& entry : node.entries) {
    grow(entry.key_range, entry.value.range.is_known() ? entry.value.range : entry.key_range);
    extend(entry.value, line, end);
  }
  for (const Node& item : node.items) {
    grow(item.range, item.range);
    extend(item, line, end);
  }
}

std::uint32_t count_lines(const SourceFile& file) {
  return static_cast<std::uint32_t>(1 + std::count(file.text.begin(), file.text.end(), '\n'));
}

void read_file(const Manifest& manifest, const SourceFile& file, std::vector<IgnoreComment>& out) {
  if (file.text.find("lumbline") == std::string::npos) {
    return;
  }
  const std::uint32_t lines = count_lines(file);
  for (std::uint32_t number = 1; number <= lines; ++number) {
    const std::string_view line = line_text(file, number);
    const Mark mark = find_mark(line);
    const std::size_t at = mark.begin;
    if (at == std::string_view::npos) {
      continue;
    }
    IgnoreComment comment;
    comment.is_misspelled = !mark.is_exact;
    read_words(line.substr(mark.end), comment);
    if (comment.is_misspelled && (comment.ids.empty() || !is_like_id(comment.ids.front()))) {
      continue;  // Somebody writes about plumbline.
    }
    const auto begin = static_cast<std::uint32_t>(code_points(line.substr(0, at))) + 1;
    comment.range = {
        &file, {number, begin}, {number, static_cast<std::uint32_t>(code_points(line)) + 1}};
    std::uint32_t target = number;
    while (target < lines && is_blank_or_comment(line_text(file, target))) {
      ++target;
    }
    const std::string_view meant = line_text(file, target);
    comment.scope = {
        &file, {target, 1}, {target, static_cast<std::uint32_t>(code_points(meant)) + 1}};
    for (const auto& document : manifest.documents) {
      if (document->range.file == &file) {
        extend(*document, target, comment.scope.end);
      }
    }
    out.push_back(std::move(comment));
  }
}

}  // namespace

bool IgnoreComment::covers(const Diagnostic& diagnostic) const {
  return !is_misspelled && std::find(ids.begin(), ids.end(), diagnostic.id) != ids.end() &&
         diagnostic.range.file == scope.file && diagnostic.range.begin >= scope.begin &&
         diagnostic.range.begin < scope.end;
}

bool IgnoreComment::is_over(const std::string& today) const {
  return has_unreadable_date || (!until.empty() && until < today);
}

void IgnoreComment::report(
    const std::string& today,
    const std::function<bool(const std::string& id)>& is_judged,
    Diagnostics& out
) const {
  const auto add = [&](std::string detail, std::string help) {
    Diagnostic finding;
    finding.severity = kVainComment.severity;
    finding.id = kVainComment.id;
    finding.summary = kVainComment.summary;
    finding.detail = std::move(detail);
    finding.help = std::move(help);
    finding.range = range;
    out.add(std::move(finding));
  };
  if (is_misspelled) {
    add("It is not read, because it does not begin as such a comment does.",
        fmt::format("write # plumbline:ignore {}: why", fmt::join(ids, ", ")));
  } else if (ids.empty()) {
    add("It names no rule.", "name the rule: # plumbline:ignore SG008: why");
  } else if (reason.empty()) {
    add("It says no reason, so it has no effect.",
        fmt::format("write why behind a colon: # plumbline:ignore {}: why", ids.front()));
  } else if (has_unreadable_date) {
    add(fmt::format("`{}` is no date, so it has no effect.", until),
        "write the last day as 2027-01-31");
  } else if (is_over(today)) {
    add(fmt::format("It ended with {}.", until), "mend what it hides, or give it a new date");
  } else {
    for (const std::string& id : ids) {
      if (const auto objection = objection_to_id(id)) {
        add(objection->detail, objection->help);
      } else if (!used.contains(id) && is_judged(id)) {
        add(fmt::format("`{}` finds nothing here.", id), "delete the comment");
      }
    }
  }
}

std::vector<IgnoreComment> read_ignore_comments(const Manifest& manifest) {
  std::vector<IgnoreComment> out;
  for (const SourceFile& file : manifest.sources.files()) {
    read_file(manifest, file, out);
  }
  return out;
}

}  // namespace plumbline
