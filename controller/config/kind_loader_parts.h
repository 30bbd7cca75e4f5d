// What the files of the kind loader share: the kind being loaded, the names its notations may use,
// and one function for each part of a schema. Internal to the kind loader.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/kind.h"
#include "controller/config/kind_loader.h"
#include "controller/config/kind_loader_words.h"

namespace plumbline {

/// Names that notations may use besides the kind's properties.
using Names = std::vector<std::string>;

struct KindLoading {
  Kind& kind;
  Diagnostics& diagnostics;
  const Node* types = nullptr;     ///< `types:`
  const Node* requests = nullptr;  ///< `requests:`
  std::map<std::string, std::shared_ptr<const Property>> loaded_types;
  std::vector<std::string> open_types;  ///< Being loaded, to find cycles.
};

// kind_loader_notation.cc: notations, compiled and checked. `names` extend the properties.
std::optional<Expr> load_expr(KindLoading& loading, const Node* node, const Names& names);
Path load_path(KindLoading& loading, const Node* node);
/// `is_known(name)`: a property (dotted into objects) or null → reported.
void check_property(KindLoading& loading, std::string_view name, const SourceRange& range);
void check_names(
    KindLoading& loading,
    const std::vector<std::string>& used,
    const Names& names,
    const SourceRange& range
);
/// With `binds_properties` the bound names must be properties; rows of collections are free.
std::vector<Bind> load_binds(KindLoading& loading, const Node* node, bool binds_properties);
std::vector<ErrorMatch> load_errors(KindLoading& loading, const Node* node);

// kind_loader_properties.cc
Property load_property(KindLoading& loading, const NodeEntry& entry);
void load_properties(KindLoading& loading, const Node* node);
/// A literal as its property's type wants it; null property: as it looks.
Value load_value(const Node& node, const Property* property);

// kind_loader_calls.cc
struct CallContext {
  Names names;                            ///< Besides properties and the names every call has.
  CallClass fallback = CallClass::kRead;  ///< When the call has no `class:`.
  bool needs_class = false;
  bool binds_properties = true;
};
/// The words of one call; the caller adds its own and finishes `words`.
CallTemplate load_call(KindLoading& loading, Words& words, const CallContext& context);
/// A call that has no further words.
CallTemplate load_plain_call(KindLoading& loading, const Node& node, const CallContext& context);
std::optional<Page> load_page(KindLoading& loading, Words& words);
/// A list that tells ids alone; `what` is its word.
IdList load_id_list(KindLoading& loading, const Node& node, std::string_view what);
Wait load_wait(KindLoading& loading, const Node& node);

// kind_loader_iam.cc: what calls take of IAM.
std::vector<Grant> load_grants(KindLoading& loading, const Node* node, const Names& names);
void load_iam(KindLoading& loading, const Node* node);

// kind_loader_lifecycle.cc
void load_observation(KindLoading& loading, Words& words);
void load_lifecycle(KindLoading& loading, Words& words);
void load_tags(KindLoading& loading, const Node* service_tags, const Node* own);

// kind_loader_collections.cc
void load_collections(KindLoading& loading, const Node* node);

// kind_loader_adoption.cc: how what is there is found and taken over.
void load_adoption(KindLoading& loading, Words& words);

// kind_loader_check.cc: what only the whole kind shows.
void check_kind(KindLoading& loading, const Node& root);

}  // namespace plumbline
