// The worked cases of the path proof: tests/golden/proof/cases.txt says what they are.
#include <algorithm>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "controller/lint/proofs.h"
#include "controller/lint/rules/identity.h"
#include "controller/lint/rules/reach.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

struct Case {
  std::string name, source, target, verdict;  ///< One of identity has no ends.
  std::set<std::string> findings;
  ChangeList changes;
};

Case read_head(const std::string& line) {
  Case made;
  std::istringstream words(line);
  std::string word, path;
  words >> word >> made.name >> path >> made.verdict;
  const std::string arrow = "→";
  made.source = path.substr(0, path.find(arrow));
  made.target = path.substr(path.find(arrow) + arrow.size());
  while (words >> word) {
    made.findings.insert(word);
  }
  return made;
}

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::istringstream lines(source_text("tests/golden/proof/cases.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("auth ")) {
      std::istringstream words(line);
      std::string word;
      Case& made = cases.emplace_back();
      words >> word >> made.name >> made.verdict;
    } else if (line.starts_with("case ")) {
      cases.push_back(read_head(line));
    } else if (!cases.empty()) {
      read_change(line, cases.back().changes);
    }
  }
  return cases;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReach:
      return "reach";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kPartial:
      return "partial";
    case Verdict::kBlocked:
      break;
  }
  return "blocked";
}

Linted read(const Case& one) {
  Linted made = lint_text(changed(source_text("tests/golden/proof/base.yaml"), one.changes));
  EXPECT_TRUE(made.loaded.empty()) << render_human(made.loaded, Colour::kNever);
  return made;
}

void check_path(const Case& one) {
  SCOPED_TRACE("case " + one.name);
  const Linted made = read(one);
  const LintFacts facts(*made.manifest);
  bool is_found = false;
  for (const Hop& hop : facts.hops) {
    if (hop.source.name == one.source && hop.target.name == one.target && !hop.is_denied) {
      is_found = true;
      EXPECT_EQ(name_of(hop.verdict()), one.verdict) << render_proofs(*made.manifest);
    }
  }
  EXPECT_TRUE(is_found);
  std::set<std::string> ids;
  for (const Diagnostic& finding : made.found.all()) {
    ids.insert(finding.id);
  }
  EXPECT_EQ(ids, one.findings) << render_human(made.found, Colour::kNever);
}

/// All of them hold, one surely does not, or neither is sure.
Answer conclude(const std::vector<IdentityStep>& steps) {
  Answer whole = Answer::kYes;
  for (const IdentityStep& step : steps) {
    whole = std::min(whole, step.holds);
  }
  return whole;
}

void check_identity(const Case& one) {
  SCOPED_TRACE("auth " + one.name);
  const Linted made = read(one);
  const Topology topology(*made.manifest);
  const Resource* proxy = made.manifest->find(Address::parse("dbProxies.app"));
  const Resource* client = made.manifest->find(Address::parse("functions.reader"));
  ASSERT_TRUE(proxy != nullptr && client != nullptr);
  auto steps = prove_proxy_identity(*made.manifest, topology, *proxy);
  const auto more = prove_client_identity(*made.manifest, topology, *client, *proxy);
  steps.insert(steps.end(), more.begin(), more.end());
  const Answer answer = conclude(steps);
  EXPECT_EQ(
      answer == Answer::kYes  ? "ok"
      : answer == Answer::kNo ? "denied"
                              : "unknown",
      one.verdict
  ) << render_proofs(*made.manifest);
}

TEST(PathCases, ComeOutAsWorkedOutByHand) {
  const std::vector<Case> cases = read_cases();
  EXPECT_GE(cases.size(), 30U);
  for (const Case& one : cases) {
    if (one.source.empty()) {
      check_identity(one);
    } else {
      check_path(one);
    }
  }
}

TEST(PathCases, AreAllThereOrPendingForAKindThatIsMissing) {
  std::set<std::string> names;
  std::istringstream lines(source_text("tests/golden/proof/cases.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, name, kind;
    words >> word >> name >> kind;
    if (word == "case" || word == "auth" || word == "pending") {
      EXPECT_TRUE(names.insert(name).second) << name;
    }
    if (word == "pending") {
      ASSERT_TRUE(kind.ends_with(':')) << line;
      kind.pop_back();
      EXPECT_EQ(lint_catalog().find_kind(kind), nullptr) << "no longer pending: " << line;
    }
  }
  for (int i = 1; i <= 29; ++i) {
    EXPECT_TRUE(names.contains(std::to_string(i))) << i;
  }
  for (int i = 1; i <= 24; ++i) {
    EXPECT_TRUE(names.contains("I" + std::to_string(i))) << i;
  }
}

TEST(PathCases, AreToldAsChainsWithPlaces) {
  const Linted made = read({});
  const std::string text = render_proofs(*made.manifest);
  EXPECT_TRUE(text.starts_with("proven: functions.reader → dbProxies.app:3306\n")) << text;
  EXPECT_NE(text.find("proven: internet must not reach dbInstances.app"), std::string::npos)
      << text;
  EXPECT_NE(
      text.find("✓ into the groups of `dbInstances.app`: this rule admits it (m.yaml:"),
      std::string::npos
  ) << text;
  EXPECT_NE(text.find("✓ `roles.proxy` reads `secrets.app-db` (m.yaml:"), std::string::npos)
      << text;
  EXPECT_EQ(text.find('?'), std::string::npos) << text;
}

}  // namespace
}  // namespace plumbline
