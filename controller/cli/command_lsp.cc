// lsp: the language server on standard input and output, and what the program lends it.
#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/explain.h"
#include "controller/cli/flags.h"
#include "controller/cli/judge.h"
#include "controller/cli/reference.h"
#include "controller/cli/session.h"
#include "controller/config/graph.h"
#include "controller/lint/lint.h"
#include "controller/lsp/framing.h"
#include "controller/lsp/server.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Messages that are taken before a stack is read again, if they come without a pause.
constexpr int kMostAtOnce = 64;

std::string real_path(const std::string& path) {
  std::error_code error;
  const fs::path full = fs::absolute(path, error);
  const bool is_folder = fs::is_directory(full, error);
  const fs::path folder = is_folder ? full : full.parent_path();
  const fs::path resolved = fs::weakly_canonical(folder, error);
  const fs::path base = error ? folder : resolved;
  return (is_folder ? base : base / full.filename()).string();
}

StackReading read_stack(
    const Catalog& catalog,
    const Options& options,
    const std::vector<std::string>& paths,
    const OpenTexts& open
) {
  ManifestOptions manifest = manifest_options(options, true);
  manifest.paths = paths;
  Loaded loaded;
  Diagnostics read;
  loaded.manifest = load_manifest(catalog, manifest, open, read);
  const Graph graph = make_graph(*loaded.manifest, read);
  const Diagnostics linted = without_repeats(run_lint({*loaded.manifest, graph, catalog}));
  judge(options, read, linted, loaded);
  return {loaded.manifest, loaded.settings, std::move(loaded.findings)};
}

std::string explain(const Catalog& catalog, const std::string& topic) {
  const std::size_t dot = topic.find('.');
  const std::string head = topic.substr(0, dot);
  const auto& sections = catalog.sections();
  if (!std::binary_search(sections.begin(), sections.end(), head)) {
    const auto said = dot == std::string::npos ? explain_word(catalog, topic) : std::nullopt;
    return said ? said->text : "";
  }
  const Kind& kind = *catalog.find_section(head);
  if (dot == std::string::npos) {
    return explain_kind(kind).text;
  }
  const std::string dotted = topic.substr(dot + 1);
  const Property* property = find_below(kind, dotted);
  return property == nullptr ? "" : explain_property(kind, *property, dotted).text;
}

void write_all(Terminal& terminal, LanguageServer& server) {
  for (const Value& message : server.take_out()) {
    terminal.out(frame(wire_json(message)));
  }
}

bool more_waits() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

/// More bytes of standard input; false at its end.
bool read_more(MessageReader& reader) {
  char bytes[64 << 10];
  ssize_t count = 0;
  do {
    count = read(STDIN_FILENO, bytes, sizeof bytes);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    reader.feed({bytes, static_cast<std::size_t>(count)});
  }
  return count > 0;
}

void serve(Terminal& terminal, LanguageServer& server) {
  MessageReader reader;
  int taken = 0;
  while (!server.has_ended()) {
    if (const auto body = reader.next()) {
      server.receive(*body);
      ++taken;
    } else if (const std::string fault = reader.take_fault(); !fault.empty()) {
      server.complain(fault);
    } else if (taken == 0 || (more_waits() && taken < kMostAtOnce)) {
      if (!read_more(reader)) {
        return;
      }
    } else {
      taken = 0;
      server.settle();
    }
    write_all(terminal, server);
  }
}

Exit run_lsp_command(Terminal& terminal, const Options& options, Catalog& catalog) {
  auto schema = parse_json(embedded_text("schemas/manifest.schema.json"));
  PLUMBLINE_CHECK(schema.has_value());
  const LanguageHost host{
      .catalog = catalog,
      .manifest_schema = std::move(*schema),
      .files = options.paths,
      .read = [&](const std::vector<std::string>& paths,
                  const OpenTexts& open) { return read_stack(catalog, options, paths, open); },
      .explain = [&](const std::string& topic) { return explain(catalog, topic); },
      .describe_type = type_of,
      .real_path = real_path,
  };
  LanguageServer server(host);
  serve(terminal, server);
  return server.ended_well() ? Exit::kFine : Exit::kFailed;
}

}  // namespace

CommandSpec lsp_command(Options& options) {
  std::vector<Flag> flags = manifest_flags(options);
  flags.front().is_required = false;
  flags.front().summary = "The files of one stack; without them each file's folder is one";
  auto ignored = std::make_shared<bool>(false);
  return {
      .name = "lsp",
      .group = CommandGroup::kLookUp,
      .summary = "A language server, for editors",
      .about =
          "Speaks the Language Server Protocol on standard input and output: findings while a "
          "manifest is written, completion, what explain says about the word under the cursor, "
          "definitions, references, symbols and quick fixes. Texts that are not saved yet count. "
          "No call is made and no state is read.",
      .example = "plumbline lsp -f base.yaml -f production.yaml",
      .flags = joined(
          std::move(flags),
          {{.names = "--lint-settings",
            .value = "FILE",
            .summary = "Settings to use instead of those beside the manifest",
            .target = &options.lint.settings},
           {.names = "--stdio",
            .value = "",
            .summary = "Said by some editors; there is no other way to talk to it",
            .target = ignored.get()}}
      ),
      .run = [ignored](Terminal& terminal, const Options& given, Catalog& catalog) {
        return run_lsp_command(terminal, given, catalog);
      }};
}

}  // namespace plumbline
