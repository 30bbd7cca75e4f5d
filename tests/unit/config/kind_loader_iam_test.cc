// The word `iam` of the schema language: of a kind, a property and a call.
#include <string>

#include <gtest/gtest.h>

#include "controller/config/kind_loader.h"
#include "tests/unit/config/node_text.h"

namespace plumbline {
namespace {

constexpr const char* kServices = R"(services:
  box: { protocol: query, version: '1', host: box, signing: box, endpoint_variable: BOX }
)";

/// A kind with a word more in each of three places.
std::string kind_with(
    const std::string& kind, const std::string& property, const std::string& call
) {
  return R"(kind: Box
section: boxes
service: box
summary: A box.
id: boxId
arn: 'arn:{partition}:box:{region}:{account}:box/{id}'
)" + kind +
         R"(properties:
  colour: { summary: Its colour., type: text, create_only: true)" +
         property + R"( }
  size: { summary: Its size., type: int, create_only: true }
  boxId: { summary: Its id., type: text, read_only: true }
tags: none
observe: { from: Box, bind: { boxId: Id, colour: Colour, size: Size } }
read: { call: GetBox, request: { Id: $id } }
create:
  call: MakeBox
  class: idempotent
  request: { Colour: $colour, Size: $size }
  bind: { boxId: Id }
)" + call +
         R"(delete: { call: DropBox, request: { Id: $id } }
errors: { not_found: [NoBox] }
)";
}

class KindLoaderIamTest : public testing::Test {
 protected:
  std::unique_ptr<Kind> load(
      const std::string& kind, const std::string& property, const std::string& call
  ) {
    diagnostics_ = Diagnostics();
    return load_kind(node_(kind_with(kind, property, call)), services_, diagnostics_);
  }
  /// The id of what is said first about a grant of the creating call.
  std::string mistake(const std::string& grants) {
    load("", "", "  iam: " + grants + "\n");
    return diagnostics_.empty() ? "" : diagnostics_.all().front().id;
  }

  NodeText node_;
  Diagnostics diagnostics_;
  ServiceTable services_ = load_services(node_(kServices), diagnostics_);
};

TEST_F(KindLoaderIamTest, ACallNamesWhatItTakesInsteadOfItsOwn) {
  const auto kind = load("", "", "  iam: [self, { on: '*', when: \"$size > 1\" }]\n");
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  const auto& grants = kind->create.front().iam;
  ASSERT_EQ(grants.size(), 2U);
  EXPECT_TRUE(grants[0].actions.empty() && !grants[0].on && !grants[0].when);
  EXPECT_EQ(grants[1].on->source(), Value("*"));
  EXPECT_EQ(grants[1].when->text(), "$size > 1");
}

TEST_F(KindLoaderIamTest, APropertyNamesWhatSendingItTakesBesides) {
  const auto kind = load(
      "",
      ", iam: [$size, { action: [paint:Use, paint:Mix], on: 'arn:{partition}:paint:::{colour}', "
      "where: { paint:For: box } }]",
      ""
  );
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  const auto& grants = kind->find_property("colour")->iam;
  ASSERT_EQ(grants.size(), 2U);
  EXPECT_EQ(grants[0].refers_to, "size");
  EXPECT_EQ(grants[1].actions, (std::vector<std::string>{"paint:Use", "paint:Mix"}));
  EXPECT_EQ(grants[1].on->names(), (std::vector<std::string>{"colour", "partition"}));
  EXPECT_EQ(grants[1].where.front(), (std::pair<std::string, std::string>("paint:For", "box")));
}

TEST_F(KindLoaderIamTest, AGrantReachesThroughTheResourceThatAPropertyNames) {
  const auto kind = load("", "", "  iam: [{ action: paint:Use, on: $colour.maker }]\n");
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(kind->create.front().iam.front().refers_to, "colour.maker");
}

TEST_F(KindLoaderIamTest, PoliciesNameAKindByItsArnFormatOrByTheArnsThatAreGiven) {
  EXPECT_EQ(load("", "", "")->iam_resources.size(), 1U);
  const auto kind = load(
      "iam: { resource: ['arn:{partition}:box:::{colour}', 'arn:{partition}:box:::x'] }\n", "", ""
  );
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(kind->iam_resources.size(), 2U);
}

TEST_F(KindLoaderIamTest, GrantsThatMeanNothingAreRefused) {
  EXPECT_EQ(mistake("[self]"), "");
  EXPECT_EQ(mistake("[everything]"), "SC003");
  EXPECT_EQ(mistake("[$volume]"), "SC005");
  EXPECT_EQ(mistake("[$volume.maker]"), "SC005");
  EXPECT_EQ(mistake("[{ on: 'arn:x:{volume}' }]"), "SC005");
  EXPECT_EQ(mistake("[{ action: Use }]"), "SC003");
  EXPECT_EQ(mistake("[{ actions: box:Use }]"), "SC001");
  EXPECT_EQ(mistake("self"), "SC003");
}

}  // namespace
}  // namespace plumbline
