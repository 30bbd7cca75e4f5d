// Token files as they are on a disk.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "controller/aws/credentials_io.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

class CredentialFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    home_ = fs::path(::testing::TempDir()) / (std::string("plumbline-files-") + info->name());
    fs::remove_all(home_);
    fs::create_directories(home_);
    files_ = make_credential_files(home_.string());
  }
  void TearDown() override { fs::remove_all(home_); }

  fs::path home_;
  std::unique_ptr<CredentialFiles> files_;
};

TEST_F(CredentialFilesTest, AreReadBelowHomeAndElsewhere) {
  std::ofstream(home_ / "token") << "hunter2\n";
  EXPECT_EQ(files_->read("~/token").value(), "hunter2\n");
  EXPECT_EQ(files_->read((home_ / "token").string()).value(), "hunter2\n");
}

TEST_F(CredentialFilesTest, ThatCannotBeReadAreNamedAsTheyWereWritten) {
  const auto missing = files_->read("~/token");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().klass, ErrorClass::kNotFound);
  EXPECT_EQ(missing.error().message, "~/token cannot be read: there is no such file");
  fs::create_directories(home_ / "folder");
  EXPECT_EQ(files_->read("~/folder").error().klass, ErrorClass::kIo);
  std::ofstream(home_ / "long") << std::string((64U << 10) + 1, 'x');
  EXPECT_EQ(
      files_->read("~/long").error().message, "~/long cannot be read: it is longer than 64 KiB"
  );
}

TEST_F(CredentialFilesTest, AreReplacedWholeAndForTheirOwnerAlone) {
  std::ofstream(home_ / "cache") << "old";
  ASSERT_TRUE(files_->replace("~/cache", "new"));
  EXPECT_EQ(files_->read("~/cache").value(), "new");
  EXPECT_EQ(
      fs::status(home_ / "cache").permissions(), fs::perms::owner_read | fs::perms::owner_write
  );
  EXPECT_EQ(std::distance(fs::directory_iterator(home_), fs::directory_iterator()), 1);
  EXPECT_FALSE(files_->replace("~/gone/cache", "new"));
}

}  // namespace
}  // namespace plumbline
