#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

void add_heads(std::set<std::string, std::less<>>& heads, const std::vector<Bind>& binds) {
  for (const Bind& bind : binds) {
    heads.emplace(head_of(bind.property));
  }
}

void add_names(std::set<std::string, std::less<>>& names, const CallTemplate& call) {
  names.insert(call.request.names().begin(), call.request.names().end());
  if (call.when) {
    names.insert(call.when->names().begin(), call.when->names().end());
  }
}

struct Uses {
  std::set<std::string, std::less<>> created, sent, updated, bound;
  bool has_catch_all = false;  ///< An update that runs whatever has changed.
};

Uses uses_of(const Kind& kind) {
  Uses uses;
  for (const CallTemplate& create : kind.create) {
    uses.created.insert(create.request.names().begin(), create.request.names().end());
    add_heads(uses.bound, create.bind);
  }
  uses.sent = uses.created;
  for (const UpdateStep& step : kind.update) {
    uses.has_catch_all = uses.has_catch_all || step.changed.empty();
    add_names(uses.sent, step.call);
    if (step.for_each) {
      add_names(uses.sent, step.for_each->list);
      add_names(uses.sent, step.for_each->each);
    }
    for (const std::string& name : step.changed) {
      uses.updated.emplace(head_of(name));
    }
  }
  add_heads(uses.bound, kind.observe.bind);
  for (const SideRead& also : kind.also) {
    add_heads(uses.bound, also.call.bind);
  }
  return uses;
}

void check_use(
    KindLoading& loading, const Property& property, const Uses& uses, const SourceRange& range
) {
  const bool is_desired = property.role == PropertyRole::kDesired && property.collection.empty();
  const auto complain = [&](std::string_view what) {
    report(
        loading.diagnostics,
        SchemaFault::kNeverUsed,
        range,
        fmt::format("property '{}' {}", property.name, what)
    );
  };
  if (is_desired && uses.sent.count(property.name) == 0) {
    complain("is sent by no create and no update");
  }
  if (is_desired && !property.is_create_only && !property.is_not_compared && !uses.has_catch_all &&
      uses.updated.count(property.name) == 0) {
    complain("can change, but no update has it in 'changed'");
  }
  const bool is_compared = is_desired && !property.is_write_only && !property.is_not_compared;
  if ((is_compared || property.role == PropertyRole::kReadOnly) &&
      uses.bound.count(property.name) == 0) {
    complain("is bound by no reply");
  }
}

/// Where the id is looked for below a segment that `strip` does not put there, no row has an id.
void check_strip(KindLoading& loading, const Node& root) {
  const Kind& kind = loading.kind;
  if (!kind.list || kind.list->strip.empty()) {
    return;
  }
  const auto& binds = kind.observe.bind;
  const bool is_read = std::any_of(binds.begin(), binds.end(), [&](const Bind& bind) {
    return bind.property == kind.id_property &&
           bind.path.text().starts_with(kind.list->strip + ".");
  });
  if (!is_read) {
    report(
        loading.diagnostics,
        SchemaFault::kUnknownName,
        root.find("list")->range,
        fmt::format(
            "no row has an id: its bind does not begin with '{}', which 'strip' says",
            kind.list->strip
        )
    );
  }
}

/// `$vpc.account` and `$vpc.region` are about the resource that `vpc` names.
std::string without_home(const Kind& kind, const std::string& name) {
  for (const std::string_view word : {".account", ".region"}) {
    const std::string head = name.substr(0, name.size() - std::min(word.size(), name.size()));
    const Property* property = name.ends_with(word) ? kind.find_property(head) : nullptr;
    if (property != nullptr && property->ref) {
      return head;
    }
  }
  return name;
}

void check_named_properties(KindLoading& loading, const Node& root) {
  const Kind& kind = loading.kind;
  const auto check = [&](const std::string& name, std::string_view word) {
    const Node* node = root.find(word);
    if (!name.empty()) {
      check_property(loading, name, node == nullptr ? root.range : node->range);
    }
  };
  check(kind.id_property, "id");
  check(kind.name_property, "name");
  check(kind.arn_property, "arn");
  for (const std::string& name : kind.natural_key) {
    check(name, "natural_key");
  }
  for (const Property& property : kind.properties) {
    check(property.witness, "properties");
    if (property.default_value.is_text() && property.default_value.as_text().starts_with('$')) {
      check(without_home(kind, property.default_value.as_text().substr(1)), "properties");
    }
  }
  check_strip(loading, root);
  if (kind.list) {
    for (const Collection& collection : kind.collections) {
      if (collection.observe.action.empty() && kind.list->collections.count(collection.name) == 0) {
        report(
            loading.diagnostics,
            SchemaFault::kMissingWord,
            root.find("list")->range,
            fmt::format(
                "the list's rows need 'collections: {}', as nothing else reads it", collection.name
            )
        );
      }
    }
    for (const auto& [name, rows] : kind.list->collections) {
      if (kind.find_collection(name) == nullptr) {
        report(
            loading.diagnostics,
            SchemaFault::kUnknownName,
            root.find("list")->range,
            fmt::format("there is no collection '{}'", name)
        );
      }
    }
  }
}

void check_recovery(KindLoading& loading, const Node& root) {
  const Kind& kind = loading.kind;
  for (const CallTemplate& create : kind.create) {
    const bool needs_recover =
        create.klass == CallClass::kUnique || create.klass == CallClass::kNeither;
    if (needs_recover && !kind.recover) {
      report(
          loading.diagnostics,
          SchemaFault::kMissingWord,
          root.range,
          fmt::format("a lost reply to {} can only be resolved with 'recover'", create.action)
      );
    }
    if (create.klass == CallClass::kUnique && kind.natural_key.empty()) {
      report(
          loading.diagnostics,
          SchemaFault::kMissingWord,
          root.range,
          fmt::format("{} is class: unique, but 'natural_key' names nothing", create.action)
      );
    }
    if (create.klass == CallClass::kAmbiguous && !kind.siblings) {
      report(
          loading.diagnostics,
          SchemaFault::kMissingWord,
          root.range,
          fmt::format("a lost reply to {} can only be resolved with 'siblings'", create.action)
      );
    }
  }
  const bool is_ambiguous =
      std::any_of(kind.create.begin(), kind.create.end(), [](const CallTemplate& create) {
        return create.klass == CallClass::kAmbiguous;
      });
  if (kind.siblings && !is_ambiguous) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        root.find("siblings")->range,
        "'siblings' are for a creation of class: ambiguous, and there is none"
    );
  }
}

/// What an object is recognised by must be at hand where it is looked for.
void check_recognition(KindLoading& loading, const Node& root) {
  const Kind& kind = loading.kind;
  if (!kind.recover_id.empty() && !kind.tags.read_call) {
    report(
        loading.diagnostics,
        SchemaFault::kMissingWord,
        root.find("recover")->range,
        "'by_id' asks every object for its tags, but no call reads them"
    );
  }
  if (kind.observe.is_exact && kind.id_property != kind.name_property) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        root.find("observe")->range,
        "'exact' recognises an object by its name, which is not this kind's id"
    );
  }
}

}  // namespace

void check_kind(KindLoading& loading, const Node& root) {
  check_named_properties(loading, root);
  check_recovery(loading, root);
  check_recognition(loading, root);
  const Uses uses = uses_of(loading.kind);
  const Node* properties = root.find("properties");
  for (const Property& property : loading.kind.properties) {
    const NodeEntry* entry =
        properties == nullptr ? nullptr : properties->find_entry(property.name);
    check_use(loading, property, uses, entry == nullptr ? root.range : entry->key_range);
  }
}

}  // namespace plumbline
