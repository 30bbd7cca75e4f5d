// Address: `section.name`, the one name a resource has in references, plans, errors, logs and
// events.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace plumbline {

struct Address {
  std::string section;  ///< Plural lowerCamel section of the manifest: "dbProxies".
  std::string name;     ///< The resource's name inside the section: "app".

  [[nodiscard]] std::string to_string() const { return section + "." + name; }
  /// "dbProxies.app" → Address; empty section when the text has no dot.
  static Address parse(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) {
      return {"", std::string(text)};
    }
    return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
  }
  friend auto operator<=>(const Address&, const Address&) = default;
};

}  // namespace plumbline

template <>
struct std::hash<plumbline::Address> {
  std::size_t operator()(const plumbline::Address& a) const noexcept {
    return std::hash<std::string>()(a.section) * 31 + std::hash<std::string>()(a.name);
  }
};
