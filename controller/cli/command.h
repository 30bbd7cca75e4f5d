// CommandSpec: what one command is called, takes and does, as data. The parser, --help, the manual
// page and the shell completions all come from the same rows, so that none of them can be out of
// date. Each command file makes its own rows; all_commands() in command_table.cc lists them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/cli/options.h"
#include "controller/cli/terminal.h"
#include "controller/config/catalog.h"

namespace plumbline {

/// Where a flag's value goes; the type says what is taken. The target outlives the command.
using FlagTarget = std::variant<
    bool*,
    int*,
    double*,
    unsigned long long*,
    std::optional<unsigned long long>*,
    std::string*,
    std::vector<std::string>*,
    Format*>;

/// One flag, or one argument that is told by its place.
struct Flag {
  std::string names;  ///< "-q,--quiet"; "PATH" by place; "PATH,-f,--file" for both.
  /// What stands for the value in help: "FILE", "ADDRESS"; "" for a switch. Completions offer what
  /// the word names: FILE, PATH, ADDRESS, COMMAND, KIND.
  std::string value;
  std::string summary;  ///< A sentence without its full stop; defaults in parentheses at its end.
  FlagTarget target;
  bool is_required = false;
  std::vector<std::string> choices = {};  ///< All values that are taken; empty = any.
  std::optional<std::pair<double, double>> range = std::nullopt;
  /// Why a value is not taken, or "".
  std::string (*check)(const std::string& given) = nullptr;

  [[nodiscard]] bool is_switch() const { return std::holds_alternative<bool*>(target); }
  [[nodiscard]] bool is_number() const {
    return std::holds_alternative<int*>(target) || std::holds_alternative<double*>(target) ||
           std::holds_alternative<unsigned long long*>(target) ||
           std::holds_alternative<std::optional<unsigned long long>*>(target);
  }
  [[nodiscard]] bool is_list() const {
    return std::holds_alternative<std::vector<std::string>*>(target);
  }
};

/// Headings of `plumbline --help`, in this order.
enum class CommandGroup { kChange, kLookUp, kState, kAround };

using CommandRun =
    std::function<Exit(Terminal& terminal, const Options& options, Catalog& catalog)>;

struct CommandSpec {
  std::string name;  ///< "plan"; "state list" is `list` below `state`, which has a row, too.
  CommandGroup group = CommandGroup::kChange;
  std::string summary;  ///< One line without a full stop.
  std::string about;    ///< Paragraphs, for the command's own help; may be "".
  std::string example;  ///< A command line worth copying.
  std::vector<Flag> flags;
  CommandRun run;  ///< Empty for a command that only holds others.
};

/// Every command, in the order of help. Values are written into `options`, which must outlive them.
std::vector<CommandSpec> all_commands(Options& options);

}  // namespace plumbline
