// Manifest: the desired state, typed against the Catalog, with the place of everything. Immutable
// once loaded and shared as shared_ptr<const Manifest>; replaced whole on reload.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/base/value.h"
#include "controller/config/catalog.h"
#include "controller/config/node.h"

namespace plumbline {

enum class OnRemove { kDelete, kRetain, kSnapshot };
enum class DriftPolicy { kCorrect, kReport, kIgnore };

/// `existing:` — read, never created, changed or deleted.
struct Existing {
  std::string id;                                         ///< A physical id; or
  Value match;                                            ///< properties that must be equal; and
  std::vector<std::pair<std::string, std::string>> tags;  ///< tags that must be there.
};

struct Resource {
  Address address;
  const Kind* kind = nullptr;
  const NodeEntry* entry = nullptr;  ///< Where it is written; owned by the Manifest.
  /// Declared properties only, typed: references are Value references, inputs are resolved,
  /// sensitive values are secrets. Defaults are not filled in (plan/diff does that), the name
  /// property is.
  Value properties;
  /// The name property is not written: the address gives it when the resource is made, and the
  /// resource keeps it whatever its address becomes.
  bool is_name_derived = false;
  std::vector<std::pair<std::string, std::string>> tags;  ///< Stack tags merged with its own.
  std::string account, region;  ///< Never empty region unless the manifest names none.
  std::vector<Address> depends_on;
  bool is_protected = false;
  OnRemove on_remove = OnRemove::kDelete;
  bool has_on_remove = false;  ///< Written, not defaulted.
  DriftPolicy drift = DriftPolicy::kCorrect;
  std::vector<std::string> ignore;  ///< Property names not compared.
  std::optional<Existing> existing;
  std::string import_id;  ///< `import:` — the physical id to take over; "" = none.
  Duration create_timeout{0}, update_timeout{0}, delete_timeout{0};  ///< 0 = the kind's.
};

enum class Expectation { kAllowed, kDenied };

/// How a client shows who it is: with a password, or with a token of IAM.
enum class Login { kNotSaid, kPassword, kIam };

/// connections: - { from: functions.reader, to: dbProxies.app, auth: iam, user: app }
struct Connection {
  std::string from, to;  ///< Addresses, "internet", or a CIDR.
  Expectation expect = Expectation::kAllowed;
  int port = 0;  ///< 0 = the target's own.
  Login auth = Login::kNotSaid;
  std::string user;                           ///< Of the database; "" = not said.
  SourceRange range, auth_range, user_range;  ///< The last two are unknown when nothing is said.
};

/// `accounts:` — an AWS identity to act as; none of it is secret.
struct AccountSpec {
  std::string assume_role, external_id, region;  ///< "" when not written.
};

/// An input with `generate:`. Its value is never kept: plan/generate derives it whenever it is
/// needed. Until then it is a reference to {"inputs", name} without an attribute.
struct GeneratedInput {
  enum class Form { kPassword, kHex, kUuid };
  std::string name;
  Form form = Form::kPassword;
  std::size_t length = 0;  ///< Characters; of a password and of hex.
  std::string alphabet;    ///< Of a password; its characters are distinct.
  std::int64_t version = 1;
};

/// `outputs:` — what the stack tells others. The value may hold references.
struct Output {
  std::string name;
  Value value;
  bool is_sensitive = false;
  const Node* written = nullptr;  ///< The value, or the whole output; owned by the Manifest.
};

/// `moved:` — what was declared as `from` is declared as `to` now.
struct Move {
  Address from, to;
  SourceRange range;
};

struct Manifest {
  std::string stack;
  std::string region;
  std::string folder;  ///< Folder of the first file: relative paths start here.
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<Resource> resources;  ///< Sorted by address.
  std::vector<Connection> connections;
  std::map<std::string, AccountSpec> accounts;  ///< By the name resources use.
  std::vector<std::string> sensitive_inputs;    ///< Names only.
  std::vector<GeneratedInput> generated;
  std::vector<Output> outputs;  ///< Sorted by name.
  /// False: a file of it could not be read, and what is not found may be declared there.
  bool is_whole = true;
  std::vector<Move> moves;  ///< Without contradictions: no two from, or to, one address; no cycles.
  // Owns the texts and trees all ranges and entries point into.
  SourceSet sources;
  std::vector<std::unique_ptr<Node>> documents;
  std::vector<std::unique_ptr<NodeEntry>> made;  ///< What `forEach` made of its templates.

  /// Null when there is none.
  [[nodiscard]] const Resource* find(const Address& address) const;
  /// The most exact place known for "securityGroups.db" + "ingress.0.from": the property's value,
  /// its parent, or the resource's key.
  [[nodiscard]] SourceRange range_of(const Resource& resource, std::string_view dotted_path) const;
  /// Where the moves lead an address, at the end of a chain; nothing when none begins there.
  [[nodiscard]] std::optional<Address> moved_to(const Address& from) const;
};

struct ManifestOptions {
  std::vector<std::string> paths;                   ///< Files or one directory, in order.
  std::map<std::string, std::string> input_values;  ///< --input name=value
  std::map<std::string, std::string> environment;   ///< For `{ env: NAME }`.
  /// Lint: an input without a value becomes an unknown instead of an error.
  bool allows_missing_inputs = false;
  /// One more entry of `import:`, of the command line: address and physical id. "" = none.
  std::pair<std::string, std::string> import;
};

/// Always returns what could be read; it is usable for a plan only when !diagnostics.has_errors().
std::shared_ptr<const Manifest> load_manifest(
    const Catalog& catalog, const ManifestOptions& options, Diagnostics& diagnostics
);
/// The same from a text; `name` is used in diagnostics. For tests, stdin and editors.
std::shared_ptr<const Manifest> parse_manifest(
    const Catalog& catalog,
    std::string name,
    std::string text,
    const ManifestOptions& options,
    Diagnostics& diagnostics
);

/// A value source: the bytes behind `code: {directory: ./src}`. Deterministic zip: sorted names,
/// fixed time 1980-01-01, modes 0644/0755. `folder` is where relative paths start.
Result<Value> read_source(
    const std::string& source, const Value& written, const std::string& folder
);

}  // namespace plumbline
