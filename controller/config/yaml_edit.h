// Edits of YAML as a person wrote it: from places to the bytes that change. Quotes, comments,
// indentation and line ends stay as they are; where that cannot be promised there is no edit.
#pragma once

#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"

namespace plumbline {

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

}  // namespace plumbline
