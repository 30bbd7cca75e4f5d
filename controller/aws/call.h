// One API operation before and after the wire, protocol-neutral.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/base/env.h"
#include "controller/base/result.h"
#include "controller/base/service.h"
#include "controller/base/value.h"

namespace plumbline {

struct Call {
  const ServiceProfile* service = nullptr;  ///< Owned by the Catalog.
  std::string account;                      ///< Name in the manifest's `accounts:`; "" = default.
  std::string region;
  std::string action;  ///< "CreateVpc"
  /// REST only: "PUT /2015-03-31/functions/{FunctionName}/code?{Qualifier}&{Marker}". Labels and
  /// query members are taken out of `request` by name; `{X+}` is greedy (keeps '/').
  std::string http;
  std::string xml_root;  ///< REST-XML only: name of the body's root element.
  /// Keys are wire names. Query and REST-XML lists may name their member: "Tags[Tag]"; without it
  /// the word is `member`. A null member is absent; an empty list is significant.
  Value request;
  bool is_mutating = false;
};

/// Header names are kept as written; compare case-insensitively.
using Headers = std::vector<std::pair<std::string, std::string>>;
/// The first header called `name` in any case, or null.
const std::string* find_header(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method = "POST";
  std::string scheme = "https";
  std::string host;        ///< With ":port" when it is not the scheme's default.
  std::string base_path;   ///< Path prefix of an overridden endpoint; usually "".
  std::string path = "/";  ///< Percent-encoded, as on the wire.
  std::string query;       ///< Percent-encoded, without '?'.
  Headers headers;         ///< Without Host; the transport sends Host = `host`.
  std::string body;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

struct Reply {
  Value body;  ///< Decoded tree; XML scalars are text. Query: inside the …Result element.
  std::string request_id;
};

/// What a call came to.
using CallResult = Result<Reply>;

}  // namespace plumbline
