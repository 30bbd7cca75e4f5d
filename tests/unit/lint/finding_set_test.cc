// What people decide about findings: comments, settings, a baseline.
#include "controller/lint/finding_set.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

constexpr char kToday[] = "2026-11-20";

/// One group that is open to everyone on a database's port (SG008) and used by nobody (RF004).
std::string open_group(const std::string& above, const std::string& beside) {
  return "stack: s\nregion: eu-west-3\n"
         "vpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
         "subnets:\n"
         "  a: { vpc: main, cidrBlock: 10.0.0.0/24, availabilityZone: eu-west-3a }\n"
         "  b: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3b }\n"
         "dbSubnetGroups: { app: { dbSubnetGroupDescription: Two, subnets: [a, b] } }\n"
         "securityGroups:\n" +
         above +
         "  db:\n"
         "    vpc: main\n"
         "    description: Databases\n"
         "    ingress:\n"
         "      - { port: 3306, from: 0.0.0.0/0 }" +
         beside +
         "\ninputs: { password: { env: P, sensitive: true } }\n"
         "dbInstances:\n"
         "  app:\n"
         "    engine: mysql\n"
         "    dbInstanceClass: db.t3.micro\n"
         "    allocatedStorage: 20\n"
         "    storageEncrypted: true\n"
         "    multiAz: true\n"
         "    backupRetentionPeriod: 7\n"
         "    deletionProtection: true\n"
         "    masterUsername: root\n"
         "    masterUserPassword: '${inputs.password}'\n"
         "    dbSubnetGroup: app\n"
         "    publiclyAccessible: false\n"
         "    enableCloudwatchLogsExports: [error]\n"
         "    securityGroups: [db]\n";
}

class Decided {
 public:
  explicit Decided(const std::string& text) : linted_(lint_text(text)) {
    EXPECT_FALSE(linted_.loaded.has_errors()) << render_human(linted_.loaded, Colour::kNever);
    findings = FindingSet(linted_.loaded, linted_.found, linted_.manifest.get(), kToday);
  }

  /// Ids of what is open, in order of place.
  [[nodiscard]] std::string ids() const {
    std::string out;
    const Diagnostics open = findings.open();
    for (const Diagnostic& d : open.all()) {
      out += (out.empty() ? "" : " ") + d.id;
    }
    return out;
  }

  FindingSet findings;

 private:
  Linted linted_;
};

std::string ids_with(const std::string& above, const std::string& beside) {
  Decided decided(open_group(above, beside));
  decided.findings.apply_comments();
  return decided.ids();
}

TEST(IgnoreComment, AtTheEndOfALineLetsItsFindingBe) {
  EXPECT_EQ(ids_with("", ""), "SG008");
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008: the honeypot"), "");
}

TEST(IgnoreComment, AloneAboveAResourceCountsForAllOfIt) {
  EXPECT_EQ(ids_with("  # plumbline:ignore SG008 until 2026-11-20: moved in winter\n", ""), "");
}

TEST(IgnoreComment, CountsForNothingElse) {
  Decided decided(open_group("", "") + "  # plumbline:ignore SG008: this is far away\n");
  decided.findings.apply_comments();
  EXPECT_EQ(decided.ids(), "SG008 MF008");
}

TEST(IgnoreComment, WithoutAReasonHasNoEffectAndIsAFinding) {
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008"), "SG008 MF008");
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008:  "), "SG008 MF008");
  EXPECT_EQ(ids_with("", "  # plumbline:ignore: why not"), "SG008 MF008");
}

TEST(IgnoreComment, EndsWithItsDay) {
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008 until 2026-11-19: old"), "SG008 MF008");
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008 until soon: old"), "SG008 MF008");
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008 until: old"), "SG008 MF008");
}

TEST(IgnoreComment, ThatMatchesNothingOrNamesNoRuleIsAFinding) {
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008, PX001: both"), "MF008");
  EXPECT_EQ(ids_with("", "  # plumbline:ignore SG008, XX999: both"), "MF008");
}

TEST(IgnoreComment, IsNotSaidToFindNothingWhileAnErrorMayKeepItBack) {
  EXPECT_EQ(ids_with("  # plumbline:ignore PX001: said later\n", ""), "SG008");
}

TEST(IgnoreComment, ThatIsNotWrittenAsOneIsToldAndHidesNothing) {
  for (const char* text :
       {"# plumbline-ignore SG008: old",
        "# plumbline: ignore SG008: old",
        "# Plumbline:ignore SG008: old",
        "#plumbline:ignore SG008: old"}) {
    EXPECT_EQ(ids_with("", std::string("  ") + text), "SG008 MF008") << text;
  }
  EXPECT_EQ(ids_with("", "  # plumbline ignores this group"), "SG008");
}

TEST(IgnoreComment, WithAnIdThatIsNoneIsToldWhichIsMeant) {
  const auto help_of = [](const std::string& id) {
    Decided decided(open_group("", "  # plumbline:ignore " + id + ": old"));
    decided.findings.apply_comments();
    return decided.findings.open().all().back().help;
  };
  EXPECT_EQ(help_of("sg008"), "did you mean SG008?");
  EXPECT_EQ(help_of("MF002"), "mend what it finds");
}

TEST(IgnoreComment, CannotHideWhatMakesAManifestUnusable) {
  const Linted linted = lint_text(
      "stack: s\nregion: eu-west-3\nvpcs:\n  main: { cidrBlok: 10.0.0.0/16 }"
      "  # plumbline:ignore MF002: so what\n"
  );
  ASSERT_TRUE(linted.loaded.has_errors());
  FindingSet findings(linted.loaded, {}, linted.manifest.get(), kToday);
  findings.apply_comments();
  EXPECT_TRUE(findings.open().has_errors());
}

LintSettings settings_of(const std::string& text, Diagnostics& diagnostics) {
  static SourceSet sources;
  return parse_lint_settings(sources.add("lint.yaml", text), diagnostics);
}

TEST(LintSettings, TurnRulesOffAndChangeSeverities) {
  Diagnostics faults;
  Decided decided(open_group("", ""));
  decided.findings.apply(settings_of("rules: { SG008: error }\n", faults));
  EXPECT_TRUE(decided.findings.open().has_errors());
  decided.findings.apply(settings_of("lint: { rules: { SG008: off } }\n", faults));
  EXPECT_EQ(decided.ids(), "");
  EXPECT_TRUE(faults.empty()) << render_human(faults, Colour::kNever);
}

TEST(LintSettings, SayWhereTheyAreWrong) {
  Diagnostics faults;
  settings_of(
      "minSeverity: loud\nbaseLine: x\nrules:\n  XX1: off\n  SG008: quiet\n  PX001: off\n", faults
  );
  std::string places;
  for (const Diagnostic& d : faults.all()) {
    places += d.id + " " + d.range.to_string() + "\n";
  }
  EXPECT_EQ(
      places,
      "MF019 lint.yaml:1:14\nMF019 lint.yaml:2:1\nMF019 lint.yaml:4:3\nMF019 lint.yaml:5:10\n"
  );
}

TEST(LintSettings, SayWhatIsMeant) {
  const auto help_of = [](const std::string& text) {
    Diagnostics faults;
    settings_of(text, faults);
    return faults.all().size() == 1 ? faults.all().front().help : "";
  };
  EXPECT_EQ(help_of("rules: { SG08: off }"), "did you mean SG008?");
  EXPECT_EQ(help_of("rules: { MF002: off }"), "mend what it finds");
  EXPECT_EQ(help_of("rules: { SG008: of }"), "did you mean off?");
  EXPECT_EQ(help_of("minSeverity: eror"), "did you mean error?");
  EXPECT_EQ(help_of("minSeverity: loud"), "write one of info, warning, error");
}

TEST(Baseline, KnowsItsFindingsWhereverTheyMoved) {
  Decided before(open_group("", ""));
  const std::string baseline = before.findings.baseline_text();
  Decided after("# a line more\n" + open_group("", ""));
  ASSERT_TRUE(after.findings.apply_baseline(baseline));
  EXPECT_EQ(after.ids(), "");
  EXPECT_EQ(after.findings.count(Standing::kKnown), 1U);
  EXPECT_EQ(after.findings.gone(), 0U);
}

TEST(Baseline, KnowsNothingThatChangedOrCameLater) {
  Decided before(open_group("", ""));
  Decided after(open_group("", "\n      - { port: 3306, from: '::/0' }"));
  ASSERT_TRUE(after.findings.apply_baseline(before.findings.baseline_text()));
  EXPECT_EQ(after.ids(), "SG008");
}

TEST(Baseline, CountsWhatIsGone) {
  Decided before(open_group("", ""));
  Decided after(open_group("", "  # plumbline:ignore PX001: nothing"));
  ASSERT_TRUE(after.findings.apply_baseline(before.findings.baseline_text()));
  EXPECT_EQ(after.findings.gone(), 1U);
  EXPECT_FALSE(after.findings.apply_baseline("[]"));
  EXPECT_FALSE(after.findings.apply_baseline("{"));
}

}  // namespace
}  // namespace plumbline
