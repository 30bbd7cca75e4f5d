#include "controller/config/manifest_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

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

TEST_F(ManifestFiles, HoldInputsWithoutTheirLastLineEnd) {
  write("secret.txt", "hunter2\n");
  write("m.yaml", "stack: s\ninputs: { a: { file: secret.txt } }\ntags: { a: 'x${inputs.a}x' }\n");
  const auto manifest = load({"m.yaml"});
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(manifest->tags[0].second, "xhunter2x");
}

}  // namespace
}  // namespace plumbline
