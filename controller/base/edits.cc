#include "controller/base/edits.h"

#include <algorithm>
#include <string_view>

#include "controller/base/check.h"

namespace plumbline {

namespace {

bool is_same(const Edit& a, const Edit& b) {
  return a.range.file == b.range.file && a.range.begin == b.range.begin &&
         a.range.end == b.range.end && a.text == b.text;
}

/// They meet, if only at one point: of two texts put in at one place nobody knows which is first.
bool touch(const Edit& a, const Edit& b) {
  return a.range.file == b.range.file && a.range.begin <= b.range.end &&
         b.range.begin <= a.range.end;
}

class Choice {
 public:
  /// False when an edit touches a chosen one; then none is chosen.
  bool take(const std::vector<Edit>& edits) {
    if (has_all(edits)) {
      return true;
    }
    const bool is_free = std::none_of(edits.begin(), edits.end(), [this](const Edit& edit) {
      return std::any_of(chosen_.begin(), chosen_.end(), [&edit](const Edit& other) {
        return touch(edit, other);
      });
    });
    if (is_free) {
      chosen_.insert(chosen_.end(), edits.begin(), edits.end());
    }
    return is_free;
  }

  [[nodiscard]] const std::vector<Edit>& chosen() const { return chosen_; }

 private:
  [[nodiscard]] bool has_all(const std::vector<Edit>& edits) const {
    return std::all_of(edits.begin(), edits.end(), [this](const Edit& edit) {
      return std::any_of(chosen_.begin(), chosen_.end(), [&edit](const Edit& other) {
        return is_same(edit, other);
      });
    });
  }

  std::vector<Edit> chosen_;
};

}  // namespace

std::string edited(const SourceFile& file, std::span<const Edit> edits) {
  std::vector<const Edit*> here;
  for (const Edit& edit : edits) {
    if (edit.range.file == &file) {
      here.push_back(&edit);
    }
  }
  std::sort(here.begin(), here.end(), [](const Edit* a, const Edit* b) {
    return a->range.begin < b->range.begin;
  });
  const std::string_view text = file.text;
  std::string out;
  std::size_t at = 0;
  for (const Edit* edit : here) {
    const std::size_t begin = offset_of(file, edit->range.begin);
    PLUMBLINE_CHECK(begin >= at);
    out.append(text.substr(at, begin - at)).append(edit->text);
    at = std::max(begin, offset_of(file, edit->range.end));
  }
  return out.append(text.substr(at));
}

Mending mend(const Diagnostics& diagnostics) {
  Mending mending;
  Choice choice;
  for (const Diagnostic& finding : diagnostics.all()) {
    if (!finding.edits.empty() && choice.take(finding.edits)) {
      mending.mended.push_back(&finding);
    }
  }
  for (const Edit& edit : choice.chosen()) {
    const SourceFile& file = *edit.range.file;
    if (!mending.texts.contains(&file)) {
      mending.texts.emplace(&file, edited(file, choice.chosen()));
    }
  }
  return mending;
}

}  // namespace plumbline
