// What a finding shows of the source: one line that fits and that a terminal cannot act on.
#include <gtest/gtest.h>

#include "controller/base/diagnostics.h"
#include "controller/base/text.h"

namespace plumbline {
namespace {

std::string shown(const SourceFile& file, Position begin, Position end) {
  Diagnostics findings;
  Diagnostic finding;
  finding.summary = "wrong";
  finding.range = {&file, begin, end};
  findings.add(finding);
  return render_human(findings, Colour::kNever);
}

TEST(Excerpt, PutsTheCaretUnderWhatIsMeant) {
  const SourceFile file{"m.yaml", "a: 1\nbé: xyz\n"};
  EXPECT_EQ(
      shown(file, {2, 5}, {2, 8}),
      "error: wrong\n  --> m.yaml:2:5\n   |\n 2 | bé: xyz\n   |     ^^^\n"
  );
}

TEST(Excerpt, CutsALongLineAroundTheCaret) {
  const SourceFile file{"m.yaml", std::string(1000, 'a') + "X" + std::string(1000, 'b')};
  const std::string text = shown(file, {1, 1001}, {1, 1002});
  EXPECT_NE(
      text.find(" 1 | …" + std::string(60, 'a') + "X" + std::string(99, 'b') + "…\n"), text.npos
  ) << text;
  EXPECT_NE(text.find("   | " + std::string(61, ' ') + "^\n"), text.npos) << text;
}

TEST(Excerpt, ShowsAtMostAsManyCaretsAsTheLineHasColumns) {
  const SourceFile file{"m.yaml", std::string(1'000'000, '[')};
  EXPECT_LT(shown(file, {1, 1}, {9, 1}).size(), 1000U);
  EXPECT_LT(shown(file, {1, 999'999}, {1, 2'000'000}).size(), 1000U);
}

TEST(Excerpt, KeepsTheCaretAtTheEndOfTheLine) {
  const SourceFile file{"m.yaml", "ab\n"};
  EXPECT_NE(shown(file, {1, 3}, {1, 4}).find("   |   ^\n"), std::string::npos);
  EXPECT_NE(shown(file, {1, 90}, {1, 91}).find("   |   ^\n"), std::string::npos);
  EXPECT_NE(shown(file, {5, 1}, {5, 2}).find("   | ^\n"), std::string::npos);
}

TEST(Excerpt, ShowsNothingThatATerminalActsOn) {
  const SourceFile file{"m.yaml", "a: \x1b[31m\tx\xe2\x80\xaey\xff"};
  EXPECT_NE(shown(file, {1, 1}, {1, 2}).find(" 1 | a: �[31m x�y�\n"), std::string::npos)
      << shown(file, {1, 1}, {1, 2});
}

TEST(Printable, LeavesTextAndLineEnds) {
  EXPECT_EQ(printable("grüße\n日本 🙂"), "grüße\n日本 🙂");
}

TEST(Printable, ReplacesWhatATerminalActsOnAndBrokenBytes) {
  EXPECT_EQ(
      printable("a\x07"
                "b\x7f"
                "c\xc2\x9b"
                "d"),
      "a�b�c�d"
  );
  EXPECT_EQ(printable("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xef\xbb\xbf"), "����");
  EXPECT_EQ(printable("a\xc3"), "a�");
  EXPECT_EQ(printable("\r"), "�");
}

}  // namespace
}  // namespace plumbline
