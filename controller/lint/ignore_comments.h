// Comments that let findings be:  # plumbline:ignore SG008 until 2027-01-31: the office moves
// Read from the text, because YAML's parser drops comments. Private to controller/lint.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "controller/config/manifest.h"

namespace plumbline {

struct IgnoreComment {
  std::vector<std::string> ids;
  std::string until;   ///< "2027-01-31", "" for ever.
  std::string reason;  ///< "" when none is given: the comment has no effect then.
  SourceRange range;   ///< Of the comment.
  /// What it speaks of: from the line it stands on (or the next one with content, when it stands
  /// alone) to the end of whatever begins there.
  SourceRange scope;
  bool has_unreadable_date = false;
  bool is_misspelled = false;  ///< Meant for one, but not written as one: without effect.
  std::set<std::string> used;  ///< Ids that it kept quiet.

  [[nodiscard]] bool covers(const Diagnostic& diagnostic) const;
  /// The day after `until` has come.
  [[nodiscard]] bool is_over(const std::string& today) const;
  /// What is wrong with the comment itself: MF008. That an id finds nothing is said of those that
  /// `is_judged` holds for: something else may keep back what it speaks of.
  void report(
      const std::string& today,
      const std::function<bool(const std::string& id)>& is_judged,
      Diagnostics& out
  ) const;
};

std::vector<IgnoreComment> read_ignore_comments(const Manifest& manifest);

}  // namespace plumbline
