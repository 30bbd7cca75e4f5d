// help, man, completion and version: the command table, said in other ways.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/completion.h"
#include "controller/cli/explain.h"
#include "controller/cli/flags.h"
#include "controller/cli/help.h"
#include "controller/cli/man.h"
#include "controller/config/yaml.h"

namespace plumbline {

namespace {

Exit show_help(Terminal& terminal, const std::vector<std::string>& words) {
  Options unused;
  const auto commands = all_commands(unused);
  if (words.empty()) {
    terminal.out(overview(commands));
    return Exit::kFine;
  }
  const std::string name = join(words, " ");
  std::vector<std::string> known;
  for (const CommandSpec& command : commands) {
    known.push_back(command.name);
    if (command.name == name) {
      terminal.out(help_of(command, commands));
      return Exit::kFine;
    }
  }
  const auto best = nearest(name, known);
  terminal.err(fmt::format(
      "plumbline: There is no command `plumbline {}`.{} See `plumbline --help`.\n",
      printable(name),
      best ? fmt::format(" Did you mean {}?", *best) : ""
  ));
  return Exit::kUsage;
}

/// The addresses a manifest file declares, by its YAML alone: it may be full of errors while it is
/// written.
void add_addresses(
    const std::string& path, const Catalog& catalog, std::vector<std::string>& addresses
) {
  std::ifstream stream(path, std::ios::binary);
  const SourceFile file{
      path, std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>())};
  Diagnostics ignored;
  const auto root = parse_yaml(file, ignored);
  for (const std::string& section : catalog.sections()) {
    const Node* resources = root ? root->find(section) : nullptr;
    if (resources == nullptr) {
      continue;
    }
    for (const NodeEntry& resource : resources->entries) {
      addresses.push_back(section + "." + resource.key);
    }
  }
}

std::vector<std::string> addresses_of(
    const std::vector<std::string>& paths, const Catalog& catalog
) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths.empty() ? std::vector<std::string>{"."} : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".yaml" || extension == ".yml") {
        files.push_back(entry.path().string());
      }
    }
  }
  std::vector<std::string> addresses;
  for (const std::string& file : files) {
    add_addresses(file, catalog, addresses);
  }
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

/// Sections and rules; behind a dot, what is below.
std::vector<std::string> topics_of(std::string_view typed, const Catalog& catalog) {
  std::vector<std::string> topics;
  const auto dot = typed.find('.');
  if (dot == std::string_view::npos) {
    topics = catalog.sections();
    for (const Rule& rule : rules()) {
      topics.emplace_back(rule.id);
    }
    return topics;
  }
  const Kind* kind = catalog.find_section(typed.substr(0, dot));
  if (kind == nullptr) {
    return topics;
  }
  const auto last = typed.rfind('.');
  const std::string_view above = last == dot ? "" : typed.substr(dot + 1, last - dot - 1);
  for (const std::string& name : names_below(*kind, above)) {
    topics.push_back(std::string(typed.substr(0, last + 1)) + name);
  }
  return topics;
}

Exit print_candidates(
    Terminal& terminal, const Catalog& catalog, const std::vector<std::string>& words
) {
  Options unused;
  const CompletionSources sources{
      [&](const std::vector<std::string>& paths) { return addresses_of(paths, catalog); },
      [&](std::string_view typed) { return topics_of(typed, catalog); },
      [&] { return catalog.sections(); }};
  const Completions found = complete(all_commands(unused), words, sources);
  for (const Candidate& candidate : found.words) {
    terminal.out(candidate.word + "\t" + candidate.about + "\n");
  }
  if (found.wants_files && found.words.empty()) {
    terminal.out(":files\n");
  }
  return Exit::kFine;
}

Exit show_version(Terminal& terminal, const Options& options, const Catalog& catalog) {
  if (options.format != Format::kJson) {
    terminal.out("plumbline " PLUMBLINE_VERSION "\n");
    return Exit::kFine;
  }
  List sections;
  for (const std::string& section : catalog.sections()) {
    sections.emplace_back(section);
  }
  terminal.out(
      show_json(
          Value::object(
              {{"version", 1},
               {"program", PLUMBLINE_VERSION},
               {"sections", Value(std::move(sections))},
               {"rules", static_cast<std::int64_t>(rules().size())}}
          ),
          JsonStyle::kPretty
      ) +
      "\n"
  );
  return Exit::kFine;
}

}  // namespace

CommandSpec help_command(Options& /*options*/) {
  auto words = std::make_shared<std::vector<std::string>>();
  return {
      .name = "help",
      .group = CommandGroup::kAround,
      .summary = "Explain a command",
      .about = "The same as --help behind the command.",
      .example = "plumbline help state move",
      .flags =
          {{.names = "COMMAND",
            .value = "COMMAND",
            .summary = "The command, in one word or two",
            .target = words.get()}},
      .run = [words](Terminal& terminal, const Options&, Catalog&) {
        return show_help(terminal, *words);
      }};
}

CommandSpec man_command(Options& /*options*/) {
  return {
      .name = "man",
      .group = CommandGroup::kAround,
      .summary = "Print the manual page",
      .about = "In roff, made from what --help shows. Install it where man finds it.",
      .example = "plumbline man > ~/.local/share/man/man1/plumbline.1",
      .flags = {},
      .run = [](Terminal& terminal, const Options&, Catalog&) {
        Options unused;
        terminal.out(manual_page(all_commands(unused), PLUMBLINE_VERSION));
        return Exit::kFine;
      }};
}

CommandSpec completion_command(Options& /*options*/) {
  struct Words {
    std::string shell;
    std::vector<std::string> line;
  };
  auto words = std::make_shared<Words>();
  return {
      .name = "completion",
      .group = CommandGroup::kAround,
      .summary = "Print a script that completes commands, flags and addresses",
      .about =
          "The script asks the program, so it never is out of date. Load it when the shell "
          "starts: eval \"$(plumbline completion bash)\" in ~/.bashrc, the same with zsh in "
          "~/.zshrc, and plumbline completion fish | source in fish's config.",
      .example = "plumbline completion bash > ~/.local/share/bash-completion/completions/plumbline",
      .flags =
          {{.names = "SHELL",
            .value = "SHELL",
            .summary = "bash, zsh or fish; candidates is what the scripts call",
            .target = &words->shell,
            .is_required = true,
            .choices = {"bash", "zsh", "fish", "candidates"}},
           {.names = "WORD",
            .value = "WORD",
            .summary = "With candidates: the line so far, behind --",
            .target = &words->line}},
      .run = [words](Terminal& terminal, const Options&, Catalog& catalog) {
        if (words->shell == "candidates") {
          return print_candidates(terminal, catalog, words->line);
        }
        terminal.out(completion_script(words->shell));
        return Exit::kFine;
      }};
}

CommandSpec version_command(Options& options) {
  return {
      .name = "version",
      .group = CommandGroup::kAround,
      .summary = "Print the version",
      .about = "With --format json also what this version knows.",
      .example = "plumbline version --format json",
      .flags = output_flags(options),
      .run = show_version};
}

}  // namespace plumbline
