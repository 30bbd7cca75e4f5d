// What the services share in reading a request: scalars that came as text or as typed JSON, AWS's
// wording of validation errors, tags, and markers of paged lists. Owned by the simulator; it must
// not know any one service or any object of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim {

/// How long a new role stays unknown to the rest of AWS.
inline constexpr Duration kRolePropagation = std::chrono::seconds(8);

/// Member `key` as text; numbers and bools are spelt out; "" when absent.
std::string text_param(const Value& params, std::string_view key);
/// Member `key` as a number whether it was sent as one or as text.
std::optional<std::int64_t> int_param(const Value& params, std::string_view key);
/// Member `key` is true, as JSON or as text.
bool flag_param(const Value& params, std::string_view key);
/// The items of a list; a scalar counts as a list of one, an absent member as none.
List items_of(const Value& value);
/// The texts among items_of(value).
std::vector<std::string> texts_of(const Value& value);
/// The member is there and not null.
bool has_param(const Value& params, std::string_view key);

std::int64_t to_millis(Timestamp time);
Timestamp from_millis(std::int64_t millis);
/// Seconds since 1970 with a fraction, as the JSON protocols write times.
double epoch_seconds(std::int64_t millis);
/// `text` is made of A–Z a–z 0–9 and the bytes in `extra` alone.
bool is_made_of(std::string_view text, std::string_view extra);

/// Gathers what is wrong with a request's members and words it the way AWS's services do:
/// "2 validation errors detected: Value … at 'roleName' failed to satisfy constraint: …; Value …".
class Validation {
 public:
  explicit Validation(const Value& params) : params_(params) {}

  void required(std::string_view key);
  /// The checks below pass over absent members.
  void length(std::string_view key, std::size_t smallest, std::size_t largest);
  void range(std::string_view key, std::int64_t smallest, std::int64_t largest);
  void one_of(std::string_view key, const std::vector<std::string>& allowed);
  /// Demands A–Z a–z 0–9 and `extra`; `pattern` is what the message shows.
  void made_of(std::string_view key, std::string_view extra, std::string_view pattern);
  void add(std::string_view key, std::string_view constraint);

  /// The fault that says all of it, or nothing.
  [[nodiscard]] std::optional<Fault> fault(std::string_view code) const;

 private:
  const Value& params_;
  std::vector<std::string> findings_;
};

/// A list of {Key, Value}: sets `changes` into it, replacing equal keys.
void merge_tags(Value& tags, const Value& changes);
void remove_tags(Value& tags, const std::vector<std::string>& keys);

/// An opaque continuation mark that stays right when items are added or removed between pages: it
/// names the last item shown.
std::string make_marker(std::string_view last_shown);
/// Nothing when `marker` was not made here.
std::optional<std::string> read_marker(std::string_view marker);

struct Page {
  List items;
  std::string next;  ///< "" on the last page.
};
/// The items after `marker` (in the order of their `names`, which is the given order), at most
/// `limit`. Nothing when the marker is not ours.
struct Named {
  std::string name;
  Value item;
};
std::optional<Page> page_of(
    const std::vector<Named>& all, const std::string& marker, std::size_t limit
);

/// The parts of "arn:aws:iam::123456789012:role/path/name".
struct Arn {
  bool is_arn = false;
  std::string partition, service, region, account, resource;
};
Arn parse_arn(std::string_view text);

}  // namespace plumbline::sim
