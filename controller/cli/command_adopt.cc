// import and adopt: what exists comes under management, one object or all of it.
#include <filesystem>

#include <fmt/format.h>

#include "controller/cli/adopting.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/judge.h"
#include "controller/config/terraform_state.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

Exit refuse(Terminal& terminal, std::string_view why) {
  terminal.err(fmt::format("plumbline: {}\n", why));
  return Exit::kUsage;
}

constexpr std::string_view kNoRegion =
    "no region is known; say --region, or set AWS_REGION or the profile's region";

Exit discover(Terminal& terminal, const Options& options, Catalog& catalog) {
  if (options.adopt.vpc.empty()) {
    return refuse(terminal, "--discover needs --vpc: whose belongings are looked for");
  }
  if (!options.adopt.address.empty()) {
    return refuse(terminal, "--discover finds everything by itself and takes no ADDRESS");
  }
  AdoptionOrder order;
  order.region = region_of(options);
  if (order.region.empty()) {
    return refuse(terminal, kNoRegion);
  }
  order.ask.root = options.adopt.vpc;
  order.origin =
      fmt::format("What belongs to {} in {}, as it was found.", options.adopt.vpc, order.region);
  return carry_out_adoption(terminal, options, catalog, std::move(order));
}

/// One object. The rest of the manifest is read and left alone.
Exit import_one(Terminal& terminal, const Options& options, Catalog& catalog) {
  if (options.adopt.address.empty() || options.adopt.id.empty() || options.paths.empty()) {
    return refuse(
        terminal,
        "import takes ADDRESS ID PATH, or --discover --vpc ID. See `plumbline import --help`."
    );
  }
  Session session(terminal, options, catalog);
  SessionExtras extras;
  extras.import = {options.adopt.address, options.adopt.id};
  if (const auto exit = session.open(RunMode::kApply, "import", extras)) {
    return *exit;
  }
  session.run();
  const RunResult& result = session.watcher().result();
  if (options.format == Format::kHuman) {
    terminal.err(describe_result(result, session.manifest(), terminal.colour()));
    if (result.is_complete && result.plan != nullptr && result.plan->has_changes()) {
      terminal.out(fmt::format("\nImport complete: {}.\n", summarise(*result.plan)));
    }
  }
  return result.was_declined ? Exit::kFailed : exit_of(result);
}

Exit run_import(Terminal& terminal, const Options& options, Catalog& catalog) {
  return options.adopt.discovers ? discover(terminal, options, catalog)
                                 : import_one(terminal, options, catalog);
}

Exit run_adopt(Terminal& terminal, const Options& options, Catalog& catalog) {
  const std::string& path = options.adopt.terraform;
  const auto text = read_text_file(path);
  if (!text) {
    terminal.err(fmt::format("plumbline: {}\n", text.error().message));
    return Exit::kFailed;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  auto state = read_terraform_state(catalog, *text, folder);
  if (!state) {
    terminal.err(fmt::format("plumbline: {}: {}\n", path, state.error().message));
    return Exit::kFailed;
  }
  AdoptionOrder order;
  order.carries_out = true;
  order.region = options.adopt.region.empty() ? state->region : options.adopt.region;
  order.region = order.region.empty() ? region_of(options) : order.region;
  if (order.region.empty()) {
    return refuse(terminal, kNoRegion);
  }
  order.origin = fmt::format("What Terraform's state {} manages, as it was found.", path);
  for (TerraformObject& object : state->objects) {
    order.ask.claims.push_back(
        {object.kind, std::move(object.id), std::move(object.name), std::move(object.taken)}
    );
  }
  for (TerraformState::Unmapped& each : state->unmapped) {
    order.left_out.push_back({std::move(each.address), std::move(each.why)});
  }
  return carry_out_adoption(terminal, options, catalog, std::move(order));
}

std::vector<Flag> adopting_flags(Options& options) {
  return {
      {.names = "--out",
       .value = "FILE",
       .summary = "The manifest that is written (adopted.yaml)",
       .target = &options.adopt.out},
      {.names = "--region",
       .value = "REGION",
       .summary = "Where to look (AWS_REGION, else the profile's)",
       .target = &options.adopt.region},
      {.names = "--stack",
       .value = "NAME",
       .summary = "The stack's name (that of the manifest's folder)",
       .target = &options.adopt.stack}};
}

std::vector<Flag> running_flags(Options& options) {
  std::vector<Flag> flags = joined({state_flag(options)}, output_flags(options));
  flags.push_back(
      {.names = "--parallelism",
       .value = "N",
       .summary = "Calls in flight at once, 1 to 64 (10)",
       .target = &options.parallelism,
       .range = {{1, 64}}}
  );
  flags.push_back(yes_flag(options));
  return flags;
}

}  // namespace

CommandSpec import_command(Options& options) {
  std::vector<Flag> flags = {
      {.names = "ADDRESS",
       .value = "ADDRESS",
       .summary = "What the manifest calls it, such as vpcs.main",
       .target = &options.adopt.address},
      {.names = "ID",
       .value = "ID",
       .summary = "The id AWS knows it by",
       .target = &options.adopt.id},
  };
  std::vector<Flag> manifest = manifest_flags(options);
  manifest.front().is_required = false;
  flags = joined(std::move(flags), std::move(manifest));
  flags.push_back(
      {.names = "--discover",
       .value = "",
       .summary = "Find everything that belongs to --vpc, and write a manifest of it",
       .target = &options.adopt.discovers}
  );
  flags.push_back(
      {.names = "--vpc",
       .value = "ID",
       .summary = "With --discover: the network",
       .target = &options.adopt.vpc}
  );
  return {
      .name = "import",
      .group = CommandGroup::kChange,
      .summary = "Take over what exists: one object, or all of a network",
      .about =
          "With ADDRESS and ID, one object that the manifest declares becomes this stack's; "
          "nothing else is changed. With --discover nothing is changed at all: what belongs to the "
          "network, and the roles, secrets and keys that it uses, are written into a new manifest "
          "with names for ids, secrets as inputs, and `import:` for each; then its plan is shown. "
          "What carries the owner tag of another stack is refused.",
      .example = "plumbline import vpcs.main vpc-0abc manifest.yaml",
      .flags = joined(joined(std::move(flags), adopting_flags(options)), running_flags(options)),
      .run = run_import};
}

CommandSpec adopt_command(Options& options) {
  std::vector<Flag> flags = {
      {.names = "TFSTATE",
       .value = "FILE",
       .summary = "A state file of Terraform, format 4",
       .target = &options.adopt.terraform,
       .is_required = true}};
  return {
      .name = "adopt",
      .group = CommandGroup::kChange,
      .summary = "Take over what Terraform manages",
      .about =
          "Looks at everything that the state file names, writes a manifest of it, proves that its "
          "plan changes nothing but owner tags, and asks; then it is this stack's. Resources "
          "that have no kind here are listed. Secrets in the file are not read.",
      .example = "plumbline adopt terraform.tfstate --out manifest.yaml",
      .flags = joined(joined(std::move(flags), adopting_flags(options)), running_flags(options)),
      .run = run_adopt};
}

}  // namespace plumbline
