#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/iam_documents.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kZipLimit = 50UL * 1024 * 1024;
constexpr std::size_t kEnvironmentLimit = 4096;

const std::vector<std::string>& current_runtimes() {
  static const std::vector<std::string> all = {
      "nodejs18.x", "nodejs20.x", "nodejs22.x",   "nodejs24.x",     "python3.9", "python3.10",
      "python3.11", "python3.12", "python3.13",   "python3.14",     "java8.al2", "java11",
      "java17",     "java21",     "java25",       "dotnet8",        "dotnet10",  "ruby3.2",
      "ruby3.3",    "ruby3.4",    "provided.al2", "provided.al2023"};
  return all;
}

const std::set<std::string>& retired_runtimes() {
  static const std::set<std::string> all = {
      "nodejs",     "nodejs4.3",     "nodejs4.3-edge", "nodejs6.10",    "nodejs8.10",
      "nodejs10.x", "nodejs12.x",    "nodejs14.x",     "nodejs16.x",    "python2.7",
      "python3.6",  "python3.7",     "python3.8",      "java8",         "ruby2.5",
      "ruby2.7",    "dotnetcore1.0", "dotnetcore2.0",  "dotnetcore2.1", "dotnetcore3.1",
      "dotnet6",    "go1.x",         "provided"};
  return all;
}

/// Names the runtime sets itself, so nobody else may.
const std::set<std::string>& reserved_variables() {
  static const std::set<std::string> all = {
      "_HANDLER",
      "_X_AMZN_TRACE_ID",
      "AWS_DEFAULT_REGION",
      "AWS_REGION",
      "AWS_EXECUTION_ENV",
      "AWS_LAMBDA_FUNCTION_NAME",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
      "AWS_LAMBDA_FUNCTION_VERSION",
      "AWS_LAMBDA_INITIALIZATION_TYPE",
      "AWS_LAMBDA_LOG_GROUP_NAME",
      "AWS_LAMBDA_LOG_STREAM_NAME",
      "AWS_ACCESS_KEY",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "AWS_LAMBDA_RUNTIME_API",
      "LAMBDA_TASK_ROOT",
      "LAMBDA_RUNTIME_DIR"};
  return all;
}

std::optional<Fault> check_environment(const Value& variables) {
  if (!variables.is_object()) {
    return std::nullopt;
  }
  std::vector<std::string> reserved;
  for (const auto& [name, value] : variables.as_object()) {
    if (reserved_variables().contains(name)) {
      reserved.push_back(name);
      continue;
    }
    const bool starts_well =
        !name.empty() && is_made_of(name.substr(0, 1), "") && (name[0] < '0' || name[0] > '9');
    if (!starts_well || name.size() < 2 || !is_made_of(name, "_") || !value.is_text()) {
      return Fault{
          400,
          "ValidationException",
          fmt::format(
              "1 validation error detected: Value at 'environment.variables' failed to satisfy "
              "constraint: Map keys must satisfy constraint: [Member must satisfy regular "
              "expression pattern: [a-zA-Z]([a-zA-Z0-9_])+], found {}",
              name
          )};
    }
  }
  if (!reserved.empty()) {
    return invalid_value(fmt::format(
        "Lambda was unable to configure your environment variables because the environment "
        "variables "
        "you have provided contains reserved keys that are currently not supported for "
        "modification. Reserved keys used in this request: {}",
        join(reserved, ", ")
    ));
  }
  if (wire_json(variables).size() > kEnvironmentLimit) {
    return invalid_value(
        "Lambda was unable to configure your environment variables because the environment "
        "variables "
        "you have provided exceeded the 4KB limit."
    );
  }
  return std::nullopt;
}

std::optional<Fault> check_layers(const Value& params) {
  std::set<std::string> seen;
  for (const std::string& layer : texts_of(params.get("Layers"))) {
    const Arn arn = parse_arn(layer);
    const auto parts = split(arn.resource, ':');
    const bool is_version = arn.is_arn && arn.service == "lambda" && parts.size() == 3 &&
                            parts[0] == "layer" && !parts[2].empty() &&
                            parts[2].find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_version) {
      return Fault{
          400,
          "ValidationException",
          fmt::format(
              "1 validation error detected: Value '[{}]' at 'layers' failed to satisfy constraint: "
              "Member must satisfy constraint: [Member must satisfy regular expression pattern: "
              "arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{{12}}:layer:[a-zA-Z0-9-_]+:[0-9]+]",
              layer
          )};
    }
    if (!seen.insert(arn.account + ":" + std::string(parts[1])).second) {
      return invalid_value(
          "Two different versions of the same layer are not allowed to be referenced"
          " in the same function."
      );
    }
  }
  return std::nullopt;
}

/// No S3 and no registry are here; a code's place stands for its content.
std::string digest_of_place(const Value& code) {
  return fmt::format(
      "{}/{}/{}", code.text_of("S3Bucket"), code.text_of("S3Key"), code.text_of("S3ObjectVersion")
  );
}

bool is_zip(std::string_view bytes) {
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

}  // namespace

std::optional<Fault> check_settings(const Value& params) {
  Validation validation(params);
  validation.range("Timeout", 1, 900);
  validation.range("MemorySize", 128, 10240);
  validation.length("Description", 0, 256);
  validation.length("Handler", 0, 128);
  validation.length("Layers", 0, 5);
  validation.length("Architectures", 1, 1);
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  Validation storage(params.get("EphemeralStorage"));
  storage.range("Size", 512, 10240);
  Validation tracing(params.get("TracingConfig"));
  tracing.one_of("Mode", {"Active", "PassThrough"});
  Validation snapshot(params.get("SnapStart"));
  snapshot.one_of("ApplyOn", {"PublishedVersions", "None"});
  Validation logging(params.get("LoggingConfig"));
  logging.one_of("LogFormat", {"JSON", "Text"});
  Validation network(params.get("VpcConfig"));
  network.length("SubnetIds", 0, 16);
  network.length("SecurityGroupIds", 0, 5);
  for (const Validation* part : {&storage, &tracing, &snapshot, &logging, &network}) {
    if (auto fault = part->fault("ValidationException")) {
      return fault;
    }
  }
  for (const std::string& architecture : texts_of(params.get("Architectures"))) {
    if (architecture != "x86_64" && architecture != "arm64") {
      return Fault{
          400,
          "ValidationException",
          fmt::format(
              "1 validation error detected: Value '[{}]' at 'architectures' failed to satisfy "
              "constraint: Member must satisfy constraint: [Member must satisfy enum value set: "
              "[x86_64, arm64]]",
              architecture
          )};
    }
  }
  if (auto fault = check_layers(params)) {
    return fault;
  }
  return check_environment(params.get_path("Environment.Variables"));
}

std::optional<Fault> check_runtime(const Value& params) {
  const std::string runtime = text_param(params, "Runtime");
  const auto& current = current_runtimes();
  if (!has_param(params, "Runtime") ||
      std::find(current.begin(), current.end(), runtime) != current.end()) {
    return std::nullopt;
  }
  if (retired_runtimes().contains(runtime)) {
    return invalid_value(fmt::format(
        "The runtime parameter of {} is no longer supported for creating or updating AWS Lambda "
        "functions. We recommend you use a supported runtime while creating or updating functions.",
        runtime
    ));
  }
  return invalid_value(fmt::format(
      "Value {} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
      "[{}] or be a valid ARN",
      runtime,
      join(current, ", ")
  ));
}

std::optional<Fault> apply_code(const Value& code, Value& configuration) {
  if (configuration.text_of("PackageType") == "Image") {
    const std::string image = text_param(code, "ImageUri");
    if (image.empty()) {
      return invalid_value(
          "Please provide ImageUri when updating a function with packageType Image."
      );
    }
    configuration.set("CodeSha256", sha256_hex(image));
    configuration.set("CodeSize", 0);
    return std::nullopt;
  }
  if (has_param(code, "S3Bucket") && has_param(code, "S3Key")) {
    configuration.set("CodeSha256", base64_encode(to_bytes(sha256(digest_of_place(code)))));
    configuration.set("CodeSize", 1024);
    return std::nullopt;
  }
  if (!has_param(code, "ZipFile")) {
    return invalid_value("Please provide a source for function code.");
  }
  const auto zip = base64_decode(text_param(code, "ZipFile"));
  if (!zip || !is_zip(*zip)) {
    return invalid_value(
        "Could not unzip uploaded file. Please check your file, then try to upload again."
    );
  }
  if (zip->size() > kZipLimit) {
    return Fault{
        413,
        "RequestEntityTooLargeException",
        "Request must be smaller than 69905067 bytes for the CreateFunction operation"};
  }
  configuration.set("CodeSha256", base64_encode(to_bytes(sha256(*zip))));
  configuration.set("CodeSize", static_cast<std::int64_t>(zip->size()));
  return std::nullopt;
}

std::optional<Fault> Lambda::check_role(const Request& request, const std::string& text) const {
  const Arn arn = parse_arn(text);
  if (!arn.is_arn || arn.service != "iam" || !arn.resource.starts_with("role/")) {
    return Fault{
        400,
        "ValidationException",
        fmt::format(
            "1 validation error detected: Value '{}' at 'role' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: "
            "arn:(aws[a-zA-Z-]*)?:iam::\\d{{12}}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
            text
        )};
  }
  if (arn.account != request.account) {
    return Fault{403, "AccessDeniedException", "Cross-account pass role is not allowed."};
  }
  const auto role = neighbours_.find_role(arn.account, text);
  const bool is_known =
      role.exists && world_.now() - role.created_at >= world_.scaled(kRolePropagation);
  if (!is_known || !trusts_service(role.trust_policy, "lambda.amazonaws.com")) {
    return invalid_value("The role defined for the function cannot be assumed by Lambda.");
  }
  return std::nullopt;
}

}  // namespace plumbline::sim
