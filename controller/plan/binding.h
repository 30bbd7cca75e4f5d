// Binding: a call template of a kind + values → Call. The one place where $names get their meaning.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/aws/call.h"
#include "controller/plan/desired.h"
#include "controller/plan/diff.h"

namespace plumbline {

/// Everything a template of one resource may name. Build once per resource and keep alive while
/// calls are made from it.
struct BindingContext {
  const Kind* kind = nullptr;
  std::string account;  ///< Name of the identity.
  Value region, account_id, partition, stack;
  Value id, arn, owner, token;
  Value desired;  ///< What $property means.
  Value observed{Object()};

  /// Extra names for one call ($item, $items, $tag_list …); borrowed.
  using Extras = std::vector<std::pair<std::string_view, const Value*>>;
};

/// True when the template has no `when` or it holds.
bool applies(
    const CallTemplate& call,
    const BindingContext& context,
    const BindingContext::Extras& extras = {}
);
Call make_call(
    const CallTemplate& call,
    const BindingContext& context,
    const BindingContext::Extras& extras = {}
);
/// Adds the tags a create sends inline, in the service's dialect.
void add_inline_tags(Call& call, const Kind& kind, const Tags& tags);
/// For list reads: page token and size.
void set_page(Call& call, const Page& page, const Value& token);
/// The next token in a reply, or null when this was the last page.
Value next_page(const Page& page, const Value& reply);

/// Calls that close a difference, in the order in which they are to be sent.
struct PlannedCall {
  Call call;
  const CallTemplate* from = nullptr;
  std::string what;  ///< "targetGroup", "rules +2", "tags"
  /// Set when the template takes $token, which only its intent gives: the call with that token.
  std::function<Call(const std::string& token)> with_token;
  /// Set when `call` reads a list: what is to be sent for the elements in its reply.
  std::function<std::vector<PlannedCall>(const Value& reply)> unfold;
};
/// A list and what follows for each of its elements. `context` is copied.
PlannedCall each_call(const ForEach& spec, const BindingContext& context, const std::string& what);
/// Update steps whose properties changed. Properties that are not declared and `resends_observed`
/// are taken from what was observed.
std::vector<PlannedCall> update_calls(const BindingContext& context, const Difference& difference);
/// Adds, modifications and removals, batched, in the collection's order.
std::vector<PlannedCall> collection_calls(
    const BindingContext& context, const Collection& collection, const CollectionChange& change
);
std::vector<PlannedCall> tag_calls(const BindingContext& context, const TagChange& change);

/// True when `error` fits one of the matches (code equal, message contains, service equal or any).
const ErrorMatch* find_match(
    const std::vector<ErrorMatch>& matches, const Error& error, std::string_view service = ""
);

}  // namespace plumbline
