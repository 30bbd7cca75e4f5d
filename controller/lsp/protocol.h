// The shapes of JSON-RPC and of the language server protocol that several handlers need.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/base/result.h"
#include "controller/base/value.h"
#include "controller/lsp/text_document.h"

namespace plumbline {

/// JSON-RPC's and the protocol's own.
enum class RpcError : int {
  kParse = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kNotInitialized = -32002,
};

Value rpc_result(const Value& id, Value result);
/// `id` is null when the message was too broken to have one.
Value rpc_error(const Value& id, RpcError code, std::string message);
Value rpc_notification(std::string_view method, Value params);

Value to_json(const LspRange& range);
/// Nothing when it is none.
std::optional<LspPosition> read_position(const Value& json);
std::optional<LspRange> read_range(const Value& json);

/// What a handler says about parameters that it cannot use.
Error invalid_params(std::string message);

}  // namespace plumbline
