#include "controller/plan/adoption_names.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_context.h"

namespace plumbline {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string name_from(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  std::string out;
  for (const char c : text) {
    const bool is_ordinary = is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (is_ordinary && (!out.empty() || is_letter(c))) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  out.resize(std::min(out.size(), kLongest));
  while (!out.empty() && out.back() == '-') {
    out.pop_back();
  }
  return out;
}

AdoptionNames::AdoptionNames(const Catalog& catalog) {
  for (const std::string& section : catalog.sections()) {
    for (const Property& property : catalog.find_section(section)->properties) {
      note_literals(property);
    }
  }
}

void AdoptionNames::note_literals(const Property& property) {
  if (property.ref && !property.ref->literal.empty()) {
    literals_[property.ref->section].emplace_back(property.ref->literal);
  }
  for (const Property& field : property.fields) {
    note_literals(field);
  }
  if (property.element != nullptr) {
    note_literals(*property.element);
  }
}

bool AdoptionNames::is_literal(const std::string& section, const std::string& name) const {
  const auto patterns = literals_.find(section);
  return patterns != literals_.end() &&
         std::any_of(
             patterns->second.begin(),
             patterns->second.end(),
             [&](const std::string& each) { return Pattern(each).finds(name); }
         );
}

std::string AdoptionNames::readable(const Find& find) const {
  const std::string* tag = find.seen.find_tag("Name");
  for (const std::string& candidate :
       {find.hint,
        find.kind->name_property.empty() ? std::string()
                                         : find.seen.properties.text_of(find.kind->name_property),
        tag == nullptr ? std::string() : *tag}) {
    if (std::string name = name_from(candidate); !name.empty()) {
      return name;
    }
  }
  return name_from(find.seen.id);
}

Address AdoptionNames::give(const Find& find) {
  const std::string& section = find.kind->section;
  std::string name = readable(find);
  // "subnet-a" would be taken for an id wherever it is named.
  while (is_literal(section, name)) {
    const auto dash = name.find('-');
    dash == std::string::npos ? name.insert(0, "x_") : name.replace(dash, 1, "_");
  }
  Address address = {section, name};
  for (int i = 2; !taken_.insert(address).second; ++i) {
    address.name = fmt::format("{}-{}", name, i);
  }
  const Value& properties = find.seen.properties;
  known_[{section, find.seen.id}] = address.name;
  for (const Member& member : properties.as_object()) {
    const bool names_it = member.key == find.kind->id_property ||
                          member.key == find.kind->name_property ||
                          member.key == find.kind->arn_property;
    if (names_it && member.value.is_text()) {
      known_[{section, member.value.as_text()}] = address.name;
      known_.emplace(std::pair(section, to_lower(member.value.as_text())), address.name);
    }
  }
  return address;
}

std::optional<std::string> AdoptionNames::find(const Naming& naming, const std::string& text)
    const {
  auto found = known_.find({std::string(naming.section), text});
  if (found == known_.end()) {
    found = known_.find({std::string(naming.section), to_lower(text)});
  }
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace plumbline
