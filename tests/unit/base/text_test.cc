// Texts, cut and compared.
#include "controller/base/text.h"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

struct PatternCase {
  const char* pattern;
  const char* text;
  bool fits;
};

TEST(Pattern, MatchesTheWholeText) {
  constexpr PatternCase kCases[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"*", "", true},
      {"**", "", true},
      {"?", "", false},
      {"a", "a", true},
      {"a", "A", false},
      {"a", "ab", false},
      {"b", "ab", false},
      {"?", "a", true},
      {"?", "*", true},
      {"*", "anything", true},
      {"a*", "a", true},
      {"*a", "ba", true},
      {"*a", "ab", false},
      {"a*c", "abcbc", true},
      {"a*c", "abcb", false},
      {"*ab*ab", "abab", true},
      {"*ab*ab", "aab", false},
      {"*a?", "aab", true},
      {"a*?", "a", false},
      {"arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/x", true},
      {"arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:user/x", false},
  };
  for (const PatternCase& each : kCases) {
    EXPECT_EQ(fits_pattern(each.pattern, each.text), each.fits) << each.pattern << " " << each.text;
  }
}

/// Tried star by star this would outlast the sun.
TEST(Pattern, ManyStarsTakeNoLonger) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) {
    pattern += "*a";
  }
  const std::string text(2000, 'a');
  EXPECT_TRUE(fits_pattern(pattern, text));
  EXPECT_FALSE(fits_pattern(pattern + "b", text));
}

TEST(Head, EndsAtTheFirstDot) {
  EXPECT_EQ(head_of("auth.secret.arn"), "auth");
  EXPECT_EQ(head_of("auth"), "auth");
  EXPECT_EQ(head_of(""), "");
  EXPECT_EQ(head_of(".a"), "");
}

}  // namespace
}  // namespace plumbline
