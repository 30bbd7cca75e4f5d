#include "controller/lsp/server.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/lsp/protocol.h"
#include "controller/lsp/uri.h"

namespace plumbline {

namespace {

constexpr int kIncremental = 2;
constexpr int kWarningMessage = 2;

bool holds(const Value& list, std::string_view word) {
  return list.is_list() &&
         std::count(list.as_list().begin(), list.as_list().end(), Value(word)) > 0;
}

/// The cheapest that the editor takes; what every editor takes, otherwise.
PositionEncoding encoding_for(const Value& capabilities) {
  const Value& offered = capabilities.get_path("general.positionEncodings");
  for (const PositionEncoding encoding : {PositionEncoding::kUtf8, PositionEncoding::kUtf32}) {
    if (holds(offered, name_of(encoding))) {
      return encoding;
    }
  }
  return PositionEncoding::kUtf16;
}

bool is_true(const Value& value) {
  return value.is_bool() && value.as_bool();
}

/// `initializationOptions: {files: […]}`: one stack, its files relative to the root.
std::vector<std::string> named_files(const Value& params) {
  std::vector<std::string> files;
  const Value& given = params.get_path("initializationOptions.files");
  const auto root = path_of_uri(params.text_of("rootUri"));
  for (std::size_t i = 0; given.is_list() && i < given.size(); ++i) {
    if (given.as_list()[i].is_text()) {
      const std::filesystem::path file(given.as_list()[i].as_text());
      files.push_back((std::filesystem::path(root.value_or("")) / file).string());
    }
  }
  return files;
}

Value capabilities_json(PositionEncoding encoding) {
  return Value::object(
      {{"positionEncoding", name_of(encoding)},
       {"textDocumentSync",
        Value::object(
            {{"openClose", true},
             {"change", kIncremental},
             {"save", Value::object({{"includeText", false}})}}
        )},
       {"completionProvider",
        Value::object({{"triggerCharacters", Value::list({" ", "{", "[", ".", "$"})}})},
       {"hoverProvider", true},
       {"definitionProvider", true},
       {"referencesProvider", true},
       {"documentSymbolProvider", true},
       {"codeActionProvider", Value::object({{"codeActionKinds", Value::list({"quickfix"})}})}}
  );
}

}  // namespace

const LanguageServer::Request LanguageServer::kRequests[] = {
    {"textDocument/codeAction", &LanguageServer::list_actions},
    {"textDocument/completion", &LanguageServer::complete},
    {"textDocument/definition", &LanguageServer::define},
    {"textDocument/documentSymbol", &LanguageServer::list_symbols},
    {"textDocument/hover", &LanguageServer::hover},
    {"textDocument/references", &LanguageServer::refer},
};

const LanguageServer::Notice LanguageServer::kNotices[] = {
    {"textDocument/didChange", &LanguageServer::did_change},
    {"textDocument/didClose", &LanguageServer::did_close},
    {"textDocument/didOpen", &LanguageServer::did_open},
    {"textDocument/didSave", &LanguageServer::did_save},
    {"workspace/didChangeWatchedFiles", &LanguageServer::did_change_on_disk},
};

void LanguageServer::receive(std::string_view body) {
  const auto message = parse_json(body);
  if (!message) {
    out_.push_back(rpc_error({}, RpcError::kParse, message.error().message));
    return;
  }
  const Value& id = message->get("id");
  const Value* method = message->find("method");
  if (method == nullptr && message->find("id") != nullptr &&
      (message->find("result") != nullptr || message->find("error") != nullptr)) {
    return;  // The editor's answer to a registration; nothing depends on it.
  }
  const bool has_id = message->find("id") != nullptr;
  if (method == nullptr || !method->is_text() || (has_id && !id.is_int() && !id.is_text())) {
    out_.push_back(rpc_error({}, RpcError::kInvalidRequest, "This is no message of JSON-RPC 2.0."));
  } else if (has_id) {
    receive_request(method->as_text(), id, message->get("params"));
  } else {
    receive_notice(method->as_text(), message->get("params"));
  }
}

void LanguageServer::receive_request(
    const std::string& method, const Value& id, const Value& params
) {
  const auto refuse = [&](RpcError code, std::string why) {
    out_.push_back(rpc_error(id, code, std::move(why)));
  };
  if (method == "initialize" && state_ == State::kFresh) {
    out_.push_back(rpc_result(id, initialize(params)));
    state_ = State::kRunning;
    return;
  }
  if (state_ == State::kFresh) {
    refuse(RpcError::kNotInitialized, "The first request is `initialize`.");
    return;
  }
  if (state_ != State::kRunning || method == "initialize") {
    refuse(RpcError::kInvalidRequest, fmt::format("It is too late for `{}`.", method));
    return;
  }
  if (method == "shutdown") {
    was_shut_down_ = true;
    state_ = State::kShutDown;
    out_.push_back(rpc_result(id, {}));
    return;
  }
  const auto* const request =
      std::find_if(std::begin(kRequests), std::end(kRequests), [&](const Request& each) {
        return each.method == method;
      });
  if (request == std::end(kRequests)) {
    refuse(RpcError::kMethodNotFound, fmt::format("There is no method `{}` here.", method));
    return;
  }
  auto answer = (this->*request->answer)(params);
  if (answer) {
    out_.push_back(rpc_result(id, std::move(*answer)));
  } else {
    refuse(RpcError::kInvalidParams, answer.error().message);
  }
}

void LanguageServer::receive_notice(const std::string& method, const Value& params) {
  if (method == "exit") {
    state_ = State::kEnded;
    return;
  }
  if (state_ != State::kRunning) {
    return;
  }
  if (method == "initialized") {
    begin();
    return;
  }
  for (const Notice& notice : kNotices) {
    if (notice.method == method) {
      const Status taken = (this->*notice.take)(params);
      if (!taken) {
        complain(fmt::format("{}: {}", method, taken.error().message));
      }
    }
  }
}

void LanguageServer::complain(const std::string& fault) {
  out_.push_back(rpc_notification(
      "window/logMessage",
      Value::object({{"type", kWarningMessage}, {"message", "plumbline: " + fault}})
  ));
}

void LanguageServer::settle() {
  if (state_ != State::kRunning) {
    return;
  }
  for (Value& params : workspace_.refresh()) {
    out_.push_back(rpc_notification("textDocument/publishDiagnostics", std::move(params)));
  }
}

void LanguageServer::read_capabilities(const Value& capabilities) {
  const Value& text = capabilities.get("textDocument");
  client_.takes_snippets = is_true(text.get_path("completion.completionItem.snippetSupport"));
  client_.takes_markdown = holds(text.get_path("hover.contentFormat"), "markdown");
  client_.takes_tree = is_true(text.get_path("documentSymbol.hierarchicalDocumentSymbolSupport"));
  client_.takes_actions = text.get_path("codeAction.codeActionLiteralSupport").is_object();
  client_.takes_versioned_edits =
      is_true(capabilities.get_path("workspace.workspaceEdit.documentChanges"));
  client_.registers_watchers =
      is_true(capabilities.get_path("workspace.didChangeWatchedFiles.dynamicRegistration"));
  workspace_.use(
      encoding_for(capabilities), is_true(text.get_path("publishDiagnostics.relatedInformation"))
  );
}

Value LanguageServer::initialize(const Value& params) {
  read_capabilities(params.get("capabilities"));
  if (auto files = named_files(params); !files.empty()) {
    workspace_.name_files(std::move(files));
  }
  // Schemas are read while nobody waits for a letter.
  for (const std::string& section : host_.catalog.sections()) {
    static_cast<void>(host_.catalog.find_section(section));
  }
  return Value::object(
      {{"capabilities", capabilities_json(encoding_for(params.get("capabilities")))},
       {"serverInfo", Value::object({{"name", "plumbline"}, {"version", PLUMBLINE_VERSION}})}}
  );
}

/// Files that change behind the editor's back are read again.
void LanguageServer::begin() {
  if (!client_.registers_watchers) {
    return;
  }
  const Value watchers = Value::list({Value::object({{"globPattern", "**/*.{yaml,yml}"}})});
  out_.push_back(Value::object(
      {{"jsonrpc", "2.0"},
       {"id", "watch"},
       {"method", "client/registerCapability"},
       {"params",
        Value::object(
            {{"registrations",
              Value::list({Value::object(
                  {{"id", "watch"},
                   {"method", "workspace/didChangeWatchedFiles"},
                   {"registerOptions", Value::object({{"watchers", watchers}})}}
              )})}}
        )}}
  ));
}

}  // namespace plumbline
