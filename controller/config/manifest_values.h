// Nodes → typed Values, as a kind's properties say. One reader per resource; it knows how to type,
// not what a resource is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/interpolation.h"
#include "controller/config/manifest_context.h"

namespace plumbline {

class ValueReader {
 public:
  /// `region` is what `${region}` stands for here.
  ValueReader(LoadContext& context, const Reporter& reporter, std::string region);

  /// What `${account}` means here: a name in `accounts:`. "" for the credentials' own.
  void set_account(std::string account) {
    account_ = std::move(account);
    names_.account = account_;
  }
  /// Limits this property breaks are those of a physical name.
  void set_name_property(const Property* property) { name_property_ = property; }
  /// Null when nothing is to be set, or when it is at fault (reported).
  Value read(const Property& property, const Node& node);
  /// Any tree, by YAML's core rules, with its interpolations: for outputs.
  Value read_free(const Node& node) { return read_json_tree(node); }
  /// A text that may hold interpolations and must be known now: for tags and words.
  std::string read_known_text(const Node& node, std::string_view what);
  /// Enum, pattern and limits of a value that was not read from a node (a derived name).
  void check_limits(const Property& property, const Value& value, const SourceRange& range);

 private:
  /// What a property hands down to its elements.
  struct Inherited {
    const RefSpec* ref = nullptr;
    bool is_sensitive = false;
  };

  Value read(const Property& property, const Node& node, const Inherited& from_above);
  Value read_typed(const Property& property, const Node& node, const Inherited& inherited);
  Value read_text(const Property& property, const Node& node, const Inherited& inherited);
  Value read_reference(const Property& property, const RefSpec& ref, const Node& node);
  Value name_reference(const RefSpec& ref, std::string_view name, const Node& node);
  Value read_number(const Property& property, const Node& node);
  Value read_whole(const Property& property, const Node& node, const std::string& attribute);
  Value read_list(const Property& property, const Node& node, const Inherited& inherited);
  Value read_map(const Property& property, const Node& node, const Inherited& inherited);
  /// What breaks a limit is a fault of its own in lint's catalogue, if the schema says so.
  static void take_rule(const Property& property, Diagnostic& finding);
  void check_keys(const Property& property, const Node& map);
  void check_bytes(const Property& property, const Object& members, const SourceRange& range);
  Value read_object(const Property& property, const Node& node, const Inherited& inherited);
  Value read_source_place(const Property& property, const Node& node);
  Value read_json(const Property& property, const Node& node);
  Value read_json_tree(const Node& node);
  Value interpolate_json(Value value, const Node& node);
  Value read_choice(const Property& property, const Node& node);
  /// Null when the choice does not fit.
  Value fit_choice(const Choice& choice, const Value& written);
  Value choice_fields(const Property& property, const Node& node);
  Value wrong_choice(const Property& property, const Node& node);

  /// When `node` names a group that `forEach` made, as a bare name of `section` or as one whole
  /// interpolation: the same node for each member. Nothing otherwise.
  [[nodiscard]] std::optional<std::vector<Node>> members_of(
      std::string_view section, const Node& node
  ) const;
  /// How many they are, faulty ones included.
  std::size_t read_items(
      const Property& property, const Node& node, const Inherited& inherited, List& items
  );
  void report_group(const Address& group, const Node& node);
  /// The scalar's text with its interpolations; null and findings when they are at fault.
  Value interpolated(const Node& node, std::string_view default_attribute, bool is_weak);
  void report(const InterpolationFault& fault, const Node& node);
  Value wrong_type(const Property& property, const Node& node, std::string_view wanted);
  void check_length(const Property& property, std::size_t length, const SourceRange& range);

  LoadContext& context_;
  const Reporter& reporter_;
  std::string region_, account_;
  const Property* name_property_ = nullptr;
  InterpolationNames names_;
};

/// Text inside becomes secret; references stay.
Value protect(Value value);

/// `names_` of a load: stack, inputs. `region` must outlive the result.
InterpolationNames interpolation_names(LoadContext& context, std::string_view region);

}  // namespace plumbline
