// The graph in every format, and the layout behind the picture.
#include <cmath>

#include "controller/base/json.h"
#include "controller/cli/graph_layout.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

constexpr const char* kManifest = R"(stack: small
region: eu-west-3
vpcs: { main: { cidrBlock: 10.0.0.0/16 }, far: { existing: vpc-0123456789abcdef0 } }
subnets:
  a: { vpc: main, cidrBlock: 10.0.0.0/24, availabilityZone: eu-west-3a }
securityGroups:
  app: { vpc: main, description: A, egress: [{ port: 3306, to: db }] }
  db: { vpc: main, description: D, ingress: [{ port: 3306, from: [app, self] }] }
)";

std::string drawn(const std::string& format) {
  const TestFolder folder;
  const Said said = say({"graph", folder.write("m.yaml", kManifest), "--format", format});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(said.err, "");
  return said.out;
}

TEST(Graph, IsDrawnInEveryFormat) {
  expect_golden("graph.dot", drawn("dot"));
  expect_golden("graph.mermaid", drawn("mermaid"));
  expect_golden("graph.json", drawn("json"));
  expect_golden("graph.svg", drawn("svg"));
}

TEST(Graph, IsDotUnlessAskedOtherwise) {
  const TestFolder folder;
  EXPECT_EQ(say({"graph", folder.write("m.yaml", kManifest)}).out, drawn("dot"));
}

TEST(Graph, RefusesAManifestWithErrorsAndSaysWhere) {
  const TestFolder folder;
  const Said said = say(
      {"graph",
       folder.write(
           "m.yaml",
           "stack: s\nregion: eu-west-3\nsubnets:\n  a: "
           "{ vpc: nowhere, cidrBlock: 10.0.0.0/24 }\n"
       )}
  );
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.out, "");
  expect_has(said.err, "m.yaml:4:13");
  expect_has(said.err, "nothing was drawn");
}

/// Boxes in a row of layers, each needing some of the layer before; repeatable.
LayoutInput grid(std::size_t layers, std::size_t across) {
  LayoutInput input;
  input.widths.assign(layers * across, 100);
  for (std::size_t layer = 1; layer < layers; ++layer) {
    for (std::size_t i = 0; i < across; ++i) {
      const std::size_t box = layer * across + i;
      input.edges.emplace_back((layer - 1) * across + (i * 7 + layer) % across, box);
      if (layer > 2) {
        input.edges.emplace_back((layer - 3) * across + (i * 5 + 3) % across, box);
      }
    }
  }
  return input;
}

TEST(GraphLayout, PutsNoBoxOverAnother) {
  const LayoutInput input = grid(6, 8);
  const Layout layout = lay_out(input);
  for (std::size_t a = 0; a < layout.boxes.size(); ++a) {
    for (std::size_t b = a + 1; b < layout.boxes.size(); ++b) {
      const double x = std::abs(layout.boxes[a].x - layout.boxes[b].x);
      const double y = std::abs(layout.boxes[a].y - layout.boxes[b].y);
      EXPECT_TRUE(x >= 100 || y >= input.height) << a << " " << b;
    }
  }
}

TEST(GraphLayout, RunsEveryEdgeFromLeftToRightAndAroundBoxes) {
  const LayoutInput input = grid(6, 8);
  const Layout layout = lay_out(input);
  ASSERT_EQ(layout.edges.size(), input.edges.size());
  for (std::size_t i = 0; i < layout.edges.size(); ++i) {
    const auto& points = layout.edges[i];
    const auto& [left, right] = input.edges[i];
    EXPECT_DOUBLE_EQ(points.front().x, layout.boxes[left].x + 50);
    EXPECT_DOUBLE_EQ(points.back().x, layout.boxes[right].x - 50);
    for (std::size_t at = 1; at < points.size(); ++at) {
      EXPECT_GE(points[at].x, points[at - 1].x);
    }
    for (std::size_t at = 1; at + 1 < points.size(); ++at) {
      for (const LayoutPoint& box : layout.boxes) {
        const bool is_inside = std::abs(points[at].x - box.x) <= 50 &&
                               std::abs(points[at].y - box.y) < input.height / 2;
        EXPECT_FALSE(is_inside) << "edge " << i << " runs through a box";
      }
    }
  }
}

TEST(GraphLayout, UntanglesWhatCanBeUntangled) {
  LayoutInput input;
  input.widths.assign(8, 60);
  for (std::size_t i = 0; i < 4; ++i) {
    input.edges.emplace_back(i, 7 - i);  // Written upside down.
  }
  EXPECT_EQ(lay_out(input).crossings, 0U);
}

TEST(GraphLayout, CountsTheCrossingsItCannotAvoid) {
  LayoutInput input;
  input.widths.assign(4, 60);
  input.edges = {{0, 2}, {0, 3}, {1, 2}, {1, 3}};  // Two and two, all joined: one crossing.
  EXPECT_EQ(lay_out(input).crossings, 1U);
}

TEST(GraphLayout, StaysInsideThePicture) {
  const Layout layout = lay_out(grid(4, 5));
  for (const LayoutPoint& box : layout.boxes) {
    EXPECT_GE(box.x, 50);
    EXPECT_LE(box.x, layout.width - 50);
    EXPECT_GE(box.y, 14);
    EXPECT_LE(box.y, layout.height - 14);
  }
}

TEST(GraphLayout, TakesNothingAndOne) {
  EXPECT_EQ(lay_out({}).boxes.size(), 0U);
  LayoutInput one;
  one.widths = {60};
  EXPECT_EQ(lay_out(one).boxes.size(), 1U);
}

}  // namespace
}  // namespace plumbline
