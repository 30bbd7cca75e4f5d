// The command line: CLI11 parses what the command table says, and what it refuses becomes one
// sentence with the nearest right word. Wrong usage is 64.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/help.h"

namespace plumbline {

namespace {

std::string last_word(const std::string& name) {
  return name.substr(name.rfind(' ') + 1);
}

struct AddOption {
  CLI::App& app;
  const Flag& flag;

  CLI::Option* operator()(bool* target) const { return app.add_flag(flag.names, *target); }
  CLI::Option* operator()(Format* target) const {
    return app.add_option_function<std::string>(flag.names, [target](const std::string& given) {
      *target = given == "json" ? Format::kJson : Format::kHuman;
    });
  }
  CLI::Option* operator()(std::vector<std::string>* target) const {
    // A flag takes one value each time, or it would swallow the manifest behind it.
    return app.add_option(flag.names, *target)->allow_extra_args(flag.names.front() != '-');
  }
  template <class T>
  CLI::Option* operator()(T* target) const {
    return app.add_option(flag.names, *target);
  }
};

std::string check_choice(const std::vector<std::string>& choices, const std::string& given) {
  if (std::find(choices.begin(), choices.end(), given) != choices.end()) {
    return "";
  }
  const auto best = nearest(given, choices);
  return fmt::format(
      "{} is none of {}{}",
      given,
      join(choices, ", "),
      best ? fmt::format("; did you mean {}?", *best) : ""
  );
}

std::string check_number(
    const std::optional<std::pair<double, double>>& range, const std::string& given
) {
  double number = 0;
  if (!CLI::detail::lexical_cast(given, number)) {
    return fmt::format("{} is not a number", given);
  }
  if (range && (number < range->first || number > range->second)) {
    return fmt::format("{} is not a number from {} to {}", given, range->first, range->second);
  }
  return "";
}

void add_flag(CLI::App& app, const Flag& flag) {
  CLI::Option* option = std::visit(AddOption{app, flag}, flag.target);
  option->required(flag.is_required);
  if (!flag.choices.empty()) {
    option->check([choices = flag.choices](const std::string& given) {
      return check_choice(choices, given);
    });
  }
  if (flag.is_number()) {
    option->check([range = flag.range](const std::string& given) {
      return check_number(range, given);
    });
  }
  if (flag.check != nullptr) {
    option->check(flag.check);
  }
}

/// The parser of a table, and which command each of its parts is.
struct Parser {
  CLI::App app{"", "plumbline"};
  std::map<std::string, CLI::App*> parts;

  explicit Parser(const std::vector<CommandSpec>& commands) {
    app.set_help_flag("-h,--help", "");
    app.add_flag("--version");
    app.require_subcommand(0, 1);
    for (const CommandSpec& command : commands) {
      const auto space = command.name.rfind(' ');
      CLI::App& above = space == std::string::npos ? app : *parts.at(command.name.substr(0, space));
      CLI::App* part = above.add_subcommand(last_word(command.name));
      part->require_subcommand(0, command.run ? 0 : 1);
      for (const Flag& flag : command.flags) {
        add_flag(*part, flag);
      }
      parts[command.name] = part;
    }
  }

  /// The command that was typed, as far as it is known; null when none is.
  [[nodiscard]] const CommandSpec* typed(const std::vector<CommandSpec>& commands) const {
    const CommandSpec* deepest = nullptr;
    for (const CommandSpec& command : commands) {
      if (parts.at(command.name)->parsed()) {
        deepest = &command;
      }
    }
    return deepest;
  }
};

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  auto best = nearest(word, known);
  if (!best && word.size() > 3) {
    const auto longer = std::find_if(known.begin(), known.end(), [&](const std::string& each) {
      return each.starts_with(word);
    });
    best = longer == known.end() ? std::nullopt : std::optional(*longer);
  }
  return best ? fmt::format(" Did you mean {}?", *best) : "";
}

/// What is wrong with the first word that nothing takes.
std::string explain_word(
    const std::string& word, const CommandSpec* typed, const std::vector<CommandSpec>& commands
) {
  const std::string within = typed == nullptr ? "plumbline" : "plumbline " + typed->name;
  if (word.starts_with("-")) {
    const std::string flag = word.substr(0, word.find('='));
    return fmt::format(
        "There is no flag {} of `{}`.{}", flag, within, suggestion(flag, long_flags_of(typed))
    );
  }
  const std::vector<std::string> below = names_below(typed, commands);
  if (below.empty()) {
    return fmt::format("`{}` takes no further word; \"{}\" is one too many.", within, word);
  }
  return fmt::format(
      "There is no command `{} {}`.{}",
      within,
      word,
      typed == nullptr && !nearest(word, below) ? suggestion(word, {"--help"})
                                                : suggestion(word, below)
  );
}

/// CLI11 begins with one of a flag's names: "NAME is required", "NAME: 1 required TEXT missing".
const Flag* find_subject(const CommandSpec& typed, std::string_view complaint) {
  const std::string_view name = complaint.substr(0, complaint.find_first_of(": "));
  for (const Flag& flag : typed.flags) {
    const auto names = split(flag.names, ',');
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return &flag;
    }
  }
  return nullptr;
}

std::string explain(
    const CLI::ParseError& error,
    const std::vector<std::string>& rest,
    const CommandSpec* typed,
    const std::vector<CommandSpec>& commands
) {
  // CLI11 asks for what is required before it looks at words it does not know; the other way round
  // the mistyped word is named, not what is missing because of it.
  for (const std::string& word : rest) {
    if (word.starts_with("-") && word.size() > 1) {
      return explain_word(word, typed, commands);
    }
  }
  if (!rest.empty()) {
    return explain_word(rest.front(), typed, commands);
  }
  const bool is_missing =
      error.get_name() == "RequiredError" || error.get_name() == "ArgumentMismatch";
  const Flag* flag = typed == nullptr ? nullptr : find_subject(*typed, error.what());
  if (is_missing && flag != nullptr) {
    return fmt::format(
        "`plumbline {}` needs {}: {}{}.",
        typed->name,
        error.get_name() == "RequiredError" && is_by_place(*flag) ? flag->value
                                                                  : spelling_of(*flag),
        to_lower(flag->summary.substr(0, 1)),
        flag->summary.substr(1)
    );
  }
  return fmt::format("{}.", error.what());
}

int refuse(Terminal& terminal, const std::string& why, const CommandSpec* typed) {
  terminal.err(fmt::format(
      "plumbline: {} See `plumbline {}--help`.\n", why, typed == nullptr ? "" : typed->name + " "
  ));
  return static_cast<int>(Exit::kUsage);
}

}  // namespace

int run_command_line(std::span<const std::string> words, Terminal& terminal) {
  Options options;
  const std::vector<CommandSpec> commands = all_commands(options);
  Parser parser(commands);
  try {
    // CLI11 takes words from the end.
    parser.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    const CommandSpec* typed = parser.typed(commands);
    terminal.out(typed == nullptr ? overview(commands) : help_of(*typed, commands));
    return static_cast<int>(Exit::kFine);
  } catch (const CLI::ParseError& error) {
    const CommandSpec* typed = parser.typed(commands);
    return refuse(terminal, explain(error, parser.app.remaining(true), typed, commands), typed);
  }
  const CommandSpec* typed = parser.typed(commands);
  if (typed == nullptr) {
    if (parser.app.count("--version") > 0) {
      terminal.out("plumbline " PLUMBLINE_VERSION "\n");
      return static_cast<int>(Exit::kFine);
    }
    terminal.err("plumbline: which command?\n\n" + overview(commands));
    return static_cast<int>(Exit::kUsage);
  }
  if (!typed->run) {
    return refuse(
        terminal,
        fmt::format(
            "`plumbline {}` needs one of {}.", typed->name, join(names_below(typed, commands), ", ")
        ),
        typed
    );
  }
  const auto catalog = Catalog::embedded();
  return static_cast<int>(typed->run(terminal, options, *catalog));
}

int run_command_line(int argc, char** argv) {
  Terminal terminal;
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  return run_command_line(words, terminal);
}

}  // namespace plumbline
