// Help: the command table as text for a terminal. Pure; knows no command by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/command.h"

namespace plumbline {

inline constexpr std::string_view kTagline = "keep the path from applications to databases on AWS";
inline constexpr std::string_view kAbout =
    "Plumbline keeps the path from applications to databases on AWS as a manifest says.";

/// A name and what it means.
struct Fact {
  std::string_view name, meaning;
};
std::span<const Fact> exit_statuses();
std::span<const Fact> environment_variables();
std::span<const Fact> files();
std::span<const CommandGroup> command_groups();  ///< In the order of help.

/// `plumbline --help`: all commands in their groups.
std::string overview(const std::vector<CommandSpec>& commands);
/// `plumbline COMMAND --help`.
std::string help_of(const CommandSpec& command, const std::vector<CommandSpec>& commands);

/// "plumbline plan PATH… [flags]".
std::string usage_of(const CommandSpec& command);
std::string_view title_of(CommandGroup group);

/// Last words of the commands directly below `holder` (null: of the program).
std::vector<std::string> names_below(
    const CommandSpec* holder, const std::vector<CommandSpec>& commands
);
/// "--format", "--help", …
std::vector<std::string> long_flags_of(const CommandSpec* command);
/// "-q, --quiet", "--state FILE"; "PATH…" for an argument by place.
std::string spelling_of(const Flag& flag);
bool is_by_place(const Flag& flag);
/// All ways to give it: "PATH..., -f, --file PATH".
std::string label_of(const Flag& flag);

/// `text` in lines of at most `width` columns, each after `indent` spaces.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);
/// Each line of `text` as it is after `indent` spaces.
std::string indented(std::string_view text, std::size_t indent);

}  // namespace plumbline
