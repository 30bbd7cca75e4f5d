#include "controller/plan/answer.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/plan/diff.h"

namespace plumbline {

namespace {

/// The member of a reply in which a path begins; "" for the reply itself.
std::string_view head_of_path(const Path& from) {
  const std::string_view text = from.text();
  return text.substr(0, text.find_first_of(".[{| "));
}

const Value& place_of_items(const Path& from, const Value& reply) {
  const std::string_view head = head_of_path(from);
  return head.empty() ? reply : reply.get(head);
}

/// What stands for "none": an empty element, an empty list.
bool is_blank(const Value& value) {
  return (value.is_text() && trim(value.as_text()).empty()) ||
         (value.is_list() && value.as_list().empty());
}

Result<std::vector<Observation>> observe_each(
    const Kind& kind,
    const Path& from,
    std::string_view action,
    const Value& reply,
    Observation (*observe)(const Kind&, const Value&)
) {
  if (!answers(from, reply)) {
    return no_answer(action, fmt::format("it lacks {}", head_of_path(from)));
  }
  const List items = items_of(from, reply);
  if (items.empty() && !is_blank(place_of_items(from, reply))) {
    return no_answer(action, fmt::format("its {} holds something else", head_of_path(from)));
  }
  std::vector<Observation> out;
  out.reserve(items.size());
  for (const Value& item : items) {
    Observation seen = observe(kind, item);
    if (seen.id.empty()) {
      return no_answer(action, fmt::format("it holds a {} without an id", kind.name));
    }
    out.push_back(std::move(seen));
  }
  return out;
}

}  // namespace

bool answers(const Path& from, const Value& reply) {
  const std::string_view head = head_of_path(from);
  const Value& place = place_of_items(from, reply);
  const bool goes_inside = !head.empty() && from.text().substr(head.size()).starts_with('.');
  if (!reply.is_object() || place.is_null()) {
    return false;
  }
  return !goes_inside || place.is_object() || is_blank(place);
}

bool answers(const SideRead& side, const Value& reply) {
  if (!side.always.empty()) {
    return !reply.get(side.always).is_null();
  }
  return std::any_of(side.call.bind.begin(), side.call.bind.end(), [&](const Bind& bind) {
    return !reply.get(head_of_path(bind.path)).is_null();
  });
}

Error no_answer(std::string_view action, std::string_view why) {
  return {
      ErrorClass::kTransient,
      "NoAnswer",
      fmt::format("the reply to {} says nothing about what was asked: {}", action, why),
      "",
      0};
}

Result<std::vector<Observation>> observe_list(const Kind& kind, const Value& reply) {
  const bool has_place = !kind.list->from.text().empty();
  return observe_each(
      kind,
      has_place ? kind.list->from : kind.observe.from,
      kind.list->call.action,
      reply,
      observe_list_row
  );
}

Result<std::vector<Observation>> observe_items(
    const Kind& kind, std::string_view action, const Value& reply
) {
  return observe_each(kind, kind.observe.from, action, reply, observe_item);
}

Result<Observation> observe_one_of(
    const Kind& kind, const std::string& id, bool is_our_word, const Value& reply
) {
  PLUMBLINE_TRY(items, observe_items(kind, kind.read.action, reply));
  for (Observation& item : items) {
    const bool is_meant =
        kind.observe.is_exact ? item.id == id : !is_our_word || to_lower(item.id) == to_lower(id);
    if (is_meant) {
      return std::move(item);
    }
  }
  if (items.empty() || kind.observe.is_exact) {
    return Observation();
  }
  return no_answer(kind.read.action, fmt::format("it is about {}", items.front().id));
}

Result<Observation> observe_creation(
    const Kind& kind, const CallTemplate& creation, const Value& desired, const Value& reply
) {
  const auto refuse = [&creation](std::string_view why) {
    return Error{
        ErrorClass::kUnknownOutcome,
        "NoId",
        fmt::format("the reply to {} {}", creation.action, why),
        "",
        0};
  };
  Observation seen;
  seen.presence = Presence::kPresent;
  seen.properties = Value(Object());  // Some replies say nothing at all.
  bind_into(seen, kind, creation.bind, reply);
  const bool names_id =
      std::any_of(creation.bind.begin(), creation.bind.end(), [&kind](const Bind& bind) {
        return bind.property == kind.id_property;
      });
  const Property* property = kind.find_property(kind.id_property);
  const Value& asked = desired.get(kind.id_property);
  if (seen.id.empty() && !names_id) {
    seen.id = desired.text_of(kind.id_property);
  }
  if (seen.id.empty()) {
    return refuse("names no id");
  }
  if (names_id && property != nullptr && asked.is_text() &&
      !equals(*property, asked, Value(seen.id))) {
    return refuse("is about " + seen.id);
  }
  return seen;
}

}  // namespace plumbline
