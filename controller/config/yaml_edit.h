// Edits of YAML as a person wrote it: from places to the bytes that change. Quotes, comments,
// indentation and line ends stay as they are; where that cannot be promised there is no edit.
#pragma once

#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/config/node.h"

namespace plumbline {

/// A letter, a digit, _ or -: what names of resources and attributes are made of.
bool is_word_char(char c);

/// `instead` in place of `word`: of the scalar that the range is, in its quotes, or of the one time
/// the word stands inside of it, as in "${dbProxies.WORD.arn}". Nothing when something else is
/// written there, such as an input that holds the word.
std::vector<Edit> replace_word(
    const SourceRange& range, std::string_view word, std::string_view instead
);
/// `text`, which is YAML, in place of the scalar `value` that the range is, quotes and all. Nothing
/// when something else is written there.
std::vector<Edit> replace_scalar(
    const SourceRange& range, std::string_view value, std::string_view text
);

// What is put in is YAML of one line, in flow style. It goes to the end, in the style of what is
// there: behind a comma, or on a line of its own with the indentation of its siblings.

/// `item` at the end of a list.
std::vector<Edit> add_item(const Node& list, std::string_view item);
/// `key: value` at the end of a map; nothing when the map has the key.
std::vector<Edit> add_entry(const Node& map, std::string_view key, std::string_view value);
/// `item` at the end of the list under `key`, which is made when there is none; one value that
/// stands for a list of one becomes a list of two.
std::vector<Edit> add_to_list(const Node& map, std::string_view key, std::string_view item);
/// `text` in place of a node, whatever it is; nothing when comments would be lost.
std::vector<Edit> replace_node(const Node& node, std::string_view text);

}  // namespace plumbline
