// Whether a reply is an answer at all. One that can be parsed may still be a proxy's, another
// call's, or half of one; it says nothing, and from nothing follows neither that an object is gone
// nor that it was made. Pure; what the objects look like is observe.h's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/plan/observe.h"

namespace plumbline {

/// Whether the reply holds what `from` leads into, if only empty. A reply that lacks it is no
/// answer: it does not say that nothing is there.
bool answers(const Path& from, const Value& reply);
/// Whether the reply to a side read holds what every such reply does, or one thing that is read.
bool answers(const SideRead& side, const Value& reply);
/// kTransient: the reply to `action` is whole and says nothing about what was asked.
Error no_answer(std::string_view action, std::string_view why);

/// Every object of a reply to the kind's list or read, corpses included. An Error, no_answer(),
/// when the reply lacks their place or one of them has no id: who is not named may be the one
/// looked for.
Result<std::vector<Observation>> observe_list(const Kind& kind, const Value& reply);
Result<std::vector<Observation>> observe_items(
    const Kind& kind, std::string_view action, const Value& reply
);
/// What the reply to the kind's read says of the object asked for by `id`. `is_our_word`: AWS
/// itself called it so, and an object of another name is no answer; an alias or a name may lead
/// elsewhere.
Result<Observation> observe_one_of(
    const Kind& kind, const std::string& id, bool is_our_word, const Value& reply
);
/// What the reply to a creation says. kUnknownOutcome "NoId" when it names no id where the schema
/// says that it does, or a name that is not the one asked for.
Result<Observation> observe_creation(
    const Kind& kind, const CallTemplate& creation, const Value& desired, const Value& reply
);

}  // namespace plumbline
