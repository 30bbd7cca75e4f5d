// graph: the manifest as a picture, for eyes, documents and other programs.
#include <memory>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/graph_view.h"
#include "controller/cli/session.h"

namespace plumbline {

namespace {

Exit draw(Terminal& terminal, const Options& options, Catalog& catalog, const std::string& format) {
  Diagnostics problems;
  const auto manifest = load_manifest(catalog, manifest_options(options, true), problems);
  Graph graph;
  if (manifest != nullptr) {
    graph = make_graph(*manifest, problems);
  }
  if (manifest == nullptr || problems.has_errors()) {
    problems.sort();
    terminal.err(render_human(problems, terminal.colour()));
    terminal.err("\nplumbline: nothing was drawn; correct the manifest first\n");
    return Exit::kFailed;
  }
  const GraphView view = view_of(*manifest, graph);
  if (format == "json") {
    terminal.out(show_json(graph_to_json(*manifest, graph), JsonStyle::kPretty) + "\n");
  } else if (format == "mermaid") {
    terminal.out(to_mermaid(view));
  } else if (format == "svg") {
    terminal.out(to_svg(view));
  } else {
    terminal.out(to_dot(view));
  }
  return Exit::kFine;
}

}  // namespace

CommandSpec graph_command(Options& options) {
  auto format = std::make_shared<std::string>("dot");
  return {
      .name = "graph",
      .group = CommandGroup::kLookUp,
      .summary = "Draw who needs whom",
      .about =
          "An arrow says \"needs\"; dashed arrows are weak: they do not decide who is created "
          "first, so that resources may name each other. The picture is made here, without another "
          "program. Neither AWS nor the state is read.",
      .example = "plumbline graph manifest.yaml --format svg > stack.svg",
      .flags = joined(
          manifest_flags(options),
          {{.names = "--format",
            .value = "FORMAT",
            .summary = "dot, mermaid, svg or json (dot)",
            .target = format.get(),
            .choices = {"dot", "mermaid", "svg", "json"}}}
      ),
      .run = [format](Terminal& terminal, const Options& given, Catalog& catalog) {
        return draw(terminal, given, catalog, *format);
      }};
}

}  // namespace plumbline
