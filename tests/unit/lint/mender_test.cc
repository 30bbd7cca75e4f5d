// Mending of real manifests: what is mended is gone, nothing else is touched, and a second time
// there is nothing to do.
#include "controller/lint/mender.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

Judgement judge(const std::string& text) {
  Linted linted = lint_text(text);
  FindingSet findings(linted.loaded, linted.found, linted.manifest.get(), "2026-11-20");
  findings.apply_comments();
  return {std::move(linted.manifest), std::move(findings)};
}

struct Mended {
  std::string text;
  MendOutcome outcome;
};

Mended mended(const std::string& text) {
  const MendMeans means = {
      [&](const std::map<std::string, std::string>& changed) {
        return judge(changed.contains("m.yaml") ? changed.at("m.yaml") : text);
      },
      [](const std::string& file) { return file == "m.yaml"; }};
  MendOutcome outcome = mend_all(judge(text), means);
  std::string after = outcome.texts.contains("m.yaml") ? outcome.texts.at("m.yaml") : text;
  return {std::move(after), std::move(outcome)};
}

bool has(const Judgement& judged, std::string_view id, bool with_edits = false) {
  const auto& all = judged.findings.all();
  return std::any_of(all.begin(), all.end(), [&](const Finding& finding) {
    return finding.diagnostic.id == id && (!with_edits || !finding.diagnostic.edits.empty());
  });
}

/// "SG001" → its bad manifest.
std::map<std::string, std::string> fixtures() {
  std::map<std::string, std::string> all;
  for (const auto& entry :
       fs::directory_iterator(fs::path(PLUMBLINE_SOURCE_DIR) / "tests/golden/lint")) {
    if (fs::exists(entry.path() / "bad.yaml")) {
      all[entry.path().filename().string()] = source_text(entry.path() / "bad.yaml");
    }
  }
  return all;
}

/// Fixtures whose own finding cannot be mended in the form it has there.
std::map<std::string, std::string> more() {
  const std::map<std::string, std::string> all = fixtures();
  std::string range = all.at("NW001");
  range.replace(range.find("10.0.311.0/24"), 13, "10.0.11.9/24");
  std::string engine = all.at("DB001");
  const auto at = engine.find("engine: ");
  engine.replace(at, engine.find("    dbInstanceClass", at) - at, "engine: mysqll\n");
  std::string key = all.at("IA003");
  const auto arn = key.find("kmsKey: ");
  key.replace(arn, key.find('\n', arn) - arn, "kmsKey: '${kmsKeys.own.keyArn}'");
  key += "\nkmsKeys:\n  own: { description: Secrets, keyRotationEnabled: true }\n";
  return {{"NW001", range}, {"DB001", engine}, {"IA003", key}};
}

TEST(Mender, MendsEveryFixtureThatHasEditsAndThenNothingMore) {
  std::set<std::string> with_edits;
  for (const auto& cases : {fixtures(), more()}) {
    for (const auto& [id, text] : cases) {
      SCOPED_TRACE(id);
      if (!has(judge(text), id, true)) {
        continue;
      }
      with_edits.insert(id);
      const Mended once = mended(text);
      EXPECT_GT(once.outcome.mended, 0U);
      EXPECT_FALSE(once.outcome.edits.empty());
      const Judgement after = judge(once.text);
      EXPECT_TRUE(after.manifest->is_whole) << once.text;
      EXPECT_FALSE(has(after, id)) << once.text;
      EXPECT_EQ(mended(once.text).outcome.mended, 0U) << once.text;
    }
  }
  for (const Rule& rule : rules()) {
    EXPECT_EQ(can_be_mended(rule.id), with_edits.contains(std::string(rule.id))) << rule.id;
  }
}

/// Lines of `after` that `before` has not, each with its number.
std::string fresh_lines(const std::string& before, const std::string& after) {
  std::multiset<std::string> old;
  std::istringstream first(before);
  for (std::string line; std::getline(first, line);) {
    old.insert(line);
  }
  std::string fresh;
  std::istringstream second(after);
  for (std::string line; std::getline(second, line);) {
    if (const auto at = old.find(line); at != old.end()) {
      old.erase(at);
    } else {
      fresh += line + "\n";
    }
  }
  return fresh;
}

TEST(Mender, WritesWhatAPersonWouldWrite) {
  const auto all = fixtures();
  const auto written = [&](const std::string& id) {
    return fresh_lines(all.at(id), mended(all.at(id)).text);
  };
  EXPECT_EQ(
      written("SG001"), "    ingress: [{ port: 3306, from: lambda }, { port: 3306, from: self }]\n"
  );
  EXPECT_EQ(
      written("SG005"), "    egress: [{ port: 443, to: 0.0.0.0/0 }, { port: 3306, to: db }]\n"
  );
  EXPECT_EQ(written("SG009"), "    ingress: [{ port: 3306, from: proxy }]\n");
  EXPECT_EQ(written("RF001"), "  - { from: functions.reader, to: dbProxies.app }\n");
  EXPECT_EQ(written("RF002"), "    role: 'proxy'\n");
  EXPECT_EQ(written("DB005"), "  password: { generate: { type: password, length: 41 } }\n");
}

/// Everything that is wrong at once, with comments and a line that has no end.
TEST(Mender, ReadsWordsFirstAndThenMendsWhatRulesFind) {
  std::string text = fixtures().at("SG001");
  const std::string good = "    description: Databases\n";
  text.replace(text.find(good), good.size(), "    descripton: Databases # é, kept\n");
  text.replace(text.find("\ndbProxies:"), 11, "\ndbProxys:");
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  const Mended once = mended(text);
  EXPECT_NE(once.text.find("    description: Databases # é, kept\n"), std::string::npos);
  EXPECT_NE(once.text.find("\ndbProxies:"), std::string::npos);
  EXPECT_NE(once.text.find("from: self"), std::string::npos);
  EXPECT_FALSE(once.text.ends_with('\n'));
  ASSERT_EQ(once.outcome.edits.size(), 3U);
  EXPECT_EQ(once.outcome.edits[0].before, "descripton");
  EXPECT_EQ(once.outcome.edits[0].after, "description");
  EXPECT_EQ(once.outcome.edits[2].id, "SG001");
  EXPECT_EQ(once.outcome.edits[2].before, "");
}

/// Where every key of four letters or more begins.
void collect_keys(const Node& node, std::vector<std::size_t>& keys) {
  for (const NodeEntry& entry : node.entries) {
    if (entry.key.size() >= 4) {
      keys.push_back(offset_of(*entry.key_range.file, entry.key_range.begin));
    }
    collect_keys(entry.value, keys);
  }
  for (const Node& item : node.items) {
    collect_keys(item, keys);
  }
}

TEST(Mender, GivesAMisspelledManifestBackAsItWas) {
  const std::string text = fixtures().at("LM008");
  const Judgement whole = judge(text);
  std::vector<std::size_t> keys;
  collect_keys(*whole.manifest->documents.front(), keys);
  int misspelled = 0;
  for (const std::size_t at : keys) {
    std::string wrong = text;
    std::swap(wrong[at + 1], wrong[at + 2]);
    // Names that people chose are no words.
    if (wrong != text && has(judge(wrong), "MF002", true)) {
      SCOPED_TRACE(wrong.substr(at, 20));
      EXPECT_EQ(mended(wrong).text, text);
      ++misspelled;
    }
  }
  EXPECT_GT(misspelled, 40);
}

TEST(Mender, LeavesOneOfTwoKeysThatWouldBecomeTheSame) {
  const Mended once = mended(
      "stack: s\nregion: eu-west-3\nvpcs:\n  v: { cidrBlok: 10.0.0.0/16, cidrBloc: 10.1.0.0/16 }\n"
  );
  EXPECT_EQ(once.outcome.mended, 1U);
  EXPECT_NE(once.text.find("{ cidrBlock: 10.0.0.0/16, cidrBloc: 10.1.0.0/16 }"), std::string::npos);
}

TEST(Mender, OpensNothingWhileSomethingWrittenWasNotUnderstood) {
  std::string text = fixtures().at("SG001");
  const std::string rules = "    description: Databases\n";
  text.insert(text.find(rules), "    zzzzzzzz: [{ port: 3306, from: self }]\n");
  EXPECT_TRUE(has(judge(text), "SG001", true));
  EXPECT_EQ(mended(text).text, text);
}

TEST(Mender, OpensNothingThatWasNotAskedFor) {
  // Another function wears the group that would be let in, and no connection names it.
  std::string text = fixtures().at("SG004");
  const std::string reader = "functions:\n";
  text.replace(
      text.find(reader),
      reader.size(),
      "functions:\n  other:\n    role: function\n    runtime: python3.12\n"
      "    handler: app.handler\n    code: { file: app.zip }\n    subnets: [app-a, app-b]\n"
      "    securityGroups: [lambda]\n    timeout: 30\n"
  );
  const Judgement before = judge(text);
  EXPECT_TRUE(has(before, "SG004", true));
  const Mended once = mended(text);
  EXPECT_EQ(once.text, text);
}

TEST(Mender, TakesOutWhatPasswordsMayNotHold) {
  std::string text = fixtures().at("DB005");
  const std::string was = "{ type: password, length: 64 }";
  text.replace(
      text.find(was),
      was.size(),
      R"({ type: password, alphabet: 'abcdefghijklmnopqrstuvwxyz/@"# ', length: 64 })"
  );
  EXPECT_NE(
      mended(text).text.find(
          "{ type: password, alphabet: 'abcdefghijklmnopqrstuvwxyz#', length: 41 }"
      ),
      std::string::npos
  );
}

TEST(Mender, LeavesWhatACommentLetsBe) {
  std::string text = fixtures().at("RF002");
  const auto at = text.find("    role: '${roles.proxy.roleName}'");
  text.insert(at, "    # plumbline:ignore RF002: on purpose\n");
  EXPECT_EQ(mended(text).outcome.mended, 0U);
}

TEST(Mender, ChangesNoFileThatItMayNotChange) {
  const std::string text = fixtures().at("RF002");
  const MendMeans means = {
      [&](const std::map<std::string, std::string>&) { return judge(text); },
      [](const std::string&) { return false; }};
  EXPECT_EQ(mend_all(judge(text), means).mended, 0U);
}

TEST(Mender, GivesUpWhenAnEditDoesNotHelp) {
  const std::string text = fixtures().at("RF002");
  int asked = 0;
  const MendMeans means = {
      [&](const std::map<std::string, std::string>&) {
        ++asked;
        return judge(text);
      },
      [](const std::string&) { return true; }};
  const MendOutcome outcome = mend_all(judge(text), means);
  EXPECT_EQ(outcome.mended, 0U);
  EXPECT_TRUE(outcome.texts.empty());
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace plumbline
