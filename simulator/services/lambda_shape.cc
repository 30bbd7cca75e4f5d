#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

/// Layers are sent as ARNs and shown with a size; nobody here knows the real one.
Value show_layers(const Value& layers) {
  List shown;
  for (const std::string& arn : texts_of(layers)) {
    const auto size = static_cast<std::int64_t>(sha256(arn)[0]) * 4096 + 1024;
    shown.push_back(Value::object({{"Arn", arn}, {"CodeSize", size}}));
  }
  return shown;
}

/// Sets `key` to `value`, or removes it when what it says is nothing.
void set_or_clear(Value& configuration, std::string_view key, Value value, bool is_nothing) {
  if (is_nothing) {
    configuration.erase(key);
  } else {
    configuration.set(key, std::move(value));
  }
}

void apply_plain(const Value& params, Value& configuration) {
  for (const char* key : {"Role", "Handler", "Description"}) {
    if (has_param(params, key)) {
      configuration.set(key, text_param(params, key));
    }
  }
  for (const char* key : {"Timeout", "MemorySize"}) {
    if (const auto number = int_param(params, key)) {
      configuration.set(key, *number);
    }
  }
  if (has_param(params, "KMSKeyArn")) {
    const std::string key = text_param(params, "KMSKeyArn");
    set_or_clear(configuration, "KMSKeyArn", key, key.empty());
  }
}

void apply_runtime(const Request& request, Value& configuration) {
  if (!has_param(request.params, "Runtime")) {
    return;
  }
  const std::string runtime = text_param(request.params, "Runtime");
  configuration.set("Runtime", runtime);
  configuration.set(
      "RuntimeVersionConfig",
      Value::object(
          {{"RuntimeVersionArn",
            fmt::format("arn:aws:lambda:{}::runtime:{}", request.region, sha256_hex(runtime))}}
      )
  );
}

void apply_logging(const Value& params, Value& configuration) {
  const Value& wanted = params.get("LoggingConfig");
  if (!wanted.is_object()) {
    return;
  }
  Value logging = configuration.get("LoggingConfig");
  for (const auto& [key, value] : wanted.as_object()) {
    logging.set(key, value);
  }
  const bool is_json = logging.text_of("LogFormat") == "JSON";
  for (const char* key : {"ApplicationLogLevel", "SystemLogLevel"}) {
    if (!is_json) {
      logging.erase(key);
    } else if (!has_param(logging, key)) {
      logging.set(key, "INFO");
    }
  }
  configuration.set("LoggingConfig", logging);
}

void apply_structures(const Value& params, Value& configuration) {
  if (const Value& wanted = params.get("Environment"); wanted.is_object()) {
    const Value& variables = wanted.get("Variables");
    set_or_clear(
        configuration,
        "Environment",
        Value::object({{"Variables", variables}}),
        variables.size() == 0
    );
  }
  if (const Value& layers = params.get("Layers"); layers.is_list()) {
    set_or_clear(configuration, "Layers", show_layers(layers), layers.size() == 0);
  }
  if (const Value& target = params.get("DeadLetterConfig"); target.is_object()) {
    set_or_clear(configuration, "DeadLetterConfig", target, target.text_of("TargetArn").empty());
  }
  if (const Value& systems = params.get("FileSystemConfigs"); systems.is_list()) {
    set_or_clear(configuration, "FileSystemConfigs", systems, systems.size() == 0);
  }
  if (const Value& image = params.get("ImageConfig"); image.is_object()) {
    set_or_clear(
        configuration,
        "ImageConfigResponse",
        Value::object({{"ImageConfig", image}}),
        image.size() == 0
    );
  }
  for (const char* key : {"TracingConfig", "EphemeralStorage"}) {
    if (params.get(key).size() > 0) {
      configuration.set(key, params.get(key));
    }
  }
  if (const std::string apply_on = params.get("SnapStart").text_of("ApplyOn"); !apply_on.empty()) {
    configuration.set(
        "SnapStart", Value::object({{"ApplyOn", apply_on}, {"OptimizationStatus", "Off"}})
    );
  }
}

}  // namespace

std::optional<Fault> Lambda::apply_settings(const Request& request, Value& configuration) const {
  const Value& params = request.params;
  apply_plain(params, configuration);
  apply_runtime(request, configuration);
  apply_logging(params, configuration);
  apply_structures(params, configuration);
  if (const std::string key = text_param(params, "KMSKeyArn");
      !key.empty() && !neighbours_.find_key(request.account, request.region, key).is_usable()) {
    return invalid_value(fmt::format(
        "Lambda was unable to configure access to your environment variables because the KMS key "
        "{} is invalid for CreateGrant. Please check your KMS key settings.",
        key
    ));
  }
  const Value& network = params.get("VpcConfig");
  if (!network.is_object()) {
    return std::nullopt;
  }
  std::string vpc_id;
  if (auto fault = check_network(request, configuration.text_of("Role"), vpc_id)) {
    return fault;
  }
  configuration.set(
      "VpcConfig",
      Value::object(
          {{"SubnetIds", items_of(network.get("SubnetIds"))},
           {"SecurityGroupIds", items_of(network.get("SecurityGroupIds"))},
           {"VpcId", vpc_id},
           {"Ipv6AllowedForDualStack", flag_param(network, "Ipv6AllowedForDualStack")}}
      )
  );
  return std::nullopt;
}

}  // namespace plumbline::sim
