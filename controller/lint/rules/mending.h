// What rules can write to mend what they find: a group's rule, a role's trust and rights. Empty
// where the manifest does not say enough, or says it in a form that nothing can be added to.
// Whether it helps is not decided here: who makes the edits lints the outcome.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/lint/context.h"

namespace plumbline {

/// The node that a dotted path leads to, and nothing above it; null when there is none.
const Node* node_at(const Resource& resource, std::string_view path);

/// `instead` for `part` of the text at a path, or of the one item of the list there that has it.
/// Nothing when several have, or one has it twice.
std::vector<Edit> replace_part(
    const Resource& resource, std::string_view path, std::string_view part, std::string_view instead
);

/// A rule of `group` for one port and one peer, which is `self` or the name of a group; `direction`
/// is "ingress" or "egress". Nothing when the port (0) is not known.
std::vector<Edit> open_port(
    const Resource& group, std::string_view direction, int port, std::string_view peer
);
/// A statement with which `role` lets a service take it on.
std::vector<Edit> trust_service(const Resource& role, std::string_view service);

/// What one inline policy is to allow.
struct Allowance {
  std::string name;  ///< Of the policy; another one is found when it is taken.
  std::string action, resource;
  std::string via_service = {};  ///< Of the condition kms:ViaService; "" = no condition.
};
std::vector<Edit> allow(const Resource& role, const Allowance& given);

}  // namespace plumbline
