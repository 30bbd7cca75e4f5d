// For tests of config: YAML written in a test → Node.
#pragma once

#include <deque>
#include <string>

#include <gtest/gtest.h>

#include "controller/config/yaml.h"

namespace plumbline {

/// Holds the texts, so that ranges into them stay valid as long as it lives.
class NodeText {
 public:
  const Node& operator()(std::string text) {
    const SourceFile& file = sources_.add("test.yaml", std::move(text));
    Diagnostics diagnostics;
    auto node = parse_yaml(file, diagnostics);
    EXPECT_TRUE(node.has_value()) << render_human(diagnostics, Colour::kNever);
    nodes_.push_back(node.value_or(Node()));
    return nodes_.back();
  }

 private:
  SourceSet sources_;
  std::deque<Node> nodes_;
};

}  // namespace plumbline
