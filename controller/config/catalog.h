// Catalog: all kinds and services. Owned by main, lent as const; Kind pointers stay valid as long
// as it lives. Kinds parse when first asked for, so that a start costs only what a manifest uses.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/config/kind.h"

namespace plumbline {

class Catalog {
 public:
  /// The kinds compiled into the program. CHECKs that they are free of errors when first used
  /// (a test loads every one of them).
  static std::unique_ptr<Catalog> embedded();
  /// From a folder with services.yaml and kinds/*.yaml; for development and tests. Loads all.
  static std::unique_ptr<Catalog> from_folder(const std::string& folder, Diagnostics& diagnostics);
  ~Catalog();

  [[nodiscard]] const Kind* find_section(std::string_view section) const;
  [[nodiscard]] const Kind* find_kind(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& sections() const;  ///< Sorted.
  [[nodiscard]] const ServiceProfile* find_service(std::string_view id) const;

 private:
  struct Inside;
  explicit Catalog(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace plumbline
