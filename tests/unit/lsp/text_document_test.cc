#include "controller/lsp/text_document.h"

#include <random>

#include <gtest/gtest.h>

#include "controller/lsp/uri.h"

namespace plumbline {
namespace {

// é has two bytes, € three, 𝄞 four: one unit of UTF-16, one, two.
const char* const kMixed = "aé€𝄞b\nnext";

TEST(TextDocument, CountsCharactersAsEachEncodingDoes) {
  const std::size_t b = std::string(kMixed).find('b');
  ASSERT_EQ(b, 10U);
  EXPECT_EQ(TextDocument(kMixed, PositionEncoding::kUtf8).position_at(b), (LspPosition{0, 10}));
  EXPECT_EQ(TextDocument(kMixed, PositionEncoding::kUtf16).position_at(b), (LspPosition{0, 5}));
  EXPECT_EQ(TextDocument(kMixed, PositionEncoding::kUtf32).position_at(b), (LspPosition{0, 4}));
}

TEST(TextDocument, TheMiddleOfACharacterIsItsBeginning) {
  const TextDocument wide(kMixed, PositionEncoding::kUtf16);
  EXPECT_EQ(wide.offset_at({0, 3}), 6U);
  EXPECT_EQ(wide.offset_at({0, 4}), 6U) << "between the surrogates";
  EXPECT_EQ(wide.offset_at({0, 5}), 10U);
  const TextDocument bytes(kMixed, PositionEncoding::kUtf8);
  EXPECT_EQ(bytes.offset_at({0, 8}), 6U);
}

TEST(TextDocument, PositionsPastTheEndAreTheEnd) {
  const TextDocument document("ab\r\ncd");
  EXPECT_EQ(document.offset_at({0, 99}), 2U) << "before the line's own end";
  EXPECT_EQ(document.offset_at({1, 4294967295U}), 6U);
  EXPECT_EQ(document.offset_at({7, 0}), 6U);
  EXPECT_EQ(TextDocument("").offset_at({3, 3}), 0U);
}

TEST(TextDocument, LinesEndInThreeWays) {
  const TextDocument document("a\nb\r\nc\rd");
  EXPECT_EQ(document.position_at(7), (LspPosition{3, 0}));
  EXPECT_EQ(document.offset_at({3, 0}), 7U);
  EXPECT_EQ(document.line_around(3), (Span{2, 3}));
}

TEST(TextDocument, EveryOffsetOfACharacterComesBack) {
  for (const auto encoding :
       {PositionEncoding::kUtf8, PositionEncoding::kUtf16, PositionEncoding::kUtf32}) {
    const TextDocument document("x\r\né𝄞\n\n€€ 🂡z\rlast", encoding);
    const std::string& text = document.text();
    for (std::size_t at = 0; at <= text.size(); ++at) {
      const bool begins =
          at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
      // The end of a line is before both of its characters.
      const bool is_within_end =
          at > 0 && at < text.size() && text[at] == '\n' && text[at - 1] == '\r';
      if (begins && !is_within_end) {
        EXPECT_EQ(document.offset_at(document.position_at(at)), at);
      }
    }
  }
}

TEST(TextDocument, PlacesOfFindingsCountCodePointsBehindAByteOrderMark) {
  const TextDocument document(
      "\xEF\xBB\xBF"
      "a: 𝄞x\nb: y"
  );
  const SourceFile file{"f", document.text(), {}};
  EXPECT_EQ(document.span_of({&file, {1, 1}, {1, 2}}), (Span{3, 4}));
  EXPECT_EQ(document.span_of({&file, {1, 5}, {1, 6}}), (Span{10, 11}));
  EXPECT_EQ(document.span_of({&file, {2, 4}, {2, 5}}), (Span{15, 16}));
  EXPECT_EQ(document.span_of({&file, {9, 9}, {9, 9}}), (Span{16, 16}));
  EXPECT_EQ(document.range_of({10, 11}).start, (LspPosition{0, 6})) << "the mark and a pair";
}

/// What an editor does to its own copy, in UTF-16.
std::u16string widened(const std::string& text) {
  std::u16string wide;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      point = point << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    if (point > 0xFFFF) {
      wide += static_cast<char16_t>(0xD800U + ((point - 0x10000U) >> 10U));
      wide += static_cast<char16_t>(0xDC00U + ((point - 0x10000U) & 0x3FFU));
    } else {
      wide += static_cast<char16_t>(point);
    }
    i += length;
  }
  return wide;
}

LspPosition position_in(const std::u16string& text, std::size_t at) {
  LspPosition position;
  for (std::size_t i = 0; i < at; ++i) {
    position.character += 1;
    if (text[i] == u'\n') {
      position = {position.line + 1, 0};
    }
  }
  return position;
}

TEST(TextDocument, IncrementalChangesEndWhereTheEditorIs) {
  std::mt19937 random(20261126);
  const std::string pieces[] = {"a", "é", "𝄞", "\n", "key: ", "🂡\n", ""};
  for (int round = 0; round < 200; ++round) {
    TextDocument document("stack: 𝄞\nvpcs:\n  m: { }\n");
    std::u16string editor = widened(document.text());
    for (int change = 0; change < 20; ++change) {
      const auto pick = [&] {
        std::size_t at = random() % (editor.size() + 1);
        const bool splits = at < editor.size() && editor[at] >= 0xDC00 && editor[at] <= 0xDFFF;
        return splits ? at - 1 : at;
      };
      std::size_t begin = pick();
      std::size_t end = pick();
      if (begin > end) {
        std::swap(begin, end);
      }
      const std::string& piece = pieces[random() % std::size(pieces)];
      document.replace(
          {document.offset_at(position_in(editor, begin)),
           document.offset_at(position_in(editor, end))},
          piece
      );
      editor.replace(begin, end - begin, widened(piece));
      ASSERT_EQ(widened(document.text()), editor) << "round " << round;
    }
  }
}

TEST(Uri, FilesGoThereAndBack) {
  EXPECT_EQ(path_of_uri("file:///a/b%20c%C3%A9.yaml"), "/a/b cé.yaml");
  EXPECT_EQ(path_of_uri("file://localhost/a"), "/a");
  EXPECT_EQ(path_of_uri(uri_of_path("/x y/é#?%.yaml")), "/x y/é#?%.yaml");
  EXPECT_EQ(path_of_uri("file://elsewhere/a"), std::nullopt);
  EXPECT_EQ(path_of_uri("untitled:1"), std::nullopt);
  EXPECT_EQ(path_of_uri("file:"), std::nullopt);
  EXPECT_EQ(path_of_uri("file:///a%00b"), std::nullopt);
}

}  // namespace
}  // namespace plumbline
