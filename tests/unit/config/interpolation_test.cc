#include "controller/config/interpolation.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

Value input_of(std::string_view name) {
  if (name == "port") {
    return Value(5432);
  }
  if (name == "name") {
    return Value("orders");
  }
  if (name == "password") {
    return Value::secret("hunter2");
  }
  return name == "late" ? Value::unknown("inputs.late") : Value();
}

struct Read {
  explicit Read(std::string_view text, std::string_view region = "eu-west-1") {
    InterpolationNames names;
    names.stack = "shop";
    names.region = region;
    names.input = input_of;
    names.inputs = [] { return std::vector<std::string>{"late", "name", "password", "port"}; };
    value = interpolate(text, names, faults);
  }
  std::vector<InterpolationFault> faults;
  Value value;
};

TEST(Interpolation, LeavesTextsWithoutItAlone) {
  EXPECT_EQ(Read("a $x {y} $$").value, Value("a $x {y} $$"));
}

TEST(Interpolation, PutsInWhatIsKnown) {
  EXPECT_EQ(Read("${stack}-${inputs.name}-${region}").value, Value("shop-orders-eu-west-1"));
  EXPECT_EQ(Read("p${inputs.port}").value, Value("p5432"));
}

TEST(Interpolation, GivesASingleInputAsItIs) {
  EXPECT_TRUE(Read("${inputs.port}").value.is_int());
  EXPECT_TRUE(Read("${inputs.late}").value.is_unknown());
}

TEST(Interpolation, MakesTheWholeTextSecretWhenAPartIs) {
  const Read read("u:${inputs.password}@h");
  ASSERT_TRUE(read.value.is_secret());
  EXPECT_EQ(read.value.reveal(), "u:hunter2@h");
}

TEST(Interpolation, KeepsReferencesInOrder) {
  const Read single("${dbProxies.app.endpoint}");
  ASSERT_TRUE(single.value.is_reference());
  EXPECT_EQ(single.value.as_reference().to_string(), "dbProxies.app.endpoint");

  const Read several("h=${dbInstances.a.endpoint.address}:${inputs.port}/${inputs.password}");
  ASSERT_TRUE(several.value.is_concat());
  const List& parts = several.value.as_concat();
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0], Value("h="));
  EXPECT_EQ(parts[1].as_reference().attribute, "endpoint.address");
  EXPECT_EQ(parts[2], Value(":5432/"));
  EXPECT_TRUE(parts.back().is_secret());
}

TEST(Interpolation, LeavesTheAccountToThePlan) {
  const Read read("${account}");
  ASSERT_TRUE(read.value.is_reference());
  EXPECT_TRUE(is_ambient(read.value.as_reference()));
  EXPECT_EQ(read.value.as_reference().address, (Address{"account", "id"}));
  EXPECT_TRUE(Read("${region}", "").value.is_reference());
  EXPECT_TRUE(Read("arn:${partition}:x").value.is_concat());
  EXPECT_FALSE(is_ambient({{"vpcs", "id"}, "", false}));
}

TEST(Interpolation, EscapesWithADollar) {
  EXPECT_EQ(Read("$${stack} ${stack}").value, Value("${stack} shop"));
  EXPECT_EQ(Read("a$${b").value, Value("a${b"));
}

TEST(Interpolation, TakesSpacesInside) {
  EXPECT_EQ(Read("${ stack }").value, Value("shop"));
}

TEST(Interpolation, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string text;
    std::size_t offset, length;
    std::string id, help;
  };
  const std::vector<Case> cases = {
      {"ab ${stack", 3, 7, "MF016", "closing }"},
      {"${}", 0, 3, "MF016", "${section.name.attribute}"},
      {"x${a b}", 1, 6, "MF016", "${section.name.attribute}"},
      {"${env:HOME}", 0, 11, "MF016", "${inputs.NAME}"},
      {"${port}", 0, 7, "MF016", "write ${inputs.port}"},
      {"${nothing}", 0, 10, "MF016", "${stack}"},
      {"${vpcs.main}", 0, 12, "MF016", "${vpcs.main.id}"},
      {"${inputs.pasword}", 0, 17, "RF001", "did you mean `password`?"},
      {"${inputs.zzzzzz}", 0, 16, "RF001", "declare it"},
      {"${inputs.port.x}", 0, 16, "MF016", "${inputs.port}"},
      {"${a..b}", 0, 7, "MF016", "${section.name.attribute}"},
  };
  for (const Case& c : cases) {
    const Read read(c.text);
    EXPECT_TRUE(read.value.is_null()) << c.text;
    ASSERT_EQ(read.faults.size(), 1U) << c.text;
    EXPECT_EQ(read.faults[0].offset, c.offset) << c.text;
    EXPECT_EQ(read.faults[0].length, c.length) << c.text;
    EXPECT_EQ(read.faults[0].id, c.id) << c.text;
    EXPECT_NE(read.faults[0].advice.help.find(c.help), std::string::npos)
        << read.faults[0].advice.help;
  }
}

}  // namespace
}  // namespace plumbline
