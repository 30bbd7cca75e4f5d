// Where secrets lie, and that nothing is left of them.
#include "controller/base/secret_text.h"

#include <fstream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "controller/base/value.h"

namespace plumbline {
namespace {

/// Kilobytes of this process that are locked, as the kernel counts them.
long locked_kilobytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long number = 0;
  while (status >> word) {
    if (word == "VmLck:") {
      status >> number;
    }
  }
  return number;
}

/// The flags of the mapping that holds `address` ("lo": locked, "dd": not dumped).
std::string mapping_flags(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);  // NOLINT: as a number
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool is_it = false;
  while (std::getline(maps, line)) {
    unsigned long from = 0;
    unsigned long to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {  // NOLINT: fixed form
      is_it = from <= wanted && wanted < to;
    } else if (is_it && line.starts_with("VmFlags:")) {
      return line + " ";
    }
  }
  return "";
}

bool is_in_pages(const SecretText& secret) {
  return mapping_flags(secret.reveal().data()).find(" dd ") != std::string::npos;
}

TEST(SecretText, IsWhatItWasMadeOf) {
  EXPECT_TRUE(SecretText().empty());
  EXPECT_TRUE(SecretText("").empty());
  EXPECT_EQ(SecretText().reveal(), "");
  EXPECT_EQ(SecretText("hunter2").reveal(), "hunter2");
  const std::string with_zero("a\0b", 3);
  EXPECT_EQ(SecretText(std::string_view(with_zero)).reveal(), with_zero);
}

TEST(SecretText, CopiesShareTheirBytes) {
  const SecretText one("hunter2");
  const SecretText other = one;  // NOLINT: the copy is the subject
  EXPECT_EQ(one.reveal().data(), other.reveal().data());
  const Value value = Value::secret(one);
  const Value copied = value;  // NOLINT
  EXPECT_EQ(copied.reveal().data(), one.reveal().data());
}

TEST(SecretText, IsEmptyWhenItMovedAway) {
  SecretText from("hunter2");
  const SecretText to = std::move(from);
  EXPECT_EQ(to.reveal(), "hunter2");
  EXPECT_TRUE(from.empty());  // NOLINT: this is the subject
  EXPECT_EQ(from.reveal(), "");
}

TEST(SecretText, LiesInPagesThatNoDumpHas) {
  const SecretText secret("not on the heap");
  EXPECT_NE(secret_pages(), SecretPages::kNone);
  EXPECT_TRUE(knows_a_secret());
  EXPECT_TRUE(is_in_pages(secret)) << mapping_flags(secret.reveal().data());
  if (secret_pages() == SecretPages::kLocked) {
    EXPECT_GT(locked_kilobytes(), 0);
    EXPECT_NE(mapping_flags(secret.reveal().data()).find(" lo "), std::string::npos);
  }
}

TEST(SecretText, NothingIsLeftWhenTheLastCopyGoes) {
  SecretText first("gone without a trace");
  const SecretText pin("keeps the pages in use");
  const char* place = first.reveal().data();
  ASSERT_TRUE(is_in_pages(first));
  SecretText second = first;
  first = SecretText();
  EXPECT_EQ(second.reveal(), "gone without a trace");
  second = SecretText("another");
  // The pages stay mapped; OpenSSL keeps its list of free blocks in the first bytes of each.
  const std::string_view left(place + 16, 4);
  EXPECT_EQ(left, std::string_view("\0\0\0\0", 4));
}

TEST(SecretText, WhatItIsMadeOfIsEmptied) {
  std::string text = "a secret that is too long for the string itself";
  const char* place = text.data();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(std::string_view(place, 8), std::string_view("\0\0\0\0\0\0\0\0", 8));
}

TEST(SecretText, GoesOnOnTheHeapWhenThePagesAreFull) {
  std::vector<SecretText> many;
  const std::string large(4096, 's');
  for (int i = 0; i < 200; ++i) {
    many.emplace_back(std::string_view(large));
  }
  EXPECT_TRUE(is_in_pages(many.front()));
  EXPECT_FALSE(is_in_pages(many.back()));
  EXPECT_EQ(many.back().reveal(), large);
  const SecretText small("finds no room either, or does");
  EXPECT_EQ(small.reveal(), "finds no room either, or does");
  many.clear();
  EXPECT_TRUE(is_in_pages(SecretText("room again")));
}

TEST(SecretText, AsksForAsManyPagesAsMayBeLocked) {
  constexpr std::size_t kKiB = 1024;
  EXPECT_EQ(secret_pages_for(64 * kKiB), 64 * kKiB);
  EXPECT_EQ(secret_pages_for(100 * kKiB), 64 * kKiB);
  EXPECT_EQ(secret_pages_for(8192 * kKiB), 256 * kKiB);
  EXPECT_EQ(secret_pages_for(RLIM_INFINITY), 256 * kKiB);
  EXPECT_EQ(secret_pages_for(0), 256 * kKiB) << "unlocked, and large enough";
}

/// 0 when secrets work although nothing may be locked.
int work_without_locks() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_MEMLOCK, &none);
  if (geteuid() == 0 && setuid(65534) != 0) {  // Root may lock regardless.
    return 2;
  }
  const SecretText secret("still here");
  const bool is_right = secret_pages() == SecretPages::kUnlocked &&
                        secret.reveal() == "still here" && locked_kilobytes() == 0;
  return is_right ? 0 : 1;
}

/// In a process of its own, because the first secret decides.
TEST(SecretTextDeathTest, WorksUnlockedWhereNothingMayBeLocked) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(_exit(work_without_locks()), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace plumbline
