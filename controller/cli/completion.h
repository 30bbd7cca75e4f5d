// Completion: what may stand where the cursor is. The shells' scripts are a few lines each and ask
// the program, so that one answer serves all of them and none can be out of date.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/command.h"

namespace plumbline {

struct Candidate {
  std::string word, about;
};

/// Where words come from that no table holds; asked only when they are needed.
struct CompletionSources {
  /// Addresses of the manifests named on the line, or of the one in this folder.
  std::function<std::vector<std::string>(const std::vector<std::string>& paths)> addresses;
  /// Topics of explain that begin as typed; sections; names of commands are in the table.
  std::function<std::vector<std::string>(std::string_view typed)> topics;
  std::function<std::vector<std::string>()> sections;
};

struct Completions {
  std::vector<Candidate> words;  ///< Only those that begin as typed.
  bool wants_files = false;      ///< The shell's own completion of paths, instead.
};

/// `words` are those after the program's name, up to the one under the cursor, which may be "".
Completions complete(
    const std::vector<CommandSpec>& commands,
    const std::vector<std::string>& words,
    const CompletionSources& sources
);

/// The script of a shell ("bash", "zsh", "fish"); "" when it is none of them.
std::string_view completion_script(std::string_view shell);

}  // namespace plumbline
