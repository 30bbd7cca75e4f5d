// SchemaPlace: what the language of manifests says about a place in one: the kind's properties by
// the Catalog, everything else by the manifest's JSON schema. Knows no kind by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/value.h"
#include "controller/config/catalog.h"
#include "controller/lsp/outline.h"

namespace plumbline {

struct SchemaPlace {
  enum class Part {
    kTop,
    kSection,   ///< A map of resources.
    kResource,  ///< One resource.
    kProperty,  ///< Something below a resource that its kind describes.
    kWord,      ///< A word of the manifest or of every resource, or something below one.
    kNothing,   ///< Nothing is said about it: a name of the author's, or a mistake.
  };
  Part role = Part::kNothing;
  const Kind* kind = nullptr;          ///< From the section on.
  const Property* property = nullptr;  ///< kProperty; of a list, a set or a map that as a whole.
  std::string path;                    ///< kProperty: below the section; kWord: "connections.from".
  const Value* schema = nullptr;       ///< kWord: as JSON schema.
};

/// One thing that may be written as a key.
struct PlaceKey {
  std::string name;
  std::string summary;
  const Property* property = nullptr;  ///< Null for a section and for words.
  const Value* schema = nullptr;       ///< Of words.
  const Kind* kind = nullptr;          ///< Of sections.
  bool is_required = false;
};

/// What may be written as a value.
struct PlaceValues {
  std::vector<std::string> words;     ///< Enumerated ones, true and false.
  std::vector<std::string> sections;  ///< Names of their resources.
  bool takes_addresses = false;       ///< section.name
  bool takes_accounts = false;
  bool takes_properties = false;  ///< Names of the kind's properties.
};

class SchemaGuide {
 public:
  /// Both outlive it. `schema` is schemas/manifest.schema.json.
  SchemaGuide(const Catalog& catalog, const Value& schema) : catalog_(catalog), schema_(schema) {}

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  [[nodiscard]] const Value& schema() const { return schema_; }
  [[nodiscard]] bool is_section(std::string_view word) const;

  [[nodiscard]] SchemaPlace top() const;
  /// Of a key or an element below `above`.
  [[nodiscard]] SchemaPlace below(const SchemaPlace& above, const OutlineItem& item) const;
  /// Of every item; that of a scalar is that of what it is the value of.
  [[nodiscard]] std::vector<SchemaPlace> places(const Outline& outline) const;
  /// Of one; kRoot is the top.
  [[nodiscard]] SchemaPlace place_of(const Outline& outline, int index) const;

  [[nodiscard]] std::vector<PlaceKey> keys_at(const SchemaPlace& place) const;
  [[nodiscard]] PlaceValues values_at(const SchemaPlace& place) const;

 private:
  [[nodiscard]] SchemaPlace below_resource(const SchemaPlace& above, const std::string& key) const;
  [[nodiscard]] SchemaPlace below_property(const SchemaPlace& above, const std::string& key) const;
  [[nodiscard]] SchemaPlace below_word(const SchemaPlace& above, const OutlineItem& item) const;
  [[nodiscard]] const Value* words_of(const Kind& kind) const;
  [[nodiscard]] std::vector<PlaceKey> keys_of_top() const;
  [[nodiscard]] std::vector<PlaceKey> keys_of_kind(const Kind& kind) const;

  const Catalog& catalog_;
  const Value& schema_;
};

/// The object, choice or scalar at the bottom of lists, sets and maps.
const Property& innermost(const Property& property);

}  // namespace plumbline
