// The worked cases of the path proof: tests/golden/proof/cases.txt says what they are.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "controller/lint/lint.h"
#include "controller/lint/proofs.h"
#include "controller/lint/rules/identity.h"
#include "controller/lint/rules/reach.h"

namespace plumbline {
namespace {

struct Case {
  std::string name, source, target, verdict;  ///< One of identity has no ends.
  std::set<std::string> findings;
  std::vector<std::pair<std::string, std::string>> changes;
};

std::string read_text(const std::string& name) {
  std::ifstream stream(std::string(PLUMBLINE_SOURCE_DIR) + "/tests/golden/proof/" + name);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string with_breaks(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_break = text.compare(i, 2, "\\n") == 0;
    out += is_break ? '\n' : text[i];
    i += is_break ? 1 : 0;
  }
  return out;
}

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
  std::istringstream lines(read_text("cases.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("auth ")) {
      std::istringstream words(line);
      std::string word;
      Case& made = cases.emplace_back();
      words >> word >> made.name >> made.verdict;
    } else if (line.starts_with("case ")) {
      cases.push_back(read_head(line));
    } else if (line.starts_with("- ")) {
      cases.back().changes.emplace_back(with_breaks(line.substr(2)), "");
    } else if (line.starts_with("+ ")) {
      cases.back().changes.back().second = with_breaks(line.substr(2));
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

std::string changed(const Case& one) {
  std::string text = read_text("base.yaml");
  for (const auto& [from, to] : one.changes) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

struct Read {
  std::shared_ptr<const Manifest> manifest;
  Diagnostics loaded;
};

Read read(const Case& one) {
  Read made;
  ManifestOptions options;
  options.allows_missing_inputs = true;
  made.manifest = parse_manifest(catalog(), "m.yaml", changed(one), options, made.loaded);
  EXPECT_TRUE(made.loaded.empty()) << render_human(made.loaded, Colour::kNever);
  return made;
}

void check_path(const Case& one) {
  SCOPED_TRACE("case " + one.name);
  Read made = read(one);
  const Graph graph = make_graph(*made.manifest, made.loaded);
  const LintFacts facts(*made.manifest);
  bool is_found = false;
  for (const Hop& hop : facts.hops) {
    if (hop.source.name == one.source && hop.target.name == one.target && !hop.is_denied) {
      is_found = true;
      EXPECT_EQ(name_of(hop.verdict()), one.verdict) << render_proofs(*made.manifest);
    }
  }
  EXPECT_TRUE(is_found);
  const Diagnostics findings = run_lint({*made.manifest, graph, catalog()});
  std::set<std::string> ids;
  for (const Diagnostic& finding : findings.all()) {
    ids.insert(finding.id);
  }
  EXPECT_EQ(ids, one.findings) << render_human(findings, Colour::kNever);
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
  const Read made = read(one);
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
  std::istringstream lines(read_text("cases.txt"));
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
      EXPECT_EQ(catalog().find_kind(kind), nullptr) << "no longer pending: " << line;
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
  const Read made = read({});
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
