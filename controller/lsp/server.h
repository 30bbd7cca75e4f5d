// LanguageServer: JSON-RPC messages in, JSON-RPC messages out. One caller, one thread, no I/O but
// through the host; the loop around it reads and writes the stream.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/value.h"
#include "controller/lsp/actions.h"
#include "controller/lsp/workspace.h"

namespace plumbline {

class LanguageServer {
 public:
  /// `host` outlives it.
  explicit LanguageServer(const LanguageHost& host) : host_(host), workspace_(host) {}

  /// One message, whatever it holds. Answers are in take_out() when it returns.
  void receive(std::string_view body);
  /// Something was passed over before it could become a message.
  void complain(const std::string& fault);
  /// No further message waits: what was put off is done now. Diagnostics are, so that somebody who
  /// types faster than a stack is read is answered about the last letter, not about each.
  void settle();

  [[nodiscard]] std::vector<Value> take_out() { return std::exchange(out_, {}); }
  [[nodiscard]] bool has_ended() const { return state_ == State::kEnded; }
  /// Whether the editor said goodbye in the order it must: `shutdown`, then `exit`.
  [[nodiscard]] bool ended_well() const { return was_shut_down_; }

 private:
  enum class State { kFresh, kRunning, kShutDown, kEnded };
  struct Target {
    OpenFile* file = nullptr;
    std::size_t offset = 0;
  };
  struct Client {
    bool takes_snippets = false, takes_markdown = false, takes_tree = false;
    bool takes_actions = false, takes_versioned_edits = false, registers_watchers = false;
  };
  struct Request {
    std::string_view method;
    Result<Value> (LanguageServer::*answer)(const Value& params);
  };
  struct Notice {
    std::string_view method;
    Status (LanguageServer::*take)(const Value& params);
  };
  static const Request kRequests[];
  static const Notice kNotices[];

  void receive_request(const std::string& method, const Value& id, const Value& params);
  void receive_notice(const std::string& method, const Value& params);
  Value initialize(const Value& params);
  void read_capabilities(const Value& capabilities);
  void begin();

  Result<OpenFile*> file_of(const Value& params);
  Result<Target> target_of(const Value& params);
  [[nodiscard]] StackText text_of(const OpenFile& file) const;
  [[nodiscard]] Value to_json(const std::vector<Location>& locations) const;
  [[nodiscard]] Value edit_json(const OpenFile& file, const std::vector<TextEdit>& edits) const;

  Result<Value> complete(const Value& params);
  Result<Value> hover(const Value& params);
  Result<Value> define(const Value& params);
  Result<Value> refer(const Value& params);
  Result<Value> list_symbols(const Value& params);
  Result<Value> list_actions(const Value& params);

  Status did_open(const Value& params);
  Status did_change(const Value& params);
  Status did_save(const Value& params);
  Status did_close(const Value& params);
  Status did_change_on_disk(const Value& params);

  const LanguageHost& host_;
  Workspace workspace_;
  State state_ = State::kFresh;
  bool was_shut_down_ = false;
  Client client_;
  std::vector<Value> out_;
};

}  // namespace plumbline
