// The wire of the simulated AWS: an HTTP request becomes an action with a parameter tree, an
// outcome becomes an HTTP reply in the form its service speaks. Written from AWS's protocol
// documentation, independently of the controller's codecs; knows nothing of signatures and of what
// actions mean.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "simulator/service.h"
#include "simulator/simulator.h"

namespace plumbline::sim {

enum class Dialect { kEc2, kQuery, kJson, kRest };

/// How one service is spoken to.
struct Wire {
  std::string_view service;  ///< Also the signing name of every service here.
  Dialect dialect = Dialect::kQuery;
  std::string_view version;        ///< "Version" of the form dialects.
  std::string_view xml_namespace;  ///< Of XML replies.
  std::string_view target_prefix;  ///< Of X-Amz-Target.
};

/// Null when there is no such service here.
const Wire* find_wire(std::string_view service);
/// For requests without credentials: which service they seem to be meant for; never null.
const Wire& guess_wire(const HttpRequest& request);

struct Decoded {
  std::string action;
  Value params;
};
std::variant<Decoded, Fault> decode(const Wire& wire, const HttpRequest& request);

HttpResponse encode(
    const Wire& wire,
    const std::string& action,
    const Outcome& outcome,
    const std::string& request_id
);

/// The reply body of the XML dialects for a success.
std::string encode_xml(
    const Wire& wire, const std::string& action, const Value& reply, const std::string& request_id
);

/// "Filter.1.Value.2=x" pairs, already percent-decoded, as a tree. `drops_words`: the query
/// dialect's `member`, `entry` and list-member words are removed.
Value decode_form(const std::string& form, bool drops_words);
/// The lambda operation that a method and path name, with its labels, query and body members.
std::variant<Decoded, Fault> decode_rest(const HttpRequest& request);
/// Text between XML tags.
std::string escape_xml(std::string_view text);

/// First value of a header; "" when it is absent.
std::string header_of(const HttpRequest& request, const std::string& lower_case_name);

}  // namespace plumbline::sim
