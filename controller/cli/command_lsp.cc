// lsp: the language server on standard input and output.
#include <cerrno>
#include <memory>

#include <poll.h>
#include <unistd.h>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/lsp_host.h"
#include "controller/lsp/framing.h"
#include "controller/lsp/server.h"

namespace plumbline {

namespace {

/// Messages that are taken before a stack is read again, if they come without a pause.
constexpr int kMostAtOnce = 64;

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
  const LanguageHost host = language_host(options, catalog);
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
