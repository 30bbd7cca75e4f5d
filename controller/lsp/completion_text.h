// The text that a completion writes for a key: with the layout of its value, and with places to
// fill in where the editor knows snippets.
#pragma once

#include <string>
#include <vector>

#include "controller/lsp/schema_place.h"

namespace plumbline {

struct KeyText {
  std::string plain;
  std::string snippet;
};

/// `in_flow`: between braces, where everything stays on one line.
KeyText text_of_key(const PlaceKey& key, bool in_flow);
/// One line each, or one after the other between braces; tab stops count on from `stop`.
std::string snippet_of_required(const std::vector<PlaceKey>& keys, bool in_flow, int stop);
/// A name to fill in, and what its kind requires.
std::string snippet_of_resource(const std::vector<PlaceKey>& required, bool in_flow);

}  // namespace plumbline
