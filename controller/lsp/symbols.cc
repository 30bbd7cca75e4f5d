#include "controller/lsp/symbols.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/lsp/protocol.h"

namespace plumbline {

namespace {

// Numbers of the protocol.
constexpr int kNamespace = 3;
constexpr int kObject = 19;
constexpr int kVariable = 13;
constexpr int kProperty = 7;

Value symbol(const StackText& text, const OutlineItem& item, int kind) {
  const TextDocument& document = *text.document;
  return Value::object(
      {{"name", item.text.empty() ? "\"\"" : printable(item.text)},
       {"kind", kind},
       {"range", to_json(document.range_of({item.span.begin, std::max(item.end, item.span.end)}))},
       {"selectionRange", to_json(document.range_of(item.span))}}
  );
}

Value flat(const StackText& text, const OutlineItem& item, const std::string& uri, int kind) {
  const Value whole = symbol(text, item, kind);
  return Value::object(
      {{"name", whole.get("name")},
       {"kind", kind},
       {"location", Value::object({{"uri", uri}, {"range", whole.get("range")}})}}
  );
}

}  // namespace

Value document_symbols(
    const SchemaGuide& guide, const StackText& text, const std::string& uri, bool takes_tree
) {
  const Outline& outline = *text.outline;
  List tree;
  List list;
  for (const int top : outline.keys_below(OutlineItem::kRoot)) {
    const OutlineItem& section = outline.at(top);
    const bool is_section = guide.is_section(section.text);
    const int kind = is_section ? kNamespace : kProperty;
    Value node = symbol(text, section, kind);
    if (is_section) {
      node.set("detail", guide.catalog().find_section(section.text)->name);
    }
    list.push_back(flat(text, section, uri, kind));
    List children;
    for (const int key : outline.keys_below(top)) {
      const int child = is_section ? kObject : kVariable;
      children.push_back(symbol(text, outline.at(key), child));
      Value one = flat(text, outline.at(key), uri, child);
      one.set("containerName", section.text);
      list.push_back(std::move(one));
    }
    node.set("children", Value(std::move(children)));
    tree.push_back(std::move(node));
  }
  return takes_tree ? Value(std::move(tree)) : Value(std::move(list));
}

}  // namespace plumbline
