// PageTrail: the pages of one list as they are read. A service, or whoever answers in its place,
// that leads in a circle or on without end must not keep a run for ever. Owned by the reader of the
// list.
#pragma once

#include <cstddef>
#include <set>

#include "controller/base/result.h"
#include "controller/base/value.h"
#include "controller/config/kind.h"

namespace plumbline {

class PageTrail {
 public:
  static constexpr std::size_t kPagesMax = 10'000;

  /// next_page(): the next token, null after the last page. Error kTransient when the token was
  /// given before, is no text, or there are too many pages; the message goes on after the action's
  /// name.
  Result<Value> follow(const Page& page, const Value& reply);

 private:
  std::set<Value> tokens_;
};

}  // namespace plumbline
