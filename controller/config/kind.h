// Kind: what one schema file says about a resource kind. Plain structs, made by kind_loader, owned
// by the Catalog, immutable afterwards. Nothing here knows a kind by name. Words:
// schemas/schema.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/env.h"
#include "controller/base/service.h"
#include "controller/config/property.h"

namespace plumbline {

struct ErrorMatch {
  std::string code;
  std::string message;           ///< Substring; "" matches any.
  Duration patience{0};          ///< Retry: how long to go on.
  std::string service;           ///< publishes: consumer's service; "" any.
  bool only_when_young = false;  ///< Only while the resource or one it names was created recently.
};

struct Bind {
  std::string property;  ///< Dotted for fields: "targetGroup.maxConnectionsPercent".
  Path path;
  std::vector<Bind> items;  ///< With items, `path` gives a list: each element becomes an object.
};

struct Wait {
  enum class Until { kReady, kGone, kExists };
  Until until = Until::kReady;
  Duration poll = std::chrono::seconds(5);
  Duration timeout = std::chrono::minutes(10);
  Duration settle{0};  ///< Ready is believed only after this long: the state flips late.
};

/// Journal class: what an unknown outcome leads to (reliability notes 3.4).
enum class CallClass { kRead, kToken, kUnique, kNeither, kAmbiguous, kIdempotent };

struct CallTemplate {
  std::string action;
  std::string http;
  std::string xml_root;
  Template request;
  std::optional<Expr> when;
  CallClass klass = CallClass::kRead;
  std::string token_format;               ///< kToken: "uuid" or "hex" for $token.
  std::vector<Bind> bind;                 ///< From the reply.
  std::vector<ErrorMatch> ok_errors;      ///< Count as success.
  std::vector<ErrorMatch> absent_errors;  ///< Reads: nothing there.
  std::vector<ErrorMatch> retry;
  std::optional<Wait> wait;
  bool leaves_snapshot = false;  ///< A deletion after which a last snapshot stays.
  std::vector<Grant> iam;        ///< Instead of the call's own action on the resource itself.
};

struct Page {
  std::string in, out;  ///< Request parameter; reply path.
  std::string limit;    ///< Request parameter of the page size; "" = none.
  int max = 0;
  std::string more;  ///< Reply path of a bool that must be true for another page.
};

struct SideRead {
  CallTemplate call;   ///< Its `bind` names the properties it serves.
  std::string always;  ///< What every reply holds, if only empty; "" = something that `bind` reads.
};

struct ListRead {
  CallTemplate call;
  std::optional<Page> page;
  Path from;
  std::string strip;               ///< First segment that rows lack compared with `read`.
  std::vector<std::string> lacks;  ///< Properties the rows do not hold; `tags` may be one.
  std::vector<Bind> bind_override;
  /// Bulk rows of collections inside a list row, by collection name: path and binds.
  struct Rows {
    Path from;
    std::vector<Bind> bind;
  };
  std::map<std::string, Rows> collections;
};

struct StateSpec {
  std::string property;  ///< Bound property holding the state word; compared in lower case.
  std::vector<std::string> ready, pending, failed, deleting;
  std::vector<std::string> explain;  ///< Paths in the item that say why.
  std::vector<Path> explain_paths;
  bool is_final = false;  ///< What failed stays failed: the next plan replaces it.
};

struct ObserveSpec {
  Path from;              ///< The item(s) in the reply of read and list.
  bool is_exact = false;  ///< Replies answer to a prefix: only the object with the id counts.
  std::vector<Bind> bind;
  std::vector<StateSpec> states;  ///< All must be ready; empty: ready when it exists.
  std::optional<Expr> gone_when;  ///< A corpse; sees bound properties and $raw.
  /// AWS made it for itself or along with another: never taken over. Sees what gone_when sees.
  std::optional<Expr> built_in_when;
  /// Property → expression; bound only when it holds.
  std::vector<std::pair<std::string, Expr>> present_when;
};

struct ForEach {            ///< One call for each element of a list that is read first.
  CallTemplate list, each;  ///< `each` takes $item.
  Path from;                ///< The elements in the list's reply.
  std::optional<Expr> skip;
  std::string keep_by;    ///< Member of an element that says how new it is; "" keeps none.
  std::size_t keeps = 0;  ///< So many of the newest are spared.
};

struct UpdateStep {
  std::vector<std::string> changed;  ///< Empty = any.
  CallTemplate call;
  std::optional<ForEach> for_each;  ///< Instead of `call`; its `when` is that of the list.
};

struct CollectionDesired {
  std::string property;  ///< Source property.
  std::string explode;   ///< "" = rows as they are.
  Value with;            ///< Object handed to explode; "$id" style leaves resolved.
};

struct CollectionStep {
  CallTemplate call;
  int batch = 1;  ///< Rows per call; >1 gives $items.
};

/// A read for each row that is about to be added or removed; the binds of `call` go into the row.
struct RowLookup {
  CallTemplate call;
  Path from;
  std::optional<Expr> where;  ///< Which of the items ($raw) is meant; the first one without it.
};

struct Health {
  std::string path;  ///< Row field with the state word.
  std::vector<std::string> ready, pending, failed;
  std::vector<std::string> explain;  ///< Row fields with the reason.
  Wait wait;
};

struct Collection {
  std::string name;
  std::vector<std::string> key;             ///< Row fields that make identity.
  std::vector<std::string> mutable_fields;  ///< Changed in place by `modify`.
  std::string scalar;              ///< The property is a set of scalars: row {scalar: value}.
  std::string map_key, map_value;  ///< The property is a map.
  std::vector<CollectionDesired> desired;
  std::optional<Expr> when;  ///< False: unmanaged.
  bool removes_first = false;
  // Observation: an own call, or rows of the main read (no action).
  CallTemplate observe;
  std::optional<Page> page;
  Path from;  ///< In the reply of the call; without one, of `read`.
  std::vector<Bind> bind;
  std::string owner;  ///< Row field equal to the resource's id: allows one bulk read.
  std::string canon;  ///< Value function on each observed row.
  std::vector<std::pair<std::string, Expr>> derive;
  std::optional<Expr> skip;
  std::optional<CallTemplate> each;  ///< One more read per row; binds into the row.
  std::optional<RowLookup> before_add, before_remove;
  std::vector<CollectionStep> add, modify, remove;
  std::optional<Health> health;
};

struct TagSpec {
  bool is_supported = false;
  std::string inline_path;                ///< "TagSpecification", "Tags[Tag]", "Tags"
  std::string shape;                      ///< "tag_specification", "key_value", "map"
  std::string resource_type;              ///< ec2's ResourceType word.
  std::optional<CallTemplate> read_call;  ///< Absent: tags are in the item.
  Path from;
  std::string key = "Key", value = "Value";  ///< Member names in the reply.
  bool reads_map = false;
  CallTemplate set, unset;  ///< $tag_list, $tag_map, $tag_keys, $tag_key_objects.
};

struct DeleteBefore {
  std::string collection;           ///< Remove all observed rows; or:
  std::optional<ForEach> for_each;  ///< what is listed as holding it lets go.
};

struct DeleteSpec {
  std::vector<DeleteBefore> before;
  std::vector<CallTemplate> variants;  ///< First whose `when` holds.
};

/// create_gone: the name exists as a tombstone; bring it back instead (RestoreSecret).
struct ExistsButGone {
  std::vector<ErrorMatch> codes;
  CallTemplate call;
};

struct Validation {
  Expr that;
  std::string say;
  std::string each;  ///< Property whose elements are $item; "" = once.
  std::string rule;  ///< Id in lint's catalogue; "" = properties that do not fit together.
  bool is_warning = false;
};

/// A list that tells ids alone: for finding what is there, never for a plan.
struct IdList {
  CallTemplate call;
  Path from;
  std::string id;  ///< Member of each row; "" when the rows are the ids.
  std::optional<Page> page;
};

/// How another tool's state names objects of the kind.
struct TerraformType {
  std::string type;     ///< "aws_…"
  std::string id;       ///< Attribute that holds the physical id; "" for a part.
  std::string part_of;  ///< Attribute that names the object which this is a part of.
  /// Property (dotted) → its value, of the attributes: what only that state knows. No secrets.
  std::vector<std::pair<std::string, Expr>> take;
};

struct LeavesBehind {
  std::string what;
  std::vector<std::string> blocks;  ///< Sections whose deletion waits for it.
  Duration patience{0};
};

struct Kind {
  std::string name;     ///< "DBProxy"
  std::string section;  ///< "dbProxies"
  std::string summary;
  const ServiceProfile* service = nullptr;
  std::string id_property;              ///< Property holding the physical id.
  std::string name_property;            ///< Defaults to the resource's name; "" = no physical name.
  std::string arn_property;             ///< Or:
  std::string arn_format;               ///< "arn:{partition}:ec2:{region}:{account}:vpc/{id}"
  std::vector<Template> iam_resources;  ///< ARNs by which policies may name it; empty: none known.
  bool is_data_bearing = false;
  bool is_held_by_users = false;        ///< AWS refuses to delete it while something uses it.
  bool creates_before_destroy = false;  ///< Replacement order when nothing forbids it.
  std::vector<std::string> after;       ///< Sections it needs without naming them.
  std::vector<Property> properties;
  std::vector<Validation> validations;
  TagSpec tags;
  std::vector<std::string> natural_key;  ///< Properties the API keeps unique; empty = none.
  std::optional<CallTemplate> recover;   ///< Finds the object by name or owner tag ($owner).
  std::string recover_id;                ///< Its rows tell ids alone: the member to ask by.
  Path recover_from;
  std::optional<Page> recover_page;
  /// The objects among which a creation of class kAmbiguous makes one more.
  std::optional<IdList> siblings;
  ObserveSpec observe;
  CallTemplate read;
  std::vector<SideRead> also;
  std::optional<ListRead> list;
  std::optional<IdList> discover;  ///< Where there is no `list`.
  std::vector<TerraformType> terraform;
  std::vector<CallTemplate> create;  ///< Variants; first whose `when` holds.
  std::optional<ExistsButGone> exists_but_gone;
  std::vector<UpdateStep> update;
  std::vector<Collection> collections;
  DeleteSpec remove;
  std::vector<ErrorMatch> consumer_errors;  ///< What consumers must bear with while this is young.
  std::vector<LeavesBehind> leaves_behind;
  std::vector<std::string> not_found_codes, exists_codes, terminal_codes;
  std::vector<ErrorMatch> retry;        ///< For every mutating call of the kind.
  std::vector<std::string> attributes;  ///< Everything ${…} may name, `id`, `arn` included.

  /// Null when there is none; dotted names go into objects.
  [[nodiscard]] const Property* find_property(std::string_view name) const;
  [[nodiscard]] const Collection* find_collection(std::string_view name) const;
};

}  // namespace plumbline
