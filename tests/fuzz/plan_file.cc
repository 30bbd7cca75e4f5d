// A plan at rest that somebody edited, or made up: it is refused, and what is said about it can be
// shown. Also what only the state's own seal keeps out is read to its end.
#include "controller/plan/plan_file.h"

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/config/manifest.h"
#include "tests/fuzz/replies.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

constexpr std::string_view kKey = "of the state, thirty-two bytes..";
constexpr auto* kManifest =
    "stack: s\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";

const Manifest& manifest() {
  static const std::shared_ptr<const Manifest> kParsed = [] {
    Diagnostics diagnostics;
    auto parsed =
        parse_manifest(catalog(), "manifest.yaml", kManifest, ManifestOptions(), diagnostics);
    PLUMBLINE_CHECK(!diagnostics.has_errors());
    return parsed;
  }();
  return *kParsed;
}

void expect_told(const Diagnostics& problems) {
  for (const Diagnostic& problem : problems.all()) {
    PLUMBLINE_CHECK(problem.id == "PL004" || problem.id == "PL005");
  }
  static_cast<void>(render_human(problems, Colour::kNever));
  PLUMBLINE_CHECK(parse_json(show_json(to_json(problems))));
}

Plan fresh_plan() {
  Plan plan;
  plan.account_id = "123456789012";
  plan.region = "eu-west-3";
  Change change;
  change.address = {"vpcs", "main"};
  change.kind = catalog().find_kind("Vpc");
  change.action = Action::kCreate;
  plan.changes.push_back(std::move(change));
  return plan;
}

}  // namespace

void read_plan_file(std::string_view input) {
  StateImage state;
  state.install_key = kKey;
  static_cast<void>(is_plan_file(input));
  auto saved = read_plan("plan.json", input);
  if (!saved) {
    PLUMBLINE_CHECK(!saved.error().message.empty());
    return;
  }
  const Diagnostics refused = check_saved_plan(*saved, manifest(), state);
  PLUMBLINE_CHECK(refused.has_errors());
  expect_told(refused);
  // As if the key had been stolen, too.
  Value rest = saved->content;
  rest.erase("seal");
  saved->content.set("seal", to_hex(hmac_sha256(kKey, "plan\n" + canonical_json(rest))));
  expect_told(check_saved_plan(*saved, manifest(), state));
  expect_told(compare_plans(*saved, fresh_plan(), state));
}

}  // namespace plumbline::fuzz
