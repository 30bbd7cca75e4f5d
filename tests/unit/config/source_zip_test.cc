#include "controller/config/source_zip.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "controller/config/manifest.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

class SourceZip : public testing::Test {
 protected:
  SourceZip() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / (std::string("plumbline-zip-") + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_ / "src");
  }
  ~SourceZip() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }

  fs::path root_;
};

struct Listed {
  std::string name, content;
  zip_uint32_t mode = 0;
};

std::vector<Listed> list(const std::string& bytes) {
  zip_error_t error;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  std::vector<Listed> all;
  for (zip_int64_t i = 0; archive != nullptr && i < zip_get_num_entries(archive, 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t status;
    zip_stat_index(archive, index, 0, &status);
    Listed entry = {status.name, std::string(status.size, '\0'), 0};
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(archive, index, 0, &system, &attributes);
    entry.mode = attributes >> 16;
    zip_file_t* file = zip_fopen_index(archive, index, 0);
    zip_fread(file, entry.content.data(), entry.content.size());
    zip_fclose(file);
    all.push_back(std::move(entry));
  }
  zip_discard(archive);
  return all;
}

TEST_F(SourceZip, HoldsAllFilesSortedByName) {
  write("src/z.py", "z");
  write("src/a/b.py", std::string(1000, 'b'));
  write("src/a.py", "a");
  const auto bytes = zip_folder(path("src"));
  ASSERT_TRUE(bytes) << bytes.error().to_string();
  const auto entries = list(*bytes);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].name, "a.py");
  EXPECT_EQ(entries[1].name, "a/b.py");
  EXPECT_EQ(entries[1].content, std::string(1000, 'b'));
  EXPECT_EQ(entries[2].name, "z.py");
  EXPECT_LT(bytes->size(), 800U);
}

TEST_F(SourceZip, DependsOnNamesAndContentsAlone) {
  write("one/a.py", "a");
  write("one/d/b.sh", "b");
  write("two/d/b.sh", "b");
  write("two/a.py", "a");
  chmod(path("one/d/b.sh").c_str(), 0700);
  chmod(path("two/d/b.sh").c_str(), 0755);
  chmod(path("one/a.py").c_str(), 0600);
  chmod(path("two/a.py").c_str(), 0666);
  fs::last_write_time(root_ / "two/a.py", fs::file_time_type());
  const auto one = zip_folder(path("one"));
  const auto two = zip_folder(path("two"));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(*one, *two);
  const auto entries = list(*one);
  EXPECT_EQ(entries[0].mode, S_IFREG | 0644U);
  EXPECT_EQ(entries[1].mode, S_IFREG | 0755U);
  // 1980-01-01 00:00 in the first local header: time at offset 10, date at 12.
  EXPECT_EQ(one->substr(10, 4), std::string("\0\0\x21\0", 4));
}

TEST_F(SourceZip, ChangesWithTheContent) {
  write("src/a", "1");
  const auto before = zip_folder(path("src"));
  write("src/a", "2");
  EXPECT_NE(*before, *zip_folder(path("src")));
}

TEST_F(SourceZip, LeavesOutWhatNeverBelongsInside) {
  write("src/a.py", "a");
  write("src/.git/HEAD", "x");
  write("src/__pycache__/a.pyc", "x");
  write("src/lib/b.pyc", "x");
  write("src/lib/.DS_Store", "x");
  const auto bytes = zip_folder(path("src"));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(list(*bytes).size(), 1U);
}

TEST_F(SourceZip, RefusesWhatItCannotStandFor) {
  write("src/a", "1");
  fs::create_symlink("a", root_ / "src/link");
  const auto link = zip_folder(path("src"));
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, "SymbolicLink");
  EXPECT_NE(link.error().message.find("src/link"), std::string::npos);

  fs::remove(root_ / "src/link");
  ASSERT_EQ(mkfifo(path("src/pipe").c_str(), 0600), 0);
  EXPECT_EQ(zip_folder(path("src")).error().code, "NotAFile");

  fs::create_directories(root_ / "empty/sub");
  EXPECT_EQ(zip_folder(path("empty")).error().code, "EmptyFolder");
  const auto missing = zip_folder(path("missing"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "NoFolder");
  EXPECT_NE(missing.error().message.find("check the path"), std::string::npos);
  EXPECT_EQ(zip_folder(path("src/a")).error().code, "NoFolder");
  EXPECT_EQ(zip_file(path("src")).error().code, "NotAFile");
  EXPECT_EQ(zip_file(path("missing")).error().code, "CannotRead");
}

TEST_F(SourceZip, TakesAnArchiveAsItIsAndZipsOtherFiles) {
  write("src/index.js", "exports");
  const auto bytes = zip_file(path("src/index.js"));
  ASSERT_TRUE(bytes);
  ASSERT_EQ(list(*bytes).size(), 1U);
  EXPECT_EQ(list(*bytes)[0].name, "index.js");
  write("made.zip", *bytes + "tail");
  const auto taken = zip_file(path("made.zip"));
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, *bytes + "tail");
  write("broken.zip", "hello");
  EXPECT_EQ(zip_file(path("broken.zip")).error().code, "NotAnArchive");
}

TEST_F(SourceZip, RefusesMoreThanAwsTakes) {
  write("big.zip", "PK");
  fs::resize_file(root_ / "big.zip", (50U << 20) + 1);
  const auto zipped = zip_file(path("big.zip"));
  ASSERT_FALSE(zipped);
  EXPECT_EQ(zipped.error().code, "TooLarge");
  EXPECT_NE(zipped.error().message.find("50 MiB"), std::string::npos);
  write("src/model.bin", "");
  fs::resize_file(root_ / "src/model.bin", (250U << 20) + 1);
  EXPECT_EQ(zip_folder(path("src")).error().code, "TooLarge");
}

TEST_F(SourceZip, ReadsWhatAManifestSays) {
  write("src/a", "1");
  const auto folder = read_source("zip", Value::object({{"directory", "./src"}}), root_.string());
  ASSERT_TRUE(folder) << folder.error().to_string();
  EXPECT_TRUE(folder->is_bytes());
  const auto file = read_source("zip", Value::object({{"file", "src/a"}}), root_.string());
  ASSERT_TRUE(file);
  EXPECT_EQ(*file, *folder);
  EXPECT_EQ(read_source("zip", Value("x"), ".").error().code, "NoSource");
  EXPECT_EQ(read_source("tar", Value("x"), ".").error().code, "UnknownSource");
}

TEST_F(SourceZip, RefusesWhatLiesOutsideTheManifestsFolder) {
  write("stack/src/a", "1");
  write("secrets/key", "1");
  const std::string folder = path("stack");
  fs::create_directory_symlink(root_ / "secrets", root_ / "stack/link");
  fs::create_directory_symlink(root_ / "stack/src", root_ / "stack/inside");
  for (const std::string outside :
       {"../secrets",
        "src/../../secrets",
        "/etc",
        "link",
        "link/../../secrets",
        "..",
        "../stack-2"}) {
    const auto code = read_source("zip", Value::object({{"directory", outside}}), folder);
    ASSERT_FALSE(code) << outside;
    EXPECT_EQ(code.error().code, "OutsideFolder") << outside;
    EXPECT_NE(code.error().message.find(outside), std::string::npos);
  }
  EXPECT_EQ(
      read_source("zip", Value::object({{"file", "link/key"}}), folder).error().code,
      "OutsideFolder"
  );
  EXPECT_TRUE(read_source("zip", Value::object({{"directory", "inside"}}), folder));
  EXPECT_TRUE(read_source("zip", Value::object({{"directory", "../stack/src"}}), folder));
}

}  // namespace
}  // namespace plumbline
