// The forms that CI systems read, over one small set of findings.
#include "controller/lint/report.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/lint/line_hashes.h"
#include "controller/lint/lint.h"

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

  static Value run_of(const FindingSet& findings, const ReportFacts& facts = {}) {
    const auto sarif = parse_json(render_sarif(findings, facts));
    return sarif ? sarif->get("runs").as_list().front() : Value();
  }

  static FindingSet set_of(const Diagnostic& finding) {
    Diagnostics found;
    found.add(finding);
    return {{}, found, nullptr, "2026-11-20"};
  }

  SourceFile file_{"a b/m,1.yaml", "db:\n  ingress: open\n"};
  FindingSet findings_;
};

TEST_F(Report, SarifNamesRulePlaceEvidenceAndFingerprint) {
  const auto sarif = parse_json(render_sarif(findings_, {}));
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
  EXPECT_EQ(
      show_json(result.get("partialFingerprints")),
      R"({"plumbline/v1":"97d82b9d6f54d35a","primaryLocationLineHash":"62db63f86d6a0590:1"})"
  );
  EXPECT_TRUE(result.get("suppressions").is_null());
  EXPECT_TRUE(result.get("baselineState").is_null());
}

TEST_F(Report, SarifSaysOfARuleAllThatGithubAsksFor) {
  const Value run = run_of(findings_);
  const Value& rule = run.get_path("tool.driver.rules").as_list().front();
  EXPECT_EQ(rule.text_of("name"), "DatabasePortIsOpenToEveryone");
  EXPECT_FALSE(rule.get_path("fullDescription.text").as_text().empty());
  EXPECT_FALSE(rule.get_path("help.markdown").as_text().empty());
  EXPECT_EQ(rule.get_path("defaultConfiguration.level"), Value("error"));
  EXPECT_EQ(
      show_json(rule.get("properties")),
      R"({"precision":"very-high","security-severity":"8.6","tags":["security-group","security"]})"
  );
}

TEST_F(Report, SarifTakesSecurityForNoMatterOfWhatMerelyDoesNotWork) {
  Diagnostic finding = findings_.all().front().diagnostic;
  finding.id = "NW002";
  const Value run = run_of(set_of(finding));
  const Value& rule = run.get_path("tool.driver.rules").as_list().front();
  EXPECT_EQ(show_json(rule.get_path("properties.tags")), R"(["network"])");
  EXPECT_TRUE(rule.get_path("properties.security-severity").is_null());
}

TEST_F(Report, EveryRuleHasATopicAndWordsOfItsOwn) {
  for (const Rule& known : rules()) {
    Diagnostic finding;
    finding.id = known.id;
    finding.summary = known.summary;
    const Value run = run_of(set_of(finding));
    const Value& rule = run.get_path("tool.driver.rules").as_list().front();
    EXPECT_NE(rule.get_path("properties.tags").as_list().front(), Value("lint")) << known.id;
    EXPECT_NE(rule.get_path("help.text").as_text(), "To mend it: .") << known.id;
  }
}

TEST_F(Report, PathsAreToldFromTheRootOfTheRepository) {
  const ReportFacts facts{
      .place = {.folder = "/clone/stacks", .root = "/clone"},
      .files = {"a b/m,1.yaml", "../shared.yaml", "/etc/other.yaml"},
      .fails = true};
  const Value run = run_of(findings_, facts);
  EXPECT_EQ(
      show_json(run.get("artifacts")),
      R"([{"location":{"uri":"stacks/a%20b/m%2C1.yaml","uriBaseId":"%SRCROOT%"},)"
      R"("sourceLanguage":"yaml"},)"
      R"({"location":{"uri":"shared.yaml","uriBaseId":"%SRCROOT%"},)"
      R"("sourceLanguage":"yaml"},)"
      R"({"location":{"uri":"file:///etc/other.yaml"},)"
      R"("sourceLanguage":"yaml"}])"
  );
  const Value& result = run.get("results").as_list().front();
  const Value& place = result.get("locations").as_list().front();
  EXPECT_EQ(
      show_json(place.get_path("physicalLocation.artifactLocation")),
      R"({"uri":"stacks/a%20b/m%2C1.yaml","uriBaseId":"%SRCROOT%","index":0})"
  );
  EXPECT_EQ(show_json(run.get("invocations")), R"([{"executionSuccessful":true,"exitCode":1}])");
  EXPECT_NE(render_github(findings_, facts).find("file=stacks/a b/m%2C1.yaml,"), std::string::npos);
  EXPECT_NE(render_junit(findings_, facts).find("file=\"stacks/a b/m,1.yaml\""), std::string::npos);
}

// The expected marks are those of GitHub's own test of its upload action.
TEST(LineHashes, AreThoseOfGithub) {
  using Marks = std::vector<std::string>;
  EXPECT_EQ(line_hashes(""), Marks({"c129715d7a2bc9a3:1"}));
  const Marks four{
      "271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"};
  EXPECT_EQ(line_hashes(" a\nb\n  \t\tc\n d"), four);
  EXPECT_EQ(line_hashes(" a\r\nb\r  \t\tc\r\n d"), four);
  EXPECT_EQ(line_hashes(std::string(300, 'x') + "\n😀é\n").size(), 3U);
}

TEST_F(Report, SarifOffersTheEditsAsOneFix) {
  Diagnostic finding = findings_.all().front().diagnostic;
  finding.edits = {{{&file_, {1, 1}, {1, 3}}, "data"}, {{&file_, {2, 16}, {2, 16}}, " # é"}};
  const Value run = run_of(set_of(finding));
  const Value& result = run.get("results").as_list().front();
  EXPECT_EQ(
      show_json(result.get("fixes")),
      R"([{"description":{"text":"name the clients"},"artifactChanges":[)"
      R"({"artifactLocation":{"uri":"a%20b/m%2C1.yaml","uriBaseId":"%SRCROOT%","index":0},)"
      R"("replacements":[)"
      R"({"deletedRegion":{"startLine":1,"startColumn":1,"endLine":1,"endColumn":3},)"
      R"("insertedContent":{"text":"data"}},)"
      R"({"deletedRegion":{"startLine":2,"startColumn":16,"endLine":2,"endColumn":16},)"
      R"("insertedContent":{"text":" # é"}}]}]}])"
  );
}

TEST_F(Report, SarifKeepsWhatTheBaselineKnowsAsSuppressed) {
  ASSERT_TRUE(findings_.apply_baseline(findings_.baseline_text()));
  const Value run = run_of(findings_);
  const Value& result = run.get("results").as_list().front();
  EXPECT_EQ(result.text_of("baselineState"), "unchanged");
  EXPECT_EQ(
      show_json(result.get("suppressions")),
      R"([{"kind":"external","status":"accepted","justification":"The baseline knows it."}])"
  );
}

TEST_F(Report, SarifSaysWhatIsNewBesideABaseline) {
  ASSERT_TRUE(findings_.apply_baseline(FindingSet().baseline_text()));
  const Value run = run_of(findings_);
  EXPECT_EQ(run.get("results").as_list().front().text_of("baselineState"), "new");
}

TEST_F(Report, JunitFailsForFindingsAndPassesForCleanFiles) {
  EXPECT_EQ(
      render_junit(findings_, {.files = {"a b/m,1.yaml", "clean.yaml"}}),
      R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="plumbline" tests="2" failures="1" errors="0" skipped="0" time="0">
  <testsuite name="plumbline lint" tests="2" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="a b/m,1.yaml" name="SG008 securityGroups.db" file="a b/m,1.yaml" line="2" time="0">
      <failure type="warning" message="a database port is open to everyone">a b/m,1.yaml:2:3&#10;Rule &lt;1&gt; of &quot;db&quot; says: 100 %&#10;anyone. Help: name the clients.&#10;</failure>
    </testcase>
    <testcase classname="clean.yaml" name="no findings" file="clean.yaml" time="0"/>
  </testsuite>
</testsuites>
)"
  );
}

TEST_F(Report, JunitTellsEqualFindingsApart) {
  Diagnostics found;
  found.add(findings_.all().front().diagnostic);
  found.add(findings_.all().front().diagnostic);
  const std::string text = render_junit(FindingSet({}, found, nullptr, "2026-11-20"), {});
  EXPECT_NE(text.find("name=\"SG008 securityGroups.db\""), std::string::npos);
  EXPECT_NE(text.find("name=\"SG008 securityGroups.db (2)\""), std::string::npos);
}

TEST_F(Report, GithubGetsOneEscapedCommandEach) {
  EXPECT_EQ(
      render_github(findings_, {}),
      "::warning file=a b/m%2C1.yaml,line=2,endLine=2,col=3,endColumn=9,"
      "title=SG008 a database port is open to everyone::"
      "Rule <1> of \"db\" says: 100 %25%0Aanyone. Help: name the clients.\n"
  );
}

}  // namespace
}  // namespace plumbline
