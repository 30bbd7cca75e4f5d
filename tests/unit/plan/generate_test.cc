#include "controller/plan/generate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using Form = GeneratedInput::Form;

const std::string kKey(32, 'k');

GeneratedInput password(std::size_t length, std::string alphabet) {
  return {"pw", Form::kPassword, length, std::move(alphabet), 1};
}

std::string secret(const GeneratedInput& input, const std::string& key = kKey) {
  return std::string(generate_secret(input, key, "stack").reveal());
}

constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

TEST(Generate, IsASecretOfItsAlphabetAndLength) {
  for (std::size_t length = 8; length <= 128; ++length) {
    const Value made = generate_secret(password(length, kLetters), kKey, "stack");
    ASSERT_TRUE(made.is_secret());
    EXPECT_EQ(made.reveal().size(), length);
    EXPECT_EQ(made.reveal().find_first_not_of(kLetters), std::string::npos);
  }
}

TEST(Generate, HoldsEveryClassThatItsAlphabetHas) {
  GeneratedInput input = password(8, kLetters);
  for (input.version = 1; input.version <= 300; ++input.version) {
    const std::string made = secret(input);
    EXPECT_TRUE(std::any_of(made.begin(), made.end(), [](unsigned char c) {
      return std::islower(c);
    }));
    EXPECT_TRUE(std::any_of(made.begin(), made.end(), [](unsigned char c) {
      return std::isupper(c);
    }));
    EXPECT_TRUE(std::any_of(made.begin(), made.end(), [](unsigned char c) {
      return std::isdigit(c);
    }));
  }
  EXPECT_EQ(secret(password(64, "ab")).find_first_not_of("ab"), std::string::npos);
}

TEST(Generate, StaysAndDiffersByEverythingThatNamesIt) {
  const GeneratedInput one = password(30, kLetters);
  EXPECT_EQ(secret(one), secret(one));
  std::set<std::string> all = {secret(one), secret(one, std::string(32, 'l'))};
  GeneratedInput other = one;
  other.version = 2;
  all.insert(secret(other));
  other = one;
  other.name = "pw2";
  all.insert(secret(other));
  other = one;
  other.form = Form::kHex;
  all.insert(secret(other));
  all.insert(std::string(generate_secret(one, kKey, "other").reveal()));
  EXPECT_EQ(all.size(), 6U);
}

/// A change of the derivation would change every database's password: this must never fail. The
/// values were computed with another program.
TEST(Generate, IsWhatItWasInEarlierVersions) {
  EXPECT_EQ(secret({"pw", Form::kHex, 32, "", 1}), "2585aba1cb8a7d71d6ea0ea93cee50c4");
  EXPECT_EQ(secret(password(30, kLetters)), "JG0kDAY3Hq5um1C4k5jHFt55megBzg");
  EXPECT_EQ(secret({"pw", Form::kUuid, 0, "", 1}), "91541802-3b14-8147-81c8-e7add7b2cbfd");
}

TEST(Generate, MakesUuidsOfTheirForm) {
  const std::string made = secret({"pw", Form::kUuid, 0, "", 7});
  ASSERT_EQ(made.size(), 36U);
  for (std::size_t i = 0; i < made.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    EXPECT_EQ(made[i] == '-', is_dash) << made;
  }
  EXPECT_EQ(made[14], '8');
  EXPECT_NE(std::string("89ab").find(made[19]), std::string::npos);
}

/// Chi-squared with 61 degrees of freedom stays below 120 but once in a hundred thousand tries.
TEST(Generate, TakesEveryCharacterAsOften) {
  std::map<char, double> counts;
  GeneratedInput input = password(128, kLetters);
  constexpr int kRounds = 200;
  for (input.version = 1; input.version <= kRounds; ++input.version) {
    for (const char c : secret(input)) {
      ++counts[c];
    }
  }
  const double expected = 128.0 * kRounds / 62;
  double chi = 0;
  for (const char c : std::string(kLetters)) {
    chi += std::pow(counts[c] - expected, 2) / expected;
  }
  EXPECT_LT(chi, 120);
}

}  // namespace
}  // namespace plumbline
