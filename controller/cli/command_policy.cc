// iam-policy: the permissions that a manifest's runs take, as documents that IAM accepts.
#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "controller/plan/permissions.h"

namespace plumbline {

namespace {

Purpose purpose_of(const std::string& word) {
  return word == "plan"         ? Purpose::kPlan
         : word == "controller" ? Purpose::kController
         : word == "destroy"    ? Purpose::kDestroy
                                : Purpose::kApply;
}

/// --account, or the one the state is bound to; "" when neither says.
Result<std::string> find_account(const Options& options, const Manifest& manifest) {
  if (!options.account.empty()) {
    return options.account;
  }
  const auto state = glance(state_path(options, manifest));
  return state ? Result<std::string>(state->account_id) : state.error();
}

Value to_json(const Permissions& permissions, const Options& options, const Manifest& manifest) {
  List documents;
  for (const auto& [account, statements] : permissions) {
    int number = 0;
    for (Value& policy : policy_documents(statements)) {
      documents.push_back(Value::object(
          {{"account", account},
           {"name", fmt::format("plumbline-{}-{}-{}", manifest.stack, options.purpose, ++number)},
           {"characters", static_cast<std::int64_t>(show_json(policy).size())},
           {"policy", std::move(policy)}}
      ));
    }
  }
  return Value::object(
      {{"version", 1},
       {"for", options.purpose},
       {"stack", manifest.stack},
       {"documents", Value(std::move(documents))}}
  );
}

Exit run_iam_policy(Terminal& terminal, const Options& options, Catalog& catalog) {
  const Loaded loaded = load_and_lint(catalog, options, true);
  if (loaded.diagnostics.has_errors() || loaded.manifest == nullptr) {
    terminal.err(render_human(loaded.diagnostics, terminal.colour()));
    return Exit::kFailed;
  }
  const Manifest& manifest = *loaded.manifest;
  const auto found = find_account(options, manifest);
  if (!found) {
    terminal.err(fmt::format("plumbline: {}\n", found.error().message));
    return Exit::kState;
  }
  const std::string& account = *found;
  const std::string region = manifest.region.empty() ? environment_region() : manifest.region;
  if (account.empty() || region.empty()) {
    terminal.err(fmt::format(
        "plumbline: a policy names resources by their {0}, and nothing says which: {1}\n",
        account.empty() ? "account" : "region",
        account.empty() ? "say --account 123456789012, or apply once" : "set AWS_REGION"
    ));
    return Exit::kUsage;
  }
  const PermissionInput input{manifest, catalog, account, region};
  const Value shown =
      to_json(needed_permissions(input, purpose_of(options.purpose)), options, manifest);
  if (options.format == Format::kJson) {
    terminal.out(show_json(shown, JsonStyle::kPretty) + "\n");
    return Exit::kFine;
  }
  const List& documents = shown.get("documents").as_list();
  if (documents.size() > 1) {
    terminal.err(fmt::format(
        "plumbline: {} documents, as IAM takes {} characters in each; attach all of them\n",
        documents.size(),
        kPolicyLimit
    ));
  }
  for (const Value& document : documents) {
    if (const std::string& other = document.text_of("account"); !other.empty()) {
      terminal.err(fmt::format("plumbline: the next document is for the account {}\n", other));
    }
    terminal.out(show_json(document.get("policy"), JsonStyle::kPretty) + "\n");
  }
  return Exit::kFine;
}

std::string check_account(const std::string& given) {
  const bool is_id =
      given.size() == 12 && given.find_first_not_of("0123456789") == std::string::npos;
  return is_id ? std::string() : fmt::format("{} is not 12 digits", given);
}

}  // namespace

CommandSpec iam_policy_command(Options& options) {
  CommandSpec command{
      .name = "iam-policy",
      .group = CommandGroup::kLookUp,
      .summary = "The least that IAM must allow for a manifest",
      .about =
          "Policies with every call that the runs of a command may make for this manifest, and "
          "nothing else: ARNs where names give them, creation only with the stack's tag, changes "
          "and deletions only of what carries it. Of each account its own, in documents that IAM "
          "accepts.",
      .example = "plumbline iam-policy manifest.yaml --for apply --account 123456789012",
      .flags = joined(manifest_flags(options), {state_flag(options)}),
      .run = run_iam_policy};
  command.flags.push_back(
      {.names = "--for",
       .value = "COMMAND",
       .summary = "What the permissions are for (apply)",
       .target = &options.purpose,
       .choices = {"plan", "apply", "controller", "destroy"}}
  );
  command.flags.push_back(
      {.names = "--account",
       .value = "ID",
       .summary = "The account's 12 digits (the account that the state belongs to)",
       .target = &options.account,
       .check = check_account}
  );
  command.flags = joined(std::move(command.flags), output_flags(options));
  return command;
}

}  // namespace plumbline
