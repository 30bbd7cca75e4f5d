#include "controller/lsp/protocol.h"

#include <algorithm>
#include <limits>

namespace plumbline {

namespace {

Value to_json(const LspPosition& position) {
  return Value::object(
      {{"line", static_cast<std::int64_t>(position.line)},
       {"character", static_cast<std::int64_t>(position.character)}}
  );
}

/// Editors send INT_MAX and more for "to the end".
std::optional<std::uint32_t> read_count(const Value& json) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (!json.is_int() || json.as_int() < 0) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(std::min(json.as_int(), kMost));
}

}  // namespace

Value rpc_result(const Value& id, Value result) {
  return Value::object({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

Value rpc_error(const Value& id, RpcError code, std::string message) {
  return Value::object(
      {{"jsonrpc", "2.0"},
       {"id", id},
       {"error",
        Value::object({{"code", static_cast<int>(code)}, {"message", std::move(message)}})}}
  );
}

Value rpc_notification(std::string_view method, Value params) {
  return Value::object({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

Value to_json(const LspRange& range) {
  return Value::object({{"start", to_json(range.start)}, {"end", to_json(range.end)}});
}

std::optional<LspPosition> read_position(const Value& json) {
  const auto line = read_count(json.get("line"));
  const auto character = read_count(json.get("character"));
  return line && character ? std::optional(LspPosition{*line, *character}) : std::nullopt;
}

std::optional<LspRange> read_range(const Value& json) {
  const auto start = read_position(json.get("start"));
  const auto end = read_position(json.get("end"));
  return start && end ? std::optional(LspRange{*start, std::max(*start, *end)}) : std::nullopt;
}

Error invalid_params(std::string message) {
  return {ErrorClass::kInvalid, "InvalidParams", std::move(message), "", 0};
}

}  // namespace plumbline
