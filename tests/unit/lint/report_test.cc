// The forms that CI systems read, over one small set of findings.
#include "controller/lint/report.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline {
namespace {

class Report : public ::testing::Test {
 protected:
  Report() {
    Diagnostic finding;
    finding.id = "SG008";
    finding.severity = Severity::kWarning;
    finding.summary = "a database port is open to everyone";
    finding.detail = "Rule <1> of \"db\" says: 100 %\nanyone.";
    finding.help = "name the clients";
    finding.address = "securityGroups.db";
    finding.range = {&file_, {2, 3}, {2, 9}};
    finding.evidence.push_back({"the group", {&file_, {1, 1}, {1, 3}}});
    Diagnostics found;
    found.add(finding);
    findings_ = FindingSet({}, found, nullptr, "2026-11-20");
  }

  SourceFile file_{"a b/m,1.yaml", "db:\n  ingress: open\n"};
  FindingSet findings_;
};

TEST_F(Report, SarifNamesRulePlaceEvidenceAndFingerprint) {
  const auto sarif = parse_json(render_sarif(findings_));
  ASSERT_TRUE(sarif);
  EXPECT_EQ(sarif->text_of("version"), "2.1.0");
  const Value& run = sarif->get("runs").as_list().front();
  const Value& rule = run.get_path("tool.driver.rules").as_list().front();
  EXPECT_EQ(rule.text_of("id"), "SG008");
  EXPECT_FALSE(rule.get_path("help.text").as_text().empty());
  const Value& result = run.get("results").as_list().front();
  EXPECT_EQ(result.text_of("level"), "warning");
  const Value& place = result.get("locations").as_list().front();
  EXPECT_EQ(place.get_path("physicalLocation.artifactLocation.uri"), Value("a%20b/m%2C1.yaml"));
  EXPECT_EQ(
      show_json(place.get_path("physicalLocation.region")),
      R"({"startLine":2,"startColumn":3,"endLine":2,"endColumn":9})"
  );
  EXPECT_EQ(result.get("relatedLocations").size(), 1U);
  EXPECT_EQ(result.get_path("partialFingerprints").size(), 1U);
  EXPECT_TRUE(result.get("suppressions").is_null());
}

TEST_F(Report, SarifOffersTheEditsAsOneFix) {
  Diagnostic finding = findings_.all().front().diagnostic;
  finding.edits = {{{&file_, {1, 1}, {1, 3}}, "data"}, {{&file_, {2, 16}, {2, 16}}, " # é"}};
  Diagnostics found;
  found.add(finding);
  const auto sarif = parse_json(render_sarif(FindingSet({}, found, nullptr, "2026-11-20")));
  ASSERT_TRUE(sarif);
  const Value& result = sarif->get("runs").as_list().front().get("results").as_list().front();
  EXPECT_EQ(
      show_json(result.get("fixes")),
      R"([{"description":{"text":"name the clients"},"artifactChanges":[)"
      R"({"artifactLocation":{"uri":"a%20b/m%2C1.yaml"},"replacements":[)"
      R"({"deletedRegion":{"startLine":1,"startColumn":1,"endLine":1,"endColumn":3},)"
      R"("insertedContent":{"text":"data"}},)"
      R"({"deletedRegion":{"startLine":2,"startColumn":16,"endLine":2,"endColumn":16},)"
      R"("insertedContent":{"text":" # é"}}]}]}])"
  );
}

TEST_F(Report, SarifKeepsWhatTheBaselineKnowsAsSuppressed) {
  ASSERT_TRUE(findings_.apply_baseline(findings_.baseline_text()));
  const auto sarif = parse_json(render_sarif(findings_));
  ASSERT_TRUE(sarif);
  const Value& run = sarif->get("runs").as_list().front();
  const Value& result = run.get("results").as_list().front();
  EXPECT_EQ(result.text_of("baselineState"), "unchanged");
  EXPECT_EQ(show_json(result.get("suppressions")), R"([{"kind":"external"}])");
}

TEST_F(Report, JunitFailsForFindingsAndPassesForCleanFiles) {
  EXPECT_EQ(
      render_junit(findings_, {"a b/m,1.yaml", "clean.yaml"}),
      R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="plumbline" tests="2" failures="1">
  <testsuite name="plumbline lint" tests="2" failures="1" errors="0">
    <testcase classname="a b/m,1.yaml" name="SG008 securityGroups.db" file="a b/m,1.yaml" line="2" time="0">
      <failure type="warning" message="a database port is open to everyone">a b/m,1.yaml:2:3&#10;Rule &lt;1&gt; of &quot;db&quot; says: 100 %&#10;anyone. Help: name the clients.&#10;</failure>
    </testcase>
    <testcase classname="clean.yaml" name="no findings" file="clean.yaml" time="0"/>
  </testsuite>
</testsuites>
)"
  );
}

TEST_F(Report, GithubGetsOneEscapedCommandEach) {
  EXPECT_EQ(
      render_github(findings_),
      "::warning file=a b/m%2C1.yaml,line=2,endLine=2,col=3,endColumn=9,"
      "title=SG008 a database port is open to everyone::"
      "Rule <1> of \"db\" says: 100 %25%0Aanyone. Help: name the clients.\n"
  );
}

}  // namespace
}  // namespace plumbline
