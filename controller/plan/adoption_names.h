// AdoptionNames: what resources that are taken over are called, and under which name a reference
// finds them. Used by adoption.cc alone.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/plan/adoption.h"

namespace plumbline {

class AdoptionNames {
 public:
  explicit AdoptionNames(const Catalog& catalog);

  /// A valid name that nothing else in the section has, and that no reference takes for an id.
  Address give(const Find& find);
  /// The name of the resource that a reference means; nothing when it is not taken over.
  [[nodiscard]] std::optional<std::string> find(const Naming& naming, const std::string& text)
      const;

 private:
  [[nodiscard]] bool is_literal(const std::string& section, const std::string& name) const;
  [[nodiscard]] std::string readable(const Find& find) const;
  void note_literals(const Property& property);

  std::map<std::string, std::vector<std::string>> literals_;  ///< Patterns of ids, by section.
  std::set<Address> taken_;
  std::map<std::pair<std::string, std::string>, std::string> known_;  ///< (section, id or value).
};

}  // namespace plumbline
