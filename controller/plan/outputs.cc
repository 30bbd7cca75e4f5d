#include "controller/plan/outputs.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/plan/generate.h"
#include "controller/plan/plan.h"

namespace plumbline {

namespace {

bool is_digest(const Value& value) {
  return value.find("$digest") != nullptr;
}

std::string show(const OutputValue& output) {
  if (output.is_sensitive || output.value.holds_secret()) {
    return "(sensitive)";
  }
  if (output.value.is_unknown()) {
    return fmt::format("(not known yet: {})", output.value.unknown_origin());
  }
  return printable(output.value.is_text() ? output.value.as_text() : show_json(output.value));
}

}  // namespace

std::vector<OutputValue> output_values(const Manifest& manifest, const Facts& facts) {
  std::vector<OutputValue> values;
  for (const Output& output : manifest.outputs) {
    values.push_back({output.name, facts.resolve(output.value), output.is_sensitive});
  }
  return values;
}

Facts remembered_facts(const Manifest& manifest, const StateImage& state) {
  Facts facts(state.account_id, manifest.region);
  know_generated(facts, manifest, state.install_key);
  for (const Resource& resource : manifest.resources) {
    const ResourceRow* row = find_row(state, resource.address);
    if (row == nullptr) {
      continue;  // What nobody made has no attributes yet, whatever is declared.
    }
    ResourceFacts& known = facts.at(resource.address);
    known.kind = resource.kind;
    known.region = row->region;
    known.id = row->physical_id;
    known.exists = true;
    known.attributes = resource.properties;
    for (const Member& member : row->observed.as_object()) {
      if (!is_digest(member.value)) {
        known.attributes.set(member.key, member.value);
      }
    }
  }
  return facts;
}

std::set<std::string> output_attributes(const Manifest& manifest, const Address& address) {
  std::set<std::string> names;
  for (const Output& output : manifest.outputs) {
    output.value.for_each_reference([&](const Reference& reference) {
      if (reference.address == address) {
        names.emplace(head_of(reference.attribute));
      }
    });
  }
  return names;
}

std::vector<std::set<std::string>> referenced_attributes(
    const Manifest& manifest, const Graph& graph
) {
  std::vector<std::set<std::string>> attributes(manifest.resources.size());
  for (const Edge& edge : graph.edges) {
    attributes[edge.producer].emplace(head_of(edge.attribute));
  }
  for (std::size_t i = 0; !manifest.outputs.empty() && i < attributes.size(); ++i) {
    attributes[i].merge(output_attributes(manifest, manifest.resources[i].address));
  }
  return attributes;
}

Value outputs_to_json(const std::vector<OutputValue>& outputs) {
  Value all{Object()};
  for (const OutputValue& output : outputs) {
    const bool is_hidden = output.is_sensitive || output.value.holds_secret();
    const bool is_open = is_hidden || !output.value.is_known();
    all.set(
        output.name,
        Value::object(
            {{"value", is_open ? Value() : output.value},
             {"sensitive", is_hidden},
             {"known", output.value.is_known()}}
        )
    );
  }
  return all;
}

std::string render_outputs(const std::vector<OutputValue>& outputs) {
  std::size_t width = 0;
  for (const OutputValue& output : outputs) {
    width = std::max(width, output.name.size());
  }
  std::string text;
  for (const OutputValue& output : outputs) {
    text += fmt::format("{:<{}} = {}\n", output.name, width, show(output));
  }
  return text;
}

std::string reveal_output(const Value& value) {
  if (value.is_text() || value.is_secret()) {
    return std::string(value.reveal());
  }
  return wire_json(value);
}

}  // namespace plumbline
