#include "controller/config/kind.h"

namespace plumbline {

const Property* Kind::find_property(std::string_view dotted) const {
  const std::vector<Property>* among = &properties;
  while (true) {
    const auto dot = dotted.find('.');
    const std::string_view head = dotted.substr(0, dot);
    const Property* found = nullptr;
    for (const Property& property : *among) {
      if (property.name == head) {
        found = &property;
        break;
      }
    }
    if (found == nullptr || dot == std::string_view::npos) {
      return found;
    }
    among = &found->fields;
    dotted = dotted.substr(dot + 1);
  }
}

const Collection* Kind::find_collection(std::string_view wanted) const {
  for (const Collection& collection : collections) {
    if (collection.name == wanted) {
      return &collection;
    }
  }
  return nullptr;
}

}  // namespace plumbline
