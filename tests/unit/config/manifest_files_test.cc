#include "controller/config/manifest_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "controller/config/graph.h"
#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

class ManifestFiles : public testing::Test {
 protected:
  ManifestFiles() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / (std::string("plumbline-files-") + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~ManifestFiles() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  std::shared_ptr<const Manifest> load(const std::vector<std::string>& names) {
    ManifestOptions options;
    for (const std::string& name : names) {
      options.paths.push_back((root_ / name).string());
    }
    return load_manifest_from(test_kinds(), options, diagnostics_);
  }

  fs::path root_;
  Diagnostics diagnostics_;
};

TEST_F(ManifestFiles, MergeLaterOverEarlier) {
  write(
      "base.yaml",
      "stack: s\ntags: { a: '1', b: '2' }\ndbInstances:\n"
      "  d: { engine: mysql, allocatedStorage: 20, securityGroups: [a, b] }\n"
  );
  write(
      "prod.yaml",
      "tags: { b: '3' }\ndbInstances:\n"
      "  d: { allocatedStorage: 5, securityGroups: [c], multiAZ: ~ }\n  e: { engine: mysql }\n"
  );
  const auto manifest = load({"base.yaml", "prod.yaml"});
  ASSERT_EQ(places(diagnostics_), std::vector<std::string>{"MF009 3:26"});
  EXPECT_EQ(diagnostics_.all()[0].range.file->name, (root_ / "prod.yaml").string());
  EXPECT_EQ(manifest->tags[1].second, "3");
  const Resource* d = manifest->find({"dbInstances", "d"});
  ASSERT_NE(d, nullptr);
  EXPECT_EQ(d->properties.get("engine"), Value("mysql"));
  EXPECT_EQ(d->properties.get("securityGroups").size(), 1U);
  EXPECT_EQ(manifest->range_of(*d, "engine").to_string(), (root_ / "base.yaml").string() + ":4:16");
  EXPECT_NE(manifest->find({"dbInstances", "e"}), nullptr);
  EXPECT_EQ(manifest->folder, root_.string());
}

TEST_F(ManifestFiles, OpenTextsGoBeforeFilesAndMayHaveNone) {
  write("a.yaml", "stack: saved\n");
  write("c.yaml", "tags: { c: saved }\n");
  const std::string folder = root_.string();
  const OpenTexts open = {
      {folder + "/a.yaml", "stack: open\n"},
      {folder + "/b.yaml", "tags: { b: open, c: open }\n"},
      {folder + "/plumbline.yaml", "lint: {}\n"},
      {folder + "/deeper/d.yaml", "stack: elsewhere\n"}};
  Manifest manifest;
  ASSERT_TRUE(read_files({folder}, open, manifest, diagnostics_));
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  std::vector<std::string> names;
  for (const SourceFile& file : manifest.sources.files()) {
    names.push_back(fs::path(file.name).filename().string());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a.yaml", "b.yaml", "c.yaml"}));
  const Node& root = *manifest.documents.front();
  EXPECT_EQ(root.find("stack")->text, "open");
  EXPECT_EQ(root.find("tags")->find("b")->text, "open");
  EXPECT_EQ(root.find("tags")->find("c")->text, "saved") << "read in the order of names";
  Manifest alone;
  EXPECT_TRUE(read_files({folder + "/b.yaml"}, open, alone, diagnostics_));
}

TEST_F(ManifestFiles, NullTakesAwayWhatAnEarlierFileSays) {
  write(
      "base.yaml",
      "stack: s\ntags: { a: '1', b: '2' }\ninputs: { x: { default: y } }\n"
      "vpcs: { v: { cidrBlock: 10.0.0.0/8, enableDnsSupport: true } }\n"
      "functions: { f: { environment: { A: '1', B: '2' } }, g: {}, h: {} }\n"
  );
  write(
      "later.yaml",
      "tags: { a: null }\ninputs: ~\nvpcs: { v: { enableDnsSupport: null } }\n"
      "functions: { f: { environment: { B: ~ } }, g: null, h: }\n"
  );
  const auto manifest = load({"base.yaml", "later.yaml"});
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  ASSERT_EQ(manifest->tags.size(), 1U);
  EXPECT_EQ(manifest->tags[0].first, "b");
  const Resource* f = manifest->find({"functions", "f"});
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->properties.get("environment"), Value::object({{"A", "1"}}));
  EXPECT_EQ(manifest->find({"functions", "g"}), nullptr);
  // A key without a value adds nothing, and takes nothing away.
  EXPECT_NE(manifest->find({"functions", "h"}), nullptr);
  const Resource* v = manifest->find({"vpcs", "v"});
  EXPECT_EQ(v->properties.find("enableDnsSupport"), nullptr);
}

TEST_F(ManifestFiles, AFaultOfAMergedResourceIsShownWhereItWasWritten) {
  write("a.yaml", "stack: s\nvpcs:\n  v: { cidrBlock: 10.0.0.0/8 }\n");
  write("b.yaml", "vpcs:\n  v: { enableDnsSupport: maybe }\n");
  write("c.yaml", "# three\n\nvpcs:\n  v: { nope: 1 }\n  w: {}\n");
  const auto manifest = load({"a.yaml", "b.yaml", "c.yaml"});  // Findings point into it.
  std::vector<std::string> files;
  for (const Diagnostic& finding : diagnostics_.all()) {
    files.push_back(fs::path(finding.range.file->name).filename().string());
  }
  EXPECT_EQ(files, (std::vector<std::string>{"b.yaml", "c.yaml", "c.yaml"}));
  EXPECT_EQ(
      places(diagnostics_), (std::vector<std::string>{"MF004 2:26", "MF002 4:8", "MF003 5:3"})
  );
}

TEST_F(ManifestFiles, AListIsReplacedAndAMapIsMerged) {
  write(
      "a.yaml",
      "stack: s\nfunctions:\n  f: { forEach: { x: { v: 1, w: 2 }, y: { v: 3, w: 4 } }, "
      "environment: { "
      "A: '${each.value.v}${each.value.w}' } }\n"
      "connections: [{ from: internet, to: functions.f-x }]\n"
  );
  write(
      "b.yaml",
      "functions: { f: { forEach: { x: { w: 9 }, y: null } } }\n"
      "connections: [{ from: 10.0.0.0/8, to: functions.f-x }, { from: 10.0.0.0/9, to: "
      "functions.f-x "
      "}]\n"
  );
  const auto manifest = load({"a.yaml", "b.yaml"});
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  ASSERT_EQ(manifest->resources.size(), 1U);
  EXPECT_EQ(manifest->resources[0].properties.get_path("environment.A"), Value("19"));
  EXPECT_EQ(manifest->connections.size(), 2U);
}

TEST_F(ManifestFiles, OfAFolderMakeOneStack) {
  write("b.yml", "functions: { f: {} }\n");
  write("a.yaml", "stack: s\n");
  write("notes.txt", "{{{");
  write(".hidden.yaml", "{{{");
  const auto manifest = load({""});
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(manifest->resources.size(), 1U);
  EXPECT_EQ(manifest->stack, "s");
}

TEST_F(ManifestFiles, OfCommentsAloneAddNothingToTheOthers) {
  write("a.yaml", "# vpcs:\n");
  write("b.yaml", "stack: s\nfunctions: { f: {} }\n");
  write("c.yaml", "\n# vpcs:\n#   v: { cidrBlock: 10.0.0.0/8 }\n");
  const auto manifest = load({"a.yaml", "b.yaml", "c.yaml"});
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_TRUE(manifest->is_whole);
  // One of nothing may have been cut off while it was written.
  write("d.yaml", "\n");
  load({"b.yaml", "d.yaml"});
  load({"a.yaml", "c.yaml"});
  EXPECT_EQ(places(diagnostics_), (std::vector<std::string>{"MF001 1:1", "MF001 1:1"}));
}

TEST_F(ManifestFiles, ThatCannotBeReadAreNamed) {
  fs::create_directories(root_ / "empty");
  load({"none.yaml"});
  load({"empty"});
  load({});
  EXPECT_EQ(
      places(diagnostics_), (std::vector<std::string>{"MF014 0:0", "MF014 0:0", "MF014 0:0"})
  );
  EXPECT_NE(words_of(diagnostics_).find("none.yaml"), std::string::npos);
  EXPECT_NE(words_of(diagnostics_).find("holds no .yaml"), std::string::npos);
  EXPECT_NE(words_of(diagnostics_).find("No manifest is named"), std::string::npos);
}

TEST_F(ManifestFiles, WithFaultsDoNotHideTheOthers) {
  write("a.yaml", "stack: s\nvpcs: {\n");
  write("b.yaml", "stack: s\nvpcz: {}\n");
  load({"a.yaml", "b.yaml"});
  EXPECT_EQ(places(diagnostics_), (std::vector<std::string>{"MF001 2:7", "MF002 2:1"}));
}

TEST_F(ManifestFiles, ThatCannotBeReadMayDeclareWhatTheOthersMiss) {
  write("a.yaml", "stack: s\ninputs: { i: { default: x } }\nvpcs: {\n");
  write(
      "b.yaml",
      "inputs: { j: { default: y } }\ndbInstances: { d: { engine: mysql, securityGroups: [g] } }\n"
      "functions: { f: { account: other, environment: { A: '${inputs.i}' } } }\n"
      "outputs: { o: '${vpcs.main.id}' }\nconnections: [{ from: functions.g, to: dbInstances.d }]\n"
  );
  const auto manifest = load({"a.yaml", "b.yaml"});
  make_graph(*manifest, diagnostics_);
  EXPECT_FALSE(manifest->is_whole);
  const Resource* function = manifest->find({"functions", "f"});
  ASSERT_NE(function, nullptr);
  EXPECT_TRUE(function->properties.get_path("environment.A").is_unknown());
  EXPECT_EQ(places(diagnostics_), std::vector<std::string>{"MF001 3:7"})
      << render_human(diagnostics_, Colour::kNever);
}

TEST_F(ManifestFiles, HoldInputsWithoutTheirLastLineEnd) {
  write("secret.txt", "hunter2\n");
  write("m.yaml", "stack: s\ninputs: { a: { file: secret.txt } }\ntags: { a: 'x${inputs.a}x' }\n");
  const auto manifest = load({"m.yaml"});
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(manifest->tags[0].second, "xhunter2x");
}

}  // namespace
}  // namespace plumbline
