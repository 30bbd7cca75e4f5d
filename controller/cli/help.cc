#include "controller/cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kWidth = 90;
constexpr std::size_t kColumn = 26;  ///< Where summaries start.

constexpr std::string_view kSources =
    "Credentials, region and endpoints come from where every AWS tool takes them.";

/// A term and what it means; the term has a line of its own when it is long.
std::string row(std::string_view term, std::string_view meaning) {
  std::string text = fmt::format("  {}", term);
  const std::string wrapped = wrap(meaning, kWidth, kColumn);
  if (text.size() + 2 > kColumn) {
    return text + "\n" + wrapped;
  }
  text.resize(kColumn, ' ');
  return text + wrapped.substr(std::min(kColumn, wrapped.size()));
}

std::string names_of(const Flag& flag) {
  std::string names;
  for (const std::string_view name : split(flag.names, ',')) {
    if (name.starts_with("-")) {
      names += names.empty() ? "" : ", ";
      names += name;
    }
  }
  return names;
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  for (const std::string_view paragraph : split(text, '\n')) {
    std::string line = margin;
    for (const std::string_view word : split(paragraph, ' ')) {
      if (line.size() > indent && line.size() + 1 + word.size() > width) {
        out += line + "\n";
        line = margin;
      }
      line += line.size() > indent ? " " : "";
      line += word;
    }
    out += line.size() > indent ? line + "\n" : "\n";
  }
  return out;
}

std::string indented(std::string_view text, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    out += line.empty() ? "\n" : std::string(indent, ' ') + std::string(line) + "\n";
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return out;
}

std::string_view title_of(CommandGroup group) {
  switch (group) {
    case CommandGroup::kChange:
      return "Change the world";
    case CommandGroup::kLookUp:
      return "Look things up";
    case CommandGroup::kState:
      return "The state";
    case CommandGroup::kAround:
      return "Around it";
  }
  return "";
}

bool is_by_place(const Flag& flag) {
  return !flag.names.starts_with("-");
}

std::string spelling_of(const Flag& flag) {
  const std::string names = names_of(flag);
  if (names.empty()) {
    return flag.value + (flag.is_list() ? "..." : "");
  }
  return flag.value.empty() ? names : names + " " + flag.value;
}

std::string label_of(const Flag& flag) {
  if (!is_by_place(flag)) {
    return spelling_of(flag);
  }
  const std::string word = flag.value + (flag.is_list() ? "..." : "");
  return names_of(flag).empty() ? word : word + ", " + spelling_of(flag);
}

std::string usage_of(const CommandSpec& command) {
  std::string text = "plumbline " + command.name;
  bool has_flags = false;
  for (const Flag& flag : command.flags) {
    has_flags = has_flags || !is_by_place(flag);
    if (is_by_place(flag)) {
      const std::string word = flag.value + (flag.is_list() ? "..." : "");
      text += flag.is_required ? " " + word : " [" + word + "]";
    }
  }
  if (!command.run) {
    return text + " COMMAND";
  }
  return text + (has_flags ? " [flags]" : "");
}

std::vector<std::string> names_below(
    const CommandSpec* holder, const std::vector<CommandSpec>& commands
) {
  const std::string start = holder == nullptr ? "" : holder->name + " ";
  std::vector<std::string> names;
  for (const CommandSpec& command : commands) {
    const std::string_view name = command.name;
    if (name.starts_with(start) && name.find(' ', start.size()) == std::string_view::npos) {
      names.emplace_back(name.substr(start.size()));
    }
  }
  return names;
}

std::vector<std::string> long_flags_of(const CommandSpec* command) {
  std::vector<std::string> flags;
  if (command != nullptr) {
    for (const Flag& flag : command->flags) {
      for (const std::string_view name : split(flag.names, ',')) {
        if (name.starts_with("--")) {
          flags.emplace_back(name);
        }
      }
    }
  } else {
    flags.emplace_back("--version");
  }
  flags.emplace_back("--help");
  return flags;
}

std::string overview(const std::vector<CommandSpec>& commands) {
  std::string text = fmt::format("{}\n\nUsage: plumbline COMMAND [flags]\n", kAbout);
  for (const CommandGroup group : command_groups()) {
    std::string rows;
    for (const CommandSpec& command : commands) {
      if (command.group == group && command.name.find(' ') == std::string::npos) {
        rows += row(command.name, command.summary);
      }
    }
    if (!rows.empty()) {
      text += fmt::format("\n{}:\n{}", title_of(group), rows);
    }
  }
  text += "\nEvery command explains itself: plumbline COMMAND --help.\n";
  std::string exits;
  for (const Fact& fact : exit_statuses()) {
    exits +=
        fmt::format("{}{} {}", exits.empty() ? " Exit statuses: " : "; ", fact.name, fact.meaning);
  }
  return text + wrap(std::string(kSources) + exits + ".", kWidth, 0);
}

std::string help_of(const CommandSpec& command, const std::vector<CommandSpec>& commands) {
  std::string text = fmt::format("{}.\n\nUsage: {}\n", command.summary, usage_of(command));
  if (!command.about.empty()) {
    text += "\n" + wrap(command.about, kWidth, 0);
  }
  std::string below;
  for (const CommandSpec& other : commands) {
    if (other.name.starts_with(command.name + " ")) {
      below += row(other.name.substr(command.name.size() + 1), other.summary);
    }
  }
  if (!below.empty()) {
    text += "\nCommands:\n" + below;
  }
  if (!command.flags.empty()) {
    text += "\nArguments and flags:\n";
    for (const Flag& flag : command.flags) {
      text += row(label_of(flag), flag.summary);
    }
  }
  return text + fmt::format("\nExample:\n  {}\n", command.example);
}

}  // namespace plumbline
