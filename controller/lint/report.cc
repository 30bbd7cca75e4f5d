#include "controller/lint/report.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/lint/lint.h"

namespace plumbline {

namespace {

/// "error", "warning" or `info`, whatever the format calls the last.
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

std::string message_of(const Diagnostic& d) {
  std::string text = d.detail.empty() ? d.summary + "." : d.detail;
  if (!d.help.empty()) {
    text += " Help: " + d.help + ".";
  }
  return text;
}

// ---- SARIF ----

Value text_block(std::string_view text) {
  return Value::object({{"text", text}});
}

Value sarif_place(const SourceRange& range) {
  const auto number = [](std::uint32_t value) { return static_cast<std::int64_t>(value); };
  Value region = Value::object(
      {{"startLine", number(range.begin.line)},
       {"startColumn", number(std::max(1U, range.begin.column))}}
  );
  if (range.end.line >= range.begin.line && range.end > range.begin) {
    region.set("endLine", number(range.end.line));
    region.set("endColumn", number(range.end.column));
  }
  const Value artifact = Value::object({{"uri", percent_encode(range.file->name, "/")}});
  return Value::object({{"artifactLocation", artifact}, {"region", region}});
}

Value sarif_rule(const Diagnostic& d) {
  const Rule* rule = find_rule(d.id);
  Value out = Value::object({{"id", d.id}, {"shortDescription", text_block(d.summary)}});
  if (rule != nullptr) {
    if (!rule->why.empty()) {
      out.set("fullDescription", text_block(rule->why));
    }
    out.set("help", text_block(rule->help));
    out.set("defaultConfiguration", Value::object({{"level", level_of(rule->severity, "note")}}));
  }
  return out;
}

void add_standing(const Finding& finding, Value& result) {
  switch (finding.standing) {
    case Standing::kOpen:
      return;
    case Standing::kIgnored:
      result.set(
          "suppressions",
          Value::list({Value::object({{"kind", "inSource"}, {"justification", finding.reason}})})
      );
      return;
    case Standing::kKnown:
      result.set("baselineState", "unchanged");
      result.set("suppressions", Value::list({Value::object({{"kind", "external"}})}));
      return;
  }
}

/// One fix that changes every file the edits are in.
Value sarif_fix(const Diagnostic& d) {
  List changes;
  for (std::size_t i = 0; i < d.edits.size(); ++i) {
    const SourceFile* file = d.edits[i].range.file;
    const auto is_here = [file](const Edit& edit) { return edit.range.file == file; };
    if (std::any_of(d.edits.begin(), d.edits.begin() + static_cast<std::ptrdiff_t>(i), is_here)) {
      continue;
    }
    List replacements;
    Value artifact;
    for (const Edit& edit : d.edits) {
      if (is_here(edit)) {
        const Value place = sarif_place(edit.range);
        artifact = place.get("artifactLocation");
        Value region = place.get("region");
        // An empty region is where something is put in; it must say its end to be empty.
        region.set("endLine", static_cast<std::int64_t>(edit.range.end.line));
        region.set("endColumn", static_cast<std::int64_t>(edit.range.end.column));
        replacements.push_back(Value::object(
            {{"deletedRegion", std::move(region)}, {"insertedContent", text_block(edit.text)}}
        ));
      }
    }
    changes.push_back(Value::object({{"artifactLocation", artifact}, {"replacements", replacements}}
    ));
  }
  return Value::object({{"description", text_block(d.help)}, {"artifactChanges", changes}});
}

Value sarif_result(
    const Finding& finding, const std::string& fingerprint, std::int64_t rule_index
) {
  const Diagnostic& d = finding.diagnostic;
  Value result = Value::object(
      {{"ruleId", d.id},
       {"ruleIndex", rule_index},
       {"level", level_of(d.severity, "note")},
       {"message", text_block(message_of(d))},
       {"partialFingerprints", Value::object({{"plumbline/v1", fingerprint}})}}
  );
  Value location{Object{}};
  if (d.range.is_known()) {
    location.set("physicalLocation", sarif_place(d.range));
  }
  if (!d.address.empty()) {
    const Value name = Value::object({{"fullyQualifiedName", d.address}, {"kind", "resource"}});
    location.set("logicalLocations", Value::list({name}));
  }
  result.set("locations", location.as_object().empty() ? Value(List{}) : Value::list({location}));
  List related;
  for (const Evidence& evidence : d.evidence) {
    if (evidence.range.is_known()) {
      related.push_back(Value::object(
          {{"physicalLocation", sarif_place(evidence.range)},
           {"message", text_block(evidence.text)}}
      ));
    }
  }
  if (!related.empty()) {
    result.set("relatedLocations", related);
  }
  if (!d.edits.empty()) {
    result.set("fixes", Value::list({sarif_fix(d)}));
  }
  add_standing(finding, result);
  return result;
}

// ---- XML and workflow commands ----

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

std::string junit_case(const Diagnostic& d) {
  const std::string file = d.range.is_known() ? d.range.file->name : "manifest";
  std::string out = fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"0\">\n",
      xml_escape(file),
      xml_escape(fmt::format("{} {}", d.id, d.address.empty() ? d.summary : d.address)),
      xml_escape(file),
      d.range.begin.line
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

std::string render_sarif(const FindingSet& findings) {
  std::map<std::string, std::int64_t> index;
  List rules;
  List results;
  const std::vector<std::string> fingerprints = findings.fingerprints();
  for (std::size_t i = 0; i < fingerprints.size(); ++i) {
    const Finding& finding = findings.all()[i];
    const auto [found, is_new] =
        index.emplace(finding.diagnostic.id, static_cast<std::int64_t>(rules.size()));
    if (is_new) {
      rules.push_back(sarif_rule(finding.diagnostic));
    }
    results.push_back(sarif_result(finding, fingerprints[i], found->second));
  }
  const Value driver = Value::object(
      {{"name", "Plumbline"}, {"semanticVersion", PLUMBLINE_VERSION}, {"rules", rules}}
  );
  const Value run = Value::object(
      {{"tool", Value::object({{"driver", driver}})},
       {"columnKind", "unicodeCodePoints"},
       {"results", results}}
  );
  const Value whole = Value::object(
      {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
       {"version", "2.1.0"},
       {"runs", Value::list({run})}}
  );
  return show_json(whole, JsonStyle::kPretty) + "\n";
}

std::string render_junit(const FindingSet& findings, const std::vector<std::string>& files) {
  const Diagnostics open = findings.open();
  std::set<std::string> clean(files.begin(), files.end());
  std::string cases;
  for (const Diagnostic& d : open.all()) {
    cases += junit_case(d);
    if (d.range.is_known()) {
      clean.erase(d.range.file->name);
    }
  }
  for (const std::string& file : clean) {
    cases += fmt::format(
        "    <testcase classname=\"{0}\" name=\"no findings\" file=\"{0}\" time=\"0\"/>\n",
        xml_escape(file)
    );
  }
  const std::size_t failures = open.count(Severity::kError) + open.count(Severity::kWarning);
  const std::size_t tests = open.all().size() + clean.size();
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"plumbline\" tests=\"{0}\" failures=\"{1}\">\n"
      "  <testsuite name=\"plumbline lint\" tests=\"{0}\" failures=\"{1}\" errors=\"0\">\n"
      "{2}  </testsuite>\n</testsuites>\n",
      tests,
      failures,
      cases
  );
}

std::string render_github(const FindingSet& findings) {
  std::string out;
  const Diagnostics open = findings.open();
  for (const Diagnostic& d : open.all()) {
    out += fmt::format("::{} ", level_of(d.severity, "notice"));
    if (d.range.is_known()) {
      out += fmt::format(
          "file={},line={},endLine={},col={},endColumn={},",
          command_escape(d.range.file->name, true),
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
