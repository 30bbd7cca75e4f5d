#include "controller/lint/report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// `name` is unlike those of all other cases: who reads them takes equal ones for one.
std::string junit_case(const Diagnostic& d, const ReportPlace& place, const std::string& name) {
  const std::string file = d.range.is_known() ? place.shown(d.range.file->name) : "manifest";
  std::string out = fmt::format(
      "    <testcase classname=\"{0}\" name=\"{1}\"{2} time=\"0\">\n",
      xml_escape(file),
      xml_escape(name),
      d.range.is_known()
          ? fmt::format(" file=\"{}\" line=\"{}\"", xml_escape(file), d.range.begin.line)
          : ""
  );
  const std::string words = fmt::format("{}\n{}\n", d.range.to_string(), message_of(d));
  if (d.severity == Severity::kInfo) {
    out += fmt::format("      <system-out>{}</system-out>\n", xml_escape(words));
  } else {
    out += fmt::format(
        "      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
        name_of(d.severity),
        xml_escape(d.summary),
        xml_escape(words)
    );
  }
  return out + "    </testcase>\n";
}

/// Of a workflow command's message; a property must not hold `:` and `,` either.
std::string command_escape(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : printable(text)) {
    const bool is_special =
        c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    out += is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string_view level_of(Severity severity, std::string_view info) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return info;
  }
  return info;
}

std::string message_of(const Diagnostic& finding) {
  std::string text = finding.detail.empty() ? finding.summary + "." : finding.detail;
  if (!finding.help.empty()) {
    text += " Help: " + finding.help + ".";
  }
  return text;
}

std::optional<std::string> ReportPlace::from_root(const std::string& file) const {
  const auto whole = (std::filesystem::path(folder) / file).lexically_normal();
  const std::string path = whole.lexically_relative(root).generic_string();
  const bool is_inside = !path.empty() && path != ".." && !path.starts_with("../");
  return is_inside ? std::optional(path) : std::nullopt;
}

std::string ReportPlace::shown(const std::string& file) const {
  return from_root(file).value_or(file);
}

std::string render_junit(const FindingSet& findings, const ReportFacts& facts) {
  const Diagnostics open = findings.open();
  std::set<std::string> clean(facts.files.begin(), facts.files.end());
  std::map<std::string, int> seen;
  std::string cases;
  for (const Diagnostic& d : open.all()) {
    std::string name = fmt::format("{} {}", d.id, d.address.empty() ? d.summary : d.address);
    if (const int before = seen[name]++; before > 0) {
      name += fmt::format(" ({})", before + 1);
    }
    cases += junit_case(d, facts.place, name);
    if (d.range.is_known()) {
      clean.erase(d.range.file->name);
    }
  }
  for (const std::string& file : clean) {
    cases += fmt::format(
        "    <testcase classname=\"{0}\" name=\"no findings\" file=\"{0}\" time=\"0\"/>\n",
        xml_escape(facts.place.shown(file))
    );
  }
  const std::string counts = fmt::format(
      "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"0\"",
      open.all().size() + clean.size(),
      open.count(Severity::kError) + open.count(Severity::kWarning)
  );
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"plumbline\" {0}>\n"
      "  <testsuite name=\"plumbline lint\" {0}>\n"
      "{1}  </testsuite>\n</testsuites>\n",
      counts,
      cases
  );
}

std::string render_github(const FindingSet& findings, const ReportFacts& facts) {
  std::string out;
  const Diagnostics open = findings.open();
  for (const Diagnostic& d : open.all()) {
    out += fmt::format("::{} ", level_of(d.severity, "notice"));
    if (d.range.is_known()) {
      out += fmt::format(
          "file={},line={},endLine={},col={},endColumn={},",
          command_escape(facts.place.shown(d.range.file->name), true),
          d.range.begin.line,
          std::max(d.range.begin.line, d.range.end.line),
          d.range.begin.column,
          std::max(d.range.begin.column, d.range.end.column)
      );
    }
    out += fmt::format(
        "title={}::{}\n",
        command_escape(fmt::format("{} {}", d.id, d.summary), true),
        command_escape(message_of(d), false)
    );
  }
  return out;
}

}  // namespace plumbline
