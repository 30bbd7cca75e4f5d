#include <algorithm>

#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

/// A request is written in place, or named: `request: rules` takes it from `requests:`.
const Node* find_request(KindLoading& loading, Words& words) {
  const Node* node = words.find("request");
  if (node == nullptr || !node->is_scalar()) {
    return node;
  }
  const Node* named = loading.requests == nullptr ? nullptr : loading.requests->find(node->text);
  if (named == nullptr) {
    std::vector<std::string> known;
    for (std::size_t i = 0; loading.requests != nullptr && i < loading.requests->entries.size();
         ++i) {
      known.push_back(loading.requests->entries[i].key);
    }
    report(
        loading.diagnostics,
        SchemaFault::kUnknownName,
        node->range,
        fmt::format("'requests' has no '{}'", node->text),
        suggest(node->text, known)
    );
  }
  return named;
}

Template load_request(KindLoading& loading, Words& words, const Names& names) {
  const Node* node = find_request(loading, words);
  if (node == nullptr) {
    return {};
  }
  auto request = Template::compile(*node);
  if (!request) {
    report(loading.diagnostics, SchemaFault::kBadNotation, node->range, request.error().message);
    return {};
  }
  check_names(loading, request->names(), names, node->range);
  return std::move(request).value();
}

CallClass load_class(Words& words, const CallContext& context) {
  static const std::vector<std::pair<std::string, CallClass>> kWords = {
      {"token", CallClass::kToken},
      {"unique", CallClass::kUnique},
      {"neither", CallClass::kNeither},
      {"ambiguous", CallClass::kAmbiguous},
      {"idempotent", CallClass::kIdempotent},
  };
  const std::string written =
      words.one_of("class", {"token", "unique", "neither", "ambiguous", "idempotent"});
  for (const auto& [word, klass] : kWords) {
    if (word == written) {
      return klass;
    }
  }
  if (context.needs_class) {
    report(
        words.diagnostics(),
        SchemaFault::kMissingClass,
        words.node().range,
        fmt::format("{} creates something and has no 'class'", words.what()),
        "Say class: token, unique, neither, ambiguous or idempotent."
    );
  }
  return context.fallback;
}

bool uses(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_token(Words& words, const CallTemplate& call) {
  const bool uses_token = uses(call.request.names(), "token");
  if (uses_token != (call.klass == CallClass::kToken)) {
    report(
        words.diagnostics(),
        SchemaFault::kMissingClass,
        words.node().range,
        fmt::format("{}: $token in the request and class: token go together", words.what())
    );
  }
}

}  // namespace

Wait load_wait(KindLoading& loading, const Node& node) {
  Wait wait;
  Words words(node, "a wait", loading.diagnostics);
  const std::string until = words.one_of("until", {"ready", "gone", "exists"});
  wait.until = until == "gone"     ? Wait::Until::kGone
               : until == "exists" ? Wait::Until::kExists
                                   : Wait::Until::kReady;
  wait.poll = words.duration("poll", wait.poll);
  wait.timeout = words.duration("timeout", wait.timeout);
  wait.settle = words.duration("settle", wait.settle);
  words.finish();
  return wait;
}

std::optional<Page> load_page(KindLoading& loading, Words& words) {
  const Node* node = words.find("page");
  if (node == nullptr) {
    return std::nullopt;
  }
  Page page;
  Words inner(*node, "a page", loading.diagnostics);
  page.in = inner.require_text("in");
  page.out = inner.require_text("out");
  page.limit = inner.text("limit");
  page.max = static_cast<int>(inner.number("max").value_or(0));
  page.more = inner.text("more");
  if (page.limit.empty() != (page.max == 0)) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        node->range,
        "a page names its 'limit' and its 'max' together"
    );
  }
  inner.finish();
  return page;
}

CallTemplate load_call(KindLoading& loading, Words& words, const CallContext& context) {
  CallTemplate call;
  Names names = context.names;
  call.action = words.require_text("call");
  call.http = words.text("http");
  call.xml_root = words.text("xml");
  call.klass = load_class(words, context);
  if (call.klass != CallClass::kRead) {
    names.emplace_back("token");
  }
  call.request = load_request(loading, words, names);
  call.when = load_expr(loading, words.find("when"), names);
  call.token_format = words.one_of("token", {"uuid", "hex"});
  if (call.klass == CallClass::kToken && call.token_format.empty()) {
    call.token_format = "uuid";
  }
  check_token(words, call);
  call.bind = load_binds(loading, words.find("bind"), context.binds_properties);
  call.ok_errors = load_errors(loading, words.find("ok_errors"));
  call.absent_errors = load_errors(loading, words.find("absent_errors"));
  call.retry = load_errors(loading, words.find("retry"));
  call.iam = load_grants(loading, words.find("iam"), names);
  if (const Node* wait = words.find("wait")) {
    call.wait = load_wait(loading, *wait);
  }
  return call;
}

CallTemplate load_plain_call(KindLoading& loading, const Node& node, const CallContext& context) {
  const Node* action = node.find("call");
  Words words(
      node,
      action == nullptr ? "a call" : fmt::format("the call {}", action->text),
      loading.diagnostics
  );
  CallTemplate call = load_call(loading, words, context);
  words.finish();
  return call;
}

IdList load_id_list(KindLoading& loading, const Node& node, std::string_view what) {
  Words words(node, std::string(what), loading.diagnostics);
  IdList list;
  list.call = load_call(loading, words, {});
  list.from = load_path(loading, words.require("from"));
  list.id = words.text("id");
  list.page = load_page(loading, words);
  words.finish();
  return list;
}

}  // namespace plumbline
