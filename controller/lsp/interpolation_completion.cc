#include "controller/lsp/interpolation_completion.h"

#include <algorithm>

#include "controller/config/manifest_foreach.h"
#include "controller/config/yaml_edit.h"

namespace plumbline {

namespace {

class InnerCompleter {
 public:
  InnerCompleter(const StackView& stack, const OpenInterpolation& open)
      : stack_(stack), open_(open) {}

  std::vector<CompletionItem> run(bool in_template) {
    const std::size_t dot = open_.before.find('.');
    if (dot == std::string::npos) {
      add_heads(in_template);
      return std::move(items_);
    }
    const std::string head = open_.before.substr(0, dot);
    const std::size_t second = open_.before.find('.', dot + 1);
    if (second == std::string::npos) {
      segment_ = dot + 1;
      add_names(head, in_template);
    } else if (stack_.guide().is_section(head)) {
      segment_ = second + 1;
      is_attribute_ = true;
      add_attributes(*stack_.guide().catalog().find_section(head));
    }
    return std::move(items_);
  }

 private:
  void add(const std::string& label, bool goes_on, std::string detail, CompletionSort sort) {
    CompletionItem item;
    item.label = label;
    item.sort = sort;
    item.detail = std::move(detail);
    item.insert = label + (goes_on ? "." : open_.is_closed ? "" : "}");
    // A dot that is there already is not written twice.
    const bool has_dot = open_.after.find('.') != std::string::npos;
    if (goes_on && has_dot) {
      item.insert.pop_back();
    }
    const std::size_t rest =
        is_attribute_ ? open_.after.size() : std::min(open_.after.find('.'), open_.after.size());
    item.replaced = {open_.offset - (open_.before.size() - segment_), open_.offset + rest};
    items_.push_back(std::move(item));
  }

  void add_heads(bool in_template) {
    if (in_template) {
      add("each", true, "of forEach", CompletionSort::kWord);
    }
    for (const std::string& section : stack_.sections()) {
      add(section, true, "", CompletionSort::kSection);
    }
    if (!stack_.names_in("inputs").empty()) {
      add("inputs", true, "", CompletionSort::kSection);
    }
    for (const char* word : {"account", "partition", "region", "stack"}) {
      add(word, false, "", CompletionSort::kWord);
    }
  }

  void add_names(const std::string& head, bool in_template) {
    if (head == "each" && in_template) {
      add("key", false, "", CompletionSort::kWord);
      add("value", false, "", CompletionSort::kWord);
      return;
    }
    for (const std::string& name : stack_.names_in(head)) {
      add(name, head != "inputs", "", CompletionSort::kReference);
    }
  }

  void add_attributes(const Kind& kind) {
    for (const std::string& attribute : kind.attributes) {
      const Property* property = kind.find_property(attribute);
      add(attribute, false, "", CompletionSort::kProperty);
      items_.back().documentation = property != nullptr ? property->summary
                                    : attribute == "id" ? "The id AWS knows it by."
                                                        : "Its ARN.";
    }
  }

  const StackView& stack_;
  const OpenInterpolation& open_;
  std::size_t segment_ = 0;    ///< Where in `before` the name begins that is completed.
  bool is_attribute_ = false;  ///< Which may hold dots of its own.
  std::vector<CompletionItem> items_;
};

}  // namespace

std::optional<OpenInterpolation> interpolation_at(
    std::string_view text, const OutlineItem& item, std::size_t offset
) {
  const std::string_view written = text.substr(item.span.begin, offset - item.span.begin);
  const std::size_t dollar = written.rfind("${");
  const bool is_literal =
      dollar != std::string_view::npos && dollar > 0 && written[dollar - 1] == '$';
  if (dollar == std::string_view::npos || is_literal ||
      written.find_first_of("}\n", dollar) != std::string_view::npos) {
    return std::nullopt;
  }
  OpenInterpolation open;
  open.before = written.substr(dollar + 2);
  open.offset = offset;
  std::size_t end = offset + 1;
  while (end < text.size() && (is_word_char(text[end]) || text[end] == '.')) {
    ++end;
  }
  open.after = text.substr(offset + 1, end - offset - 1);
  open.is_closed = end < text.size() && text[end] == '}';
  return open;
}

std::vector<CompletionItem> complete_interpolation(
    const StackView& stack, const Outline& outline, int index, const OpenInterpolation& open
) {
  const std::vector<int> chain = outline.chain(index);
  bool in_template = false;
  if (chain.size() > 2) {
    for (const int key : outline.keys_below(chain[1])) {
      in_template = in_template || outline.at(key).text == kForEach;
    }
  }
  return InnerCompleter(stack, open).run(in_template);
}

}  // namespace plumbline
