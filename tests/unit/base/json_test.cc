#include "controller/base/json.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(Json, ReadsEveryTypeInItsOrder) {
  const auto value = parse_json(R"( {"b":[1,-2,0.5,true,null,{}],"a":"x\u00e9\n\ud83d\ude00"} )");
  ASSERT_TRUE(value) << value.error().to_string();
  EXPECT_EQ(wire_json(*value), "{\"b\":[1,-2,0.5,true,null,{}],\"a\":\"x\u00e9\\n\U0001F600\"}");
  EXPECT_EQ(*parse_json("18446744073709551615"), Value("18446744073709551615"));
  EXPECT_EQ(
      *parse_json("-123456789012345678901234567890"), Value("-123456789012345678901234567890")
  );
  EXPECT_EQ(*parse_json("9007199254740993"), Value(std::int64_t{9007199254740993}));
}

TEST(Json, ReadsTextsAndKeysOfAnyLength) {
  const std::string lengthy(100'000, 'k');
  const auto value = parse_json("{\"" + lengthy + "\":\"" + lengthy + "\"}");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->text_of(lengthy), lengthy);
}

TEST(Json, ReadsEveryNumberAsTheNearestDouble) {
  // What the second is written as is read one too low by the parser that finds it.
  for (const char* text :
       {"146744073774407370.95",
        "1.4674407377440737095e19",
        "0.1",
        "5e-324",
        "-1.5e300",
        "1.7976931348623157e+308",
        "9007199254740993",
        "1e-400"}) {
    const Result<Value> read = parse_json(text);
    ASSERT_TRUE(read) << text;
    const double number =
        read->is_double() ? read->as_double() : static_cast<double>(read->as_int());
    EXPECT_EQ(number, std::strtod(text, nullptr)) << text;
    EXPECT_EQ(*parse_json(show_json(*read)), *read) << text;
  }
}

TEST(Json, RefusesWhatReadersUnderstandDifferently) {
  for (const char* text :
       {R"({"a":1,"a":2})",
        R"([{"x":{"a":1,"b":2,"\u0061":3}}])",
        "",
        "{}{}",
        "[1,]",
        "{'a':1}",
        "// x\n1",
        "NaN",
        "1e400",
        "[-1e999999999999]",
        "01",
        "\"\xff\"",
        "\"\\ud800\"",
        "\"tab\t\""}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().klass, ErrorClass::kCorrupt);
  }
}

TEST(Json, EndsAtFourMillionValues) {
  std::string zeros = "[0";
  for (int i = 1; i < 4'000'000; ++i) {
    zeros += ",0";
  }
  const auto value = parse_json(zeros + "]");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().klass, ErrorClass::kCorrupt);
}

TEST(Json, EndsAtSixtyFourLevels) {
  const auto nested = [](int depth) {
    const auto size = static_cast<std::size_t>(depth);
    return std::string(size, '[') + std::string(size, ']');
  };
  EXPECT_TRUE(parse_json(nested(64)));
  EXPECT_FALSE(parse_json(nested(65)));
  EXPECT_FALSE(parse_json(nested(1'000'000)));
}

}  // namespace
}  // namespace plumbline
