// Findings as SARIF. Section numbers are those of the OASIS standard; what GitHub takes of it is
// described in its "SARIF support for code scanning".
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/config/manifest_findings.h"
#include "controller/lint/line_hashes.h"
#include "controller/lint/lint.h"
#include "controller/lint/report.h"

namespace plumbline {

namespace {

constexpr std::string_view kRoot = "%SRCROOT%";

Value text_block(std::string_view text) {
  return Value::object({{"text", text}});
}

Value number(std::uint32_t value) {
  return static_cast<std::int64_t>(value);
}

/// The files of a run, in the order in which they were met, and the marks of their lines.
class Artifacts {
 public:
  explicit Artifacts(const ReportPlace& place) : place_(place) {}

  Value location(const std::string& file) {
    const auto [found, is_new] = index_.emplace(file, static_cast<std::int64_t>(files_.size()));
    if (is_new) {
      Value own = Value::object({{"location", address(file)}});
      own.set("sourceLanguage", "yaml");
      files_.push_back(std::move(own));
    }
    Value out = address(file);
    out.set("index", found->second);
    return out;
  }

  /// "" for a line that the file does not have.
  std::string mark(const SourceFile& file, std::uint32_t line) {
    const auto [found, is_new] = marks_.try_emplace(&file);
    if (is_new) {
      found->second = line_hashes(file.text);
    }
    return line == 0 || line > found->second.size() ? "" : found->second[line - 1];
  }

  [[nodiscard]] const List& all() const { return files_; }

 private:
  [[nodiscard]] Value address(const std::string& file) const {
    if (const auto path = place_.from_root(file)) {
      return Value::object({{"uri", percent_encode(*path, "/")}, {"uriBaseId", kRoot}});
    }
    const auto whole = (std::filesystem::path(place_.folder) / file).lexically_normal();
    return Value::object({{"uri", "file://" + percent_encode(whole.generic_string(), "/")}});
  }

  const ReportPlace& place_;
  List files_;
  std::map<std::string, std::int64_t> index_;
  std::map<const SourceFile*, std::vector<std::string>> marks_;
};

Value sarif_place(const SourceRange& range, Artifacts& artifacts) {
  Value region = Value::object(
      {{"startLine", number(range.begin.line)},
       {"startColumn", number(std::max(1U, range.begin.column))}}
  );
  if (range.end.line >= range.begin.line && range.end > range.begin) {
    region.set("endLine", number(range.end.line));
    region.set("endColumn", number(range.end.column));
  }
  return Value::object(
      {{"artifactLocation", artifacts.location(range.file->name)}, {"region", region}}
  );
}

// ---- Rules ----

/// What a rule is about, by the letters of its id: a tag.
std::string_view topic_of(std::string_view id) {
  constexpr auto kTopics = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"DB", "database"},
       {"IA", "identity"},
       {"LM", "function"},
       {"MF", "manifest"},
       {"NW", "network"},
       {"OP", "operations"},
       {"PX", "proxy"},
       {"RC", "reachability"},
       {"RF", "reference"},
       {"SG", "security-group"},
       {"SK", "secret"}}
  );
  for (const auto& [letters, topic] : kTopics) {
    if (id.starts_with(letters)) {
      return topic;
    }
  }
  return "lint";
}

/// How grave on the scale of CVSS what a finding lets others do is: GitHub sorts by it. "" for
/// rules about what does not work, which nobody can abuse.
std::string_view gravity_of(std::string_view id) {
  constexpr auto kGravities = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"DB006", "6.5"},
       {"DB008", "8.6"},
       {"DB009", "8.2"},
       {"DB010", "5.9"},
       {"IA004", "5.4"},
       {"IA011", "7.2"},
       {"NW010", "5.3"},
       {"PX010", "5.9"},
       {"PX016", "3.3"},
       {"RC004", "5.4"},
       {"RC005", "7.5"},
       {"SG002", "4.3"},
       {"SG008", "8.6"},
       {"SG009", "5.4"},
       {"SG013", "4.3"},
       {"SK003", "8.2"},
       {"SK005", "8.2"},
       {"SK010", "2.5"}}
  );
  const auto* const found = std::find_if(
      kGravities.begin(), kGravities.end(), [&](const auto& row) { return row.first == id; }
  );
  return found == kGravities.end() ? "" : found->second;
}

/// The headline as one word: "a client must use IAM" → "ClientMustUseIam". Words of one letter are
/// left out, and no capitals meet: readers take such a name for no identifier.
std::string name_for(std::string_view summary) {
  std::string out;
  for (std::string_view word : split(summary, ' ')) {
    std::string letters;
    for (const char c : to_lower(word)) {
      letters += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : "";
    }
    if (letters.size() > 1) {
      letters[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(letters[0])));
      out += letters;
    }
  }
  return out;
}

Severity usual_severity(const Diagnostic& d) {
  if (const Rule* rule = find_rule(d.id); rule != nullptr) {
    return rule->severity;
  }
  for (const FindingKind& kind : finding_kinds()) {
    if (kind.id == d.id) {
      return kind.severity;
    }
  }
  return d.severity;
}

Value sarif_rule(const Diagnostic& d) {
  const Rule* rule = find_rule(d.id);
  const std::string_view why = rule == nullptr ? "" : rule->why;
  std::string help = rule == nullptr ? d.help : std::string(rule->help);
  help = fmt::format("To mend it: {}.", help);
  const std::string more = fmt::format("plumbline explain {}", d.id);
  Value tags = Value::list({topic_of(d.id)});
  Value properties = Value::object({{"precision", "very-high"}});
  if (const std::string_view gravity = gravity_of(d.id); !gravity.empty()) {
    tags.as_list().emplace_back("security");
    properties.set("security-severity", gravity);
  }
  properties.set("tags", std::move(tags));
  return Value::object(
      {{"id", d.id},
       {"name", name_for(d.summary)},
       {"shortDescription", text_block(d.summary)},
       {"fullDescription",
        text_block(why.empty() ? d.summary + "." : fmt::format("{}. {}", d.summary, why))},
       {"help",
        Value::object(
            {{"text", fmt::format("{} `{}` shows an example.", help, more)},
             {"markdown",
              fmt::format(
                  "**{}**\n\n{}{}{}\n\n`{}` shows an example.\n",
                  d.summary,
                  why,
                  why.empty() ? "" : "\n\n",
                  help,
                  more
              )}}
        )},
       {"defaultConfiguration", Value::object({{"level", level_of(usual_severity(d), "note")}})},
       {"properties", properties}}
  );
}

// ---- Results ----

void add_standing(const Finding& finding, bool has_baseline, Value& result) {
  if (has_baseline) {
    result.set("baselineState", finding.standing == Standing::kKnown ? "unchanged" : "new");
  }
  const auto suppress = [&](std::string_view kind, std::string_view why) {
    result.set(
        "suppressions",
        Value::list({Value::object({{"kind", kind}, {"status", "accepted"}, {"justification", why}}
        )})
    );
  };
  switch (finding.standing) {
    case Standing::kOpen:
      return;
    case Standing::kIgnored:
      suppress("inSource", finding.reason);
      return;
    case Standing::kKnown:
      suppress("external", "The baseline knows it.");
      return;
  }
}

/// One fix that changes every file the edits are in.
Value sarif_fix(const Diagnostic& d, Artifacts& artifacts) {
  List changes;
  for (std::size_t i = 0; i < d.edits.size(); ++i) {
    const SourceFile* file = d.edits[i].range.file;
    const auto is_here = [file](const Edit& edit) { return edit.range.file == file; };
    if (std::any_of(d.edits.begin(), d.edits.begin() + static_cast<std::ptrdiff_t>(i), is_here)) {
      continue;
    }
    List replacements;
    for (const Edit& edit : d.edits) {
      if (is_here(edit)) {
        Value region = sarif_place(edit.range, artifacts).get("region");
        // An empty region is where something is put in; it must say its end to be empty.
        region.set("endLine", number(edit.range.end.line));
        region.set("endColumn", number(edit.range.end.column));
        replacements.push_back(Value::object(
            {{"deletedRegion", std::move(region)}, {"insertedContent", text_block(edit.text)}}
        ));
      }
    }
    changes.push_back(Value::object(
        {{"artifactLocation", artifacts.location(file->name)}, {"replacements", replacements}}
    ));
  }
  return Value::object({{"description", text_block(d.help)}, {"artifactChanges", changes}});
}

Value sarif_result(const Diagnostic& d, Artifacts& artifacts) {
  Value result = Value::object(
      {{"ruleId", d.id},
       {"level", level_of(d.severity, "note")},
       {"message", text_block(message_of(d))}}
  );
  Value location{Object{}};
  if (d.range.is_known()) {
    location.set("physicalLocation", sarif_place(d.range, artifacts));
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
          {{"id", static_cast<std::int64_t>(related.size())},
           {"physicalLocation", sarif_place(evidence.range, artifacts)},
           {"message", text_block(evidence.text)}}
      ));
    }
  }
  if (!related.empty()) {
    result.set("relatedLocations", related);
  }
  if (!d.edits.empty()) {
    result.set("fixes", Value::list({sarif_fix(d, artifacts)}));
  }
  return result;
}

/// Ours stays when the file moves; GitHub looks at its own only.
Value sarif_fingerprints(
    const Diagnostic& d, const std::string& fingerprint, Artifacts& artifacts
) {
  Value out = Value::object({{"plumbline/v1", fingerprint}});
  if (d.range.is_known()) {
    const std::string mark = artifacts.mark(*d.range.file, d.range.begin.line);
    if (!mark.empty()) {
      out.set("primaryLocationLineHash", mark);
    }
  }
  return out;
}

Value sarif_invocation(const ReportFacts& facts) {
  // Findings are no failure of the tool (3.20.14).
  return Value::object(
      {{"executionSuccessful", true}, {"exitCode", static_cast<std::int64_t>(facts.fails)}}
  );
}

}  // namespace

std::string render_sarif(const FindingSet& findings, const ReportFacts& facts) {
  Artifacts artifacts(facts.place);
  for (const std::string& file : facts.files) {
    artifacts.location(file);
  }
  std::map<std::string, std::int64_t> index;
  List rules;
  List results;
  const std::vector<std::string> fingerprints = findings.fingerprints();
  for (std::size_t i = 0; i < fingerprints.size(); ++i) {
    const Finding& finding = findings.all()[i];
    const Diagnostic& d = finding.diagnostic;
    const auto [found, is_new] = index.emplace(d.id, static_cast<std::int64_t>(rules.size()));
    if (is_new) {
      rules.push_back(sarif_rule(d));
    }
    Value result = sarif_result(d, artifacts);
    result.set("ruleIndex", found->second);
    result.set("partialFingerprints", sarif_fingerprints(d, fingerprints[i], artifacts));
    add_standing(finding, findings.has_baseline(), result);
    results.push_back(std::move(result));
  }
  const Value driver = Value::object(
      {{"name", "Plumbline"},
       {"version", PLUMBLINE_VERSION},
       {"semanticVersion", PLUMBLINE_VERSION},
       {"rules", rules}}
  );
  // Where the root is on this machine is nobody's business; what it is, is (3.14.14).
  const Value root = Value::object(
      {{"description",
        text_block("The root of the repository, or the folder in which lint was started.")}}
  );
  const Value run = Value::object(
      {{"tool", Value::object({{"driver", driver}})},
       {"invocations", Value::list({sarif_invocation(facts)})},
       {"originalUriBaseIds", Value::object({{std::string(kRoot), root}})},
       {"artifacts", artifacts.all()},
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

}  // namespace plumbline
