// IPv4 ranges as intervals: which addresses a rule leaves out, and whether ranges meet. Knows
// neither manifests nor kinds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Both ends belong to it.
struct AddressRange {
  std::uint32_t first = 0, last = 0;

  [[nodiscard]] bool overlaps(const AddressRange& other) const {
    return first <= other.last && other.first <= last;
  }
  [[nodiscard]] bool holds(const AddressRange& other) const {
    return first <= other.first && other.last <= last;
  }
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

/// "10.0.0.0/16", with bits below the prefix ignored. Nothing when it is no IPv4 range.
std::optional<AddressRange> parse_cidr4(std::string_view text);
/// "10.0.0.7"
std::string print_address(std::uint32_t address);

/// Disjoint ranges from which others can be taken away.
class AddressSet {
 public:
  void add(const AddressRange& range) { ranges_.push_back(range); }
  /// Nothing of it may be there already.
  void add(const AddressSet& other);
  /// True when anything was taken.
  bool take(const AddressRange& range);
  void take(const AddressSet& other);
  /// Leaves only what is also in the other.
  void keep(const AddressSet& other);
  [[nodiscard]] const std::vector<AddressRange>& ranges() const { return ranges_; }
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] bool overlaps(const AddressRange& range) const;
  [[nodiscard]] std::uint64_t size() const;
  /// Not of an empty set.
  [[nodiscard]] std::uint32_t lowest() const;

  /// All addresses that are routed on the internet.
  static AddressSet internet();

 private:
  std::vector<AddressRange> ranges_;
};

}  // namespace plumbline
