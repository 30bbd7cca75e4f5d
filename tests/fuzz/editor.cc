// What an editor sends: a stream of messages, and as a text that is half written, with the cursor
// anywhere in it.
#include <memory>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/config/graph.h"
#include "controller/lsp/completion.h"
#include "controller/lsp/framing.h"
#include "controller/lsp/hover.h"
#include "controller/lsp/server.h"
#include "controller/lsp/symbols.h"
#include "tests/fuzz/replies.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

constexpr std::size_t kCursors = 16;

const Value& words() {
  static const Value kWords =
      parse_json(
          R"({"properties": {"stack": {"type": "string"}, "connections": {"items": {"properties":
          {"from": {"type": "string"}, "expect": {"enum": ["allowed", "denied"]}}}}}})"
      )
          .value();
  return kWords;
}

/// Reads open texts alone, whatever else is on this disk.
StackReading read_stack(const OpenTexts& open) {
  StackReading reading;
  Diagnostics read;
  const std::string text = open.empty() ? "" : open.begin()->second;
  reading.manifest = parse_manifest(
      catalog(), open.empty() ? "" : open.begin()->first, text, ManifestOptions{}, read
  );
  static_cast<void>(make_graph(*reading.manifest, read));
  reading.findings = FindingSet(read, {}, reading.manifest.get(), "2026-11-20");
  return reading;
}

void converse(std::string_view stream) {
  LanguageHost host{catalog(), words(), {}, {}, {}, {}, {}};
  host.read = [](const std::vector<std::string>&, const OpenTexts& open) {
    return read_stack(open);
  };
  host.explain = [](const std::string& topic) { return topic; };
  host.describe_type = [](const Property& property) { return property.name; };
  host.real_path = [](const std::string& path) { return path; };
  LanguageServer server(host);
  MessageReader reader;
  const std::size_t half = stream.size() / 2;
  for (const std::string_view part : {stream.substr(0, half), stream.substr(half)}) {
    reader.feed(part);
    while (const auto body = reader.next()) {
      server.receive(*body);
    }
    server.settle();
    for (const Value& message : server.take_out()) {
      PLUMBLINE_CHECK(parse_json(wire_json(message)));
    }
  }
}

void edit(std::string_view text) {
  const SchemaGuide guide(catalog(), words());
  const TextDocument document{std::string(text)};
  const Outline outline(document.text());
  const StackText stack_text{"m.yaml", &document, &outline};
  const StackView stack(guide, {stack_text}, nullptr);
  for (std::size_t i = 0; i <= kCursors; ++i) {
    const std::size_t at = text.size() * i / kCursors;
    for (const CompletionItem& item : complete(stack, stack_text, at, {true, nullptr})) {
      PLUMBLINE_CHECK(item.replaced.begin <= at && at <= item.replaced.end);
      PLUMBLINE_CHECK(item.replaced.end <= text.size());
    }
    static_cast<void>(stack.address_at(stack_text, at));
    static_cast<void>(hover(stack, stack_text, at, [](const std::string& topic) { return topic; }));
    const LspPosition position = document.position_at(at);
    PLUMBLINE_CHECK(document.offset_at(position) <= at);
  }
  static_cast<void>(document_symbols(guide, stack_text, "file:///m.yaml", true));
}

}  // namespace

void read_editor(std::string_view input) {
  converse(input);
  edit(input);
}

}  // namespace plumbline::fuzz
