#include "controller/base/diagnostics.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/base/value.h"

namespace plumbline {

namespace {

struct Paint {
  std::string_view severity, place, bold, reset;
};

Paint paint_for(Severity severity, Colour colour) {
  if (colour == Colour::kNever) {
    return {"", "", "", ""};
  }
  const std::string_view code = severity == Severity::kError     ? "\033[1;31m"
                                : severity == Severity::kWarning ? "\033[1;33m"
                                                                 : "\033[1;36m";
  return {code, "\033[34m", "\033[1m", "\033[0m"};
}

// A line of the source is shown in part when it is longer than this; the caret stays in sight.
constexpr std::size_t kMaxExcerpt = 160;
constexpr std::size_t kBeforeCaret = 60;

std::vector<std::string_view> code_points(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
      ++end;
    }
    out.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

/// Ranges that no excerpt shows.
using Hidden = std::vector<SourceRange>;

bool is_hidden(const Hidden& hidden, const SourceFile* file, Position at) {
  return std::any_of(hidden.begin(), hidden.end(), [&](const SourceRange& range) {
    return range.file == file && range.begin <= at && at < range.end;
  });
}

/// The source line and the caret line under it.
void render_excerpt(
    std::string& out, const SourceRange& range, const Hidden& hidden, const Paint& paint
) {
  const std::string number = fmt::format("{}", range.begin.line);
  const std::string margin(number.size(), ' ');
  const std::vector<std::string_view> line = code_points(line_text(*range.file, range.begin.line));
  const std::size_t width = line.size();
  const std::size_t begin = std::clamp<std::size_t>(range.begin.column, 1, width + 1) - 1;
  const bool ends_here = range.end.line == range.begin.line && range.end.column > 0;
  const std::size_t end = std::max(begin + 1, ends_here ? range.end.column - 1 : width);
  const std::size_t from = width <= kMaxExcerpt ? 0 : begin - std::min(begin, kBeforeCaret);
  const std::size_t to = std::min(width, from + kMaxExcerpt);
  std::string text = from > 0 ? "…" : "";
  for (std::size_t i = from; i < to; ++i) {
    const Position at{range.begin.line, static_cast<std::uint32_t>(i + 1)};
    // A tab is as wide as the terminal likes; one column keeps the caret where it belongs.
    text += is_hidden(hidden, range.file, at) ? "*" : line[i] == "\t" ? " " : printable(line[i]);
  }
  text += to < width ? "…" : "";
  const std::size_t carets = std::max<std::size_t>(std::min(end, to), begin + 1) - begin;
  out += fmt::format(" {}{} |{}\n", paint.place, margin, paint.reset);
  out += fmt::format(" {}{} |{} {}\n", paint.place, number, paint.reset, text);
  out += fmt::format(
      " {}{} |{} {}{}{}{}\n",
      paint.place,
      margin,
      paint.reset,
      std::string(begin - from + (from > 0 ? 1 : 0), ' '),
      paint.severity,
      std::string(carets, '^'),
      paint.reset
  );
}

/// A name or a value with a line end in it must not look like a finding of its own.
std::string one_line(std::string_view text) {
  std::string out = printable(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

void render_one(std::string& out, const Diagnostic& d, const Hidden& hidden, Colour colour) {
  const Paint paint = paint_for(d.severity, colour);
  const std::string id = d.id.empty() ? "" : fmt::format("[{}]", d.id);
  out += fmt::format(
      "{}{}{}{}: {}{}{}\n",
      paint.severity,
      name_of(d.severity),
      id,
      paint.reset,
      paint.bold,
      printable(d.summary),
      paint.reset
  );
  if (d.range.is_known()) {
    out += fmt::format("  {}-->{} {}", paint.place, paint.reset, one_line(d.range.to_string()));
    out += d.address.empty() ? "\n" : fmt::format(" ({})\n", one_line(d.address));
    render_excerpt(out, d.range, hidden, paint);
  } else if (!d.address.empty()) {
    out += fmt::format("  {}-->{} {}\n", paint.place, paint.reset, one_line(d.address));
  }
  if (!d.detail.empty()) {
    out += fmt::format("  {}\n", one_line(d.detail));
  }
  for (const Evidence& evidence : d.evidence) {
    const std::string where = one_line(evidence.range.to_string());
    out +=
        fmt::format("  - {}{}\n", one_line(evidence.text), where.empty() ? "" : " (" + where + ")");
  }
  if (!d.help.empty()) {
    out += fmt::format("  {}help:{} {}\n", paint.bold, paint.reset, one_line(d.help));
  }
}

Value range_to_json(const SourceRange& range) {
  if (!range.is_known()) {
    return {};
  }
  return Value::object({
      {"file", range.file->name},
      {"line", static_cast<std::int64_t>(range.begin.line)},
      {"column", static_cast<std::int64_t>(range.begin.column)},
      {"endLine", static_cast<std::int64_t>(range.end.line)},
      {"endColumn", static_cast<std::int64_t>(range.end.column)},
  });
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return "info";
  }
  return "?";
}

Diagnostic& Diagnostics::add(Diagnostic diagnostic) {
  return all_.emplace_back(std::move(diagnostic));
}

void Diagnostics::append(const Diagnostics& other) {
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
}

std::vector<Diagnostic> Diagnostics::take() {
  return std::exchange(all_, {});
}

bool Diagnostics::has_errors() const {
  return count(Severity::kError) > 0;
}

std::size_t Diagnostics::count(Severity severity) const {
  return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [&](const auto& d) {
    return d.severity == severity;
  }));
}

void Diagnostics::sort() {
  const auto key = [](const Diagnostic& d) {
    return std::tuple(
        d.range.is_known() ? std::string_view(d.range.file->name) : std::string_view(),
        d.range.begin,
        std::string_view(d.id)
    );
  };
  const auto before = [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); };
  if (!std::is_sorted(all_.begin(), all_.end(), before)) {
    std::stable_sort(all_.begin(), all_.end(), before);
  }
}

std::string render_human(const Diagnostics& diagnostics, Colour colour) {
  std::string out;
  Hidden hidden;
  for (const Diagnostic& d : diagnostics.all()) {
    hidden.insert(hidden.end(), d.hidden.begin(), d.hidden.end());
  }
  for (const Diagnostic& d : diagnostics.all()) {
    if (!out.empty()) {
      out += '\n';
    }
    render_one(out, d, hidden, colour);
  }
  return out;
}

Value to_json(const Diagnostics& diagnostics) {
  List list;
  for (const Diagnostic& d : diagnostics.all()) {
    Value item = Value::object({
        {"severity", name_of(d.severity)},
        {"id", d.id},
        {"summary", d.summary},
        {"detail", d.detail},
        {"help", d.help},
        {"address", d.address},
        {"range", range_to_json(d.range)},
    });
    List evidence;
    for (const Evidence& e : d.evidence) {
      evidence.push_back(Value::object({{"text", e.text}, {"range", range_to_json(e.range)}}));
    }
    item.set("evidence", Value(std::move(evidence)));
    List fixes;
    for (const Edit& edit : d.edits) {
      fixes.push_back(Value::object({{"range", range_to_json(edit.range)}, {"text", edit.text}}));
    }
    item.set("fixes", Value(std::move(fixes)));
    list.push_back(std::move(item));
  }
  return Value(std::move(list));
}

}  // namespace plumbline
