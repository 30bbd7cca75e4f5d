#include "controller/config/manifest_blocks.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/config/manifest_findings.h"
#include "controller/config/manifest_values.h"

namespace plumbline {

namespace {

/// What to do about an import of something that is not declared.
Advice suggest_resource(const LoadContext& context, const std::string& address) {
  std::vector<std::string> known;
  for (const Resource& resource : context.manifest.resources) {
    known.push_back(resource.address.to_string());
  }
  return suggest(address, known, "declare it as it is, then import it");
}

void read_output(LoadContext& context, const NodeEntry& entry) {
  const Reporter reporter(context.diagnostics, "outputs." + entry.key);
  if (!is_resource_name(entry.key)) {
    reporter.add(
        kBadName,
        entry.key_range,
        fmt::format("{} cannot name an output.", in_ticks(entry.key)),
        "start with a letter and go on with letters, digits, - and _"
    );
    return;
  }
  Output output;
  output.name = entry.key;
  output.written = &entry.value;
  if (entry.value.is_map()) {
    if (!check_words(entry.value, entry.key, {"value", "sensitive"}, reporter)) {
      return;
    }
    output.written = entry.value.find("value");
    if (const Node* sensitive = entry.value.find("sensitive")) {
      output.is_sensitive = read_flag(*sensitive, "sensitive", reporter);
    }
  }
  if (output.written == nullptr || output.written->is_null()) {
    reporter.add(
        kMissing,
        entry.key_range,
        fmt::format("The output `{}` has no value.", entry.key),
        "write a text with ${section.name.attribute}, or { value: …, sensitive: true }"
    );
    return;
  }
  ValueReader reader(context, reporter, context.manifest.region);
  output.value = reader.read_free(*output.written);
  bool tells_secret = output.value.holds_secret();
  output.value.for_each_reference([&](const Reference& reference) {
    tells_secret = tells_secret || is_generated(reference);
  });
  if (tells_secret && !output.is_sensitive) {
    reporter.add(
        kNotAllowed,
        output.written->range,
        fmt::format("The output `{}` would show a sensitive input.", entry.key),
        "write { value: …, sensitive: true }: then it is shown only to who asks for it by name"
    );
  }
  context.manifest.outputs.push_back(std::move(output));
}

/// "section.name" in `word` of a block; an address without a section when it is at fault.
Address read_address(const Node& block, std::string_view word, const Reporter& reporter) {
  const Node* written = block.find(word);
  if (written == nullptr || written->is_null()) {
    reporter.add(
        kMissing,
        block.range,
        fmt::format("The block lacks `{}`.", word),
        fmt::format("add `{}`: an address, section.name", word)
    );
    return {};
  }
  const std::string text = read_word(*written, word, reporter);
  Address address = Address::parse(text);
  if (written->is_scalar() && (address.section.empty() || !is_resource_name(address.name))) {
    reporter.add(
        kWrongType,
        written->range,
        fmt::format("{} is no address.", in_ticks(text)),
        "write section.name"
    );
    return {};
  }
  return address;
}

bool check_list(const Node& node, std::string_view word, const Reporter& reporter) {
  if (!node.is_list()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`{}` takes a list, not {}.", word, describe(node)),
        word == "moved" ? "write `- { from: …, to: … }`" : "write `- { to: …, id: … }`"
    );
  }
  return node.is_list();
}

/// What is wrong with a move in itself; "" when nothing is.
struct Fault {
  std::string_view id;
  std::string detail, help;
};

Fault fault_of(const Manifest& manifest, const Move& move) {
  const std::string from = move.from.to_string();
  const std::string to = move.to.to_string();
  if (move.from == move.to) {
    return {kUseless, fmt::format("`{}` moves to itself.", from), "delete the block"};
  }
  if (move.from.section != move.to.section) {
    return {
        kContradiction,
        fmt::format("`{}` cannot become `{}`: they are of two kinds.", from, to),
        "a thing keeps its kind; delete the block, and the old one goes as the new one comes"};
  }
  if (manifest.find(move.from) != nullptr) {
    return {
        kContradiction,
        fmt::format("`{}` is moved away, but still declared.", from),
        fmt::format("delete the block of `{}`, or the move", from)};
  }
  return {};
}

const Move* find_same(const std::vector<Move>& moves, const Move& move) {
  const auto found = std::find_if(moves.begin(), moves.end(), [&](const Move& other) {
    return other.from == move.from || other.to == move.to;
  });
  return found == moves.end() ? nullptr : &*found;
}

void add_move(LoadContext& context, Move move, const Reporter& reporter) {
  Manifest& manifest = context.manifest;
  const Fault fault = fault_of(manifest, move);
  if (!fault.id.empty()) {
    reporter.add(fault.id, move.range, fault.detail, fault.help);
    return;
  }
  if (const Move* same = find_same(manifest.moves, move); same != nullptr) {
    const bool is_from = same->from == move.from;
    Diagnostic& finding = reporter.add(
        kContradiction,
        move.range,
        is_from ? fmt::format("`{}` is moved twice.", move.from.to_string())
                : fmt::format("Two are moved to `{}`.", move.to.to_string()),
        "keep one of the moves"
    );
    finding.evidence.push_back({"the other move", same->range});
    return;
  }
  const auto back = manifest.moved_to(move.to);
  if (back && *back == move.from) {
    reporter.add(
        kContradiction,
        move.range,
        fmt::format("The moves lead `{}` in a circle.", move.from.to_string()),
        "delete the move that is done; two resources that change places need a third name between"
    );
    return;
  }
  manifest.moves.push_back(std::move(move));
}

}  // namespace

void read_outputs(LoadContext& context, const Node& node) {
  const Reporter reporter(context.diagnostics, "");
  if (!node.is_map()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`outputs` takes a map, not {}.", describe(node)),
        "write NAME: '${section.name.attribute}'"
    );
    return;
  }
  for (const NodeEntry& entry : node.entries) {
    read_output(context, entry);
  }
  auto& outputs = context.manifest.outputs;
  std::sort(outputs.begin(), outputs.end(), [](const Output& a, const Output& b) {
    return a.name < b.name;
  });
}

void read_moves(LoadContext& context, const Node& node) {
  const Reporter reporter(context.diagnostics, "");
  if (!check_list(node, "moved", reporter)) {
    return;
  }
  for (const Node& item : node.items) {
    if (!check_words(item, "moved", {"from", "to"}, reporter)) {
      continue;
    }
    Move move = {
        read_address(item, "from", reporter), read_address(item, "to", reporter), item.range};
    if (!move.from.section.empty() && !move.to.section.empty()) {
      add_move(context, std::move(move), reporter);
    }
  }
  for (const Move& move : context.manifest.moves) {
    const Address last = *context.manifest.moved_to(move.from);
    if (context.manifest.find(last) == nullptr) {
      reporter.add(
          kUseless,
          move.range,
          fmt::format("The move leads to `{}`, which is not declared.", last.to_string()),
          "declare it, or delete the move"
      );
    }
  }
}

namespace {

struct Import {
  Address to;
  std::string id;
  SourceRange range;  ///< Of the block; unknown on the command line, where a repetition is none.
};

void take_import(LoadContext& context, const Import& import, const Reporter& reporter) {
  auto& resources = context.manifest.resources;
  const std::string address = import.to.to_string();
  const auto found = std::find_if(resources.begin(), resources.end(), [&](const Resource& r) {
    return r.address == import.to;
  });
  const auto other = std::find_if(resources.begin(), resources.end(), [&](const Resource& r) {
    return r.import_id == import.id && r.address.section == import.to.section;
  });
  if (found == resources.end()) {
    reporter.add(
        kUndeclared,
        import.range,
        fmt::format("There is no `{}` to take {} over.", address, in_ticks(import.id)),
        suggest_resource(context, address)
    );
    return;
  }
  const SourceRange& range = import.range.is_known() ? import.range : found->entry->key_range;
  const bool is_said_again = !import.range.is_known() && other == found;
  if (found->existing) {
    reporter.add(
        kContradiction,
        range,
        fmt::format("`{}` is `existing`, which is read and never ours.", address),
        "delete `existing`, or the import"
    );
  } else if (other != resources.end() && !is_said_again) {
    reporter.add(
        kContradiction,
        range,
        fmt::format("{} is imported twice.", in_ticks(import.id)),
        "keep one of the imports"
    );
  } else if (!found->import_id.empty() && !is_said_again) {
    reporter.add(
        kContradiction,
        range,
        fmt::format(
            "`{}` is imported twice: it is to be {}, too.", address, in_ticks(found->import_id)
        ),
        "keep one of the imports"
    );
  } else {
    found->import_id = import.id;
  }
}

}  // namespace

void read_imports(LoadContext& context, const Node& node) {
  const Reporter reporter(context.diagnostics, "");
  if (!check_list(node, "import", reporter)) {
    return;
  }
  for (const Node& item : node.items) {
    if (!check_words(item, "import", {"to", "id"}, reporter)) {
      continue;
    }
    const Address to = read_address(item, "to", reporter);
    const Node* written = item.find("id");
    const bool is_empty =
        written == nullptr || written->is_null() || (written->is_scalar() && written->text.empty());
    if (is_empty) {
      reporter.add(kMissing, item.range, "The block lacks `id`.", "add the id AWS knows it by");
      continue;
    }
    ValueReader reader(context, reporter, context.manifest.region);
    const std::string id = reader.read_known_text(*written, "id");
    if (!to.section.empty() && !id.empty()) {
      take_import(context, {to, id, item.range}, reporter);
    }
  }
}

void add_import(LoadContext& context, const std::string& address, const std::string& id) {
  take_import(context, {Address::parse(address), id, {}}, Reporter(context.diagnostics, address));
}

}  // namespace plumbline
