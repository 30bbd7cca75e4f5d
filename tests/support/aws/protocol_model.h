// The part of a schema author in AWS's published protocol cases: turns a case's shapes and
// parameters into our Call (wire names, member words, HTTP binding), and a reply tree back into the
// members that a model would see. Knows nothing of how the codecs work.
#pragma once

#include <optional>
#include <string>

#include "controller/aws/call.h"

namespace plumbline {

/// A use of a shape: its traits are the member's first, then the shape's own.
class Shape {
 public:
  /// `use` is {"shape": NAME, traits…}; null stands for an operation without members.
  Shape(const Value& suite, const Value& use);

  [[nodiscard]] const std::string& type() const { return definition_->text_of("type"); }
  [[nodiscard]] const std::string& name() const { return use_->text_of("shape"); }
  [[nodiscard]] const std::string& text(std::string_view trait) const;
  [[nodiscard]] bool has(std::string_view trait) const;
  /// The name on the wire that this use asks for; "" when it does not say.
  [[nodiscard]] const std::string& wire_name() const { return use_->text_of("locationName"); }
  /// The name that the shape itself asks for where it is a document's root.
  [[nodiscard]] const std::string& definition_name() const;
  [[nodiscard]] bool has_prefixed_namespace() const;
  [[nodiscard]] const Object& members() const;
  [[nodiscard]] Shape member(std::string_view name) const;
  /// "member" of a list; "key" and "value" of a map.
  [[nodiscard]] Shape part(std::string_view word) const;
  [[nodiscard]] bool is_list() const { return type() == "list"; }
  [[nodiscard]] bool is_map() const { return type() == "map"; }
  [[nodiscard]] bool is_structure() const { return type() == "structure"; }

 private:
  const Value* suite_;
  const Value* use_;
  const Value* definition_;
};

Protocol protocol_of(const Value& suite);
bool is_xml_request(Protocol protocol);

/// A request as a schema would state it, or why no schema can.
struct AuthoredCall {
  ServiceProfile service;
  Call call;  ///< `service` is to be set by whoever holds this.
  std::optional<std::string> skip;
};
AuthoredCall author_call(const Value& suite, const Value& test_case);

/// The members `shape` finds in a decoded reply, typed as the case's expectation is: numbers,
/// booleans, seconds since 1970, raw bytes as text. What is absent is null.
class ReplyReader {
 public:
  explicit ReplyReader(Protocol protocol);
  Value read(const Shape& shape, const Value& body);
  /// Why the tree cannot hold what the model asks for; set by read().
  [[nodiscard]] const std::optional<std::string>& skip() const { return skip_; }

 private:
  Value read_structure(const Shape& shape, const Value& body);
  Value read_list(const Shape& shape, const Value& held);
  Value read_map(const Shape& shape, const Value& held);
  Value read_scalar(const Shape& shape, const Value& held);

  bool is_xml_;
  Protocol protocol_;
  std::optional<std::string> skip_;
};

}  // namespace plumbline
