#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

constexpr Duration kCodeUpdate = std::chrono::seconds(4);
constexpr Duration kSettingsUpdate = std::chrono::seconds(3);
constexpr Duration kNetworkUpdate = std::chrono::seconds(20);
constexpr std::size_t kPage = 50;

/// "2026-11-20T16:18:13.123+0000"
std::string show_modified(Timestamp time) {
  const std::string text = format_iso8601(time);
  return fmt::format("{}.{:03}+0000", text.substr(0, text.size() - 1), to_millis(time) % 1000);
}

/// Equal but for what publishing itself sets.
bool is_same_content(Value a, Value b) {
  for (const char* key : {"Version", "FunctionArn", "RevisionId", "LastModified", "Description"}) {
    a.erase(key);
    b.erase(key);
  }
  return a == b;
}

}  // namespace

void Lambda::touch(Value& function) {
  Value* configuration = function.find("Configuration");
  configuration->set("LastModified", show_modified(world_.now()));
  configuration->set("RevisionId", world_.make_uuid());
}

void Lambda::start_update(Value& function, Duration takes) {
  function.set("UpdateReadyAt", to_millis(world_.now() + world_.scaled(takes)));
  touch(function);
}

Outcome Lambda::update_configuration(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_idle(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  if (auto wrong = check_settings(request.params)) {
    return *wrong;
  }
  if (auto wrong = check_runtime(request.params)) {
    return *wrong;
  }
  Value configuration = function->get("Configuration");
  if (has_param(request.params, "Role")) {
    if (auto wrong = check_role(request, text_param(request.params, "Role"))) {
      return *wrong;
    }
  }
  if (auto wrong = apply_settings(request, configuration)) {
    return *wrong;
  }
  const bool has_moved =
      configuration.get("VpcConfig") != function->get_path("Configuration.VpcConfig");
  function->set("Configuration", std::move(configuration));
  start_update(*function, has_moved ? kNetworkUpdate : kSettingsUpdate);
  settle_interfaces(request);
  return show_configuration(*function);
}

Outcome Lambda::update_code(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_idle(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.length("Architectures", 1, 1);
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  Value configuration = function->get("Configuration");
  if (has_param(request.params, "Architectures")) {
    configuration.set("Architectures", request.params.get("Architectures"));
  }
  if (auto wrong = apply_code(request.params, configuration)) {
    return *wrong;
  }
  if (flag_param(request.params, "DryRun")) {
    return configuration;
  }
  function->set("Configuration", std::move(configuration));
  if (has_param(request.params, "ImageUri")) {
    function->set("ImageUri", request.params.get("ImageUri"));
  }
  start_update(*function, kCodeUpdate);
  Value reply = show_configuration(*function);
  if (flag_param(request.params, "Publish")) {
    const Value published = publish(*function, "");
    reply.set("Version", published.get("Version"));
    reply.set("FunctionArn", published.get("FunctionArn"));
  }
  return reply;
}

Value Lambda::publish(Value& function, const std::string& description) {
  Value snapshot = function.get("Configuration");
  List& versions = function.find("Versions")->as_list();
  if (!versions.empty() && is_same_content(versions.back(), snapshot)) {
    return versions.back();
  }
  const std::int64_t number = function.get("NextVersion").as_int();
  snapshot.set("Version", std::to_string(number));
  snapshot.set("FunctionArn", fmt::format("{}:{}", snapshot.text_of("FunctionArn"), number));
  snapshot.set("RevisionId", world_.make_uuid());
  if (!description.empty()) {
    snapshot.set("Description", description);
  }
  versions.push_back(snapshot);
  function.set("NextVersion", number + 1);
  return snapshot;
}

Outcome Lambda::publish_version(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_idle(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const std::string expected = text_param(request.params, "CodeSha256");
  const std::string actual = function->get_path("Configuration.CodeSha256").as_text();
  if (!expected.empty() && expected != actual) {
    return invalid_value(fmt::format(
        "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again "
        "with the CodeSHA256 in $LATEST.",
        expected,
        actual
    ));
  }
  Value reply = publish(*function, text_param(request.params, "Description"));
  reply.set("State", "Active");
  reply.set("LastUpdateStatus", "Successful");
  reply.set("$status", 201);
  return reply;
}

Outcome Lambda::list_versions(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.range("MaxItems", 1, 10000);
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  Value latest = function->get("Configuration");
  latest.set("FunctionArn", latest.text_of("FunctionArn") + ":$LATEST");
  std::vector<Named> all = {{"$LATEST", latest}};
  for (const Value& version : items_of(function->get("Versions"))) {
    all.push_back({version.text_of("Version"), version});
  }
  const auto asked = int_param(request.params, "MaxItems").value_or(kPage);
  const auto page = page_of(
      all, text_param(request.params, "Marker"), std::min(kPage, static_cast<std::size_t>(asked))
  );
  if (!page) {
    return invalid_value("Invalid pagination marker.");
  }
  Value reply = Value::object({{"Versions", page->items}});
  if (!page->next.empty()) {
    reply.set("NextMarker", page->next);
  }
  return reply;
}

}  // namespace plumbline::sim
