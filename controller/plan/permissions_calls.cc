// Which calls a resource's runs may make, kept beside what the engine does: looking, creating,
// converging, deleting.
#include <algorithm>

#include "controller/base/text.h"
#include "controller/plan/diff.h"
#include "controller/plan/outputs.h"
#include "controller/plan/permissions_collect.h"

namespace plumbline {

void PermissionCollector::add(const Resource& resource) {
  const Subject subject = subject_of(resource);
  look(subject);
  if (resource.existing) {
    return;
  }
  if (purpose_ == Purpose::kController || purpose_ == Purpose::kApply) {
    make(subject);
    change(subject);
  }
  const bool stays = resource.is_protected || resource.on_remove == OnRemove::kRetain;
  const bool is_kept_data = resource.kind->is_data_bearing && !resource.has_on_remove;
  const bool deletes =
      purpose_ == Purpose::kDestroy || (purpose_ == Purpose::kApply && !is_kept_data);
  if (deletes && !stays) {
    remove(subject);
  }
}

void PermissionCollector::look(const Subject& subject) {
  const Kind& kind = subject.kind;
  if (kind.list) {
    take(subject, kind.list->call, Stance::kLook, true);
  }
  take(subject, kind.read, Stance::kLook);
  if (kind.recover) {
    take(subject, *kind.recover, Stance::kLook);
  }
  // Side reads happen for properties that are declared, that have a default, or that others use.
  std::set<std::string> needed;
  for (const Property& property : kind.properties) {
    const bool is_defaulted =
        property.absence == Absence::kDefault && !property.default_value.is_null();
    if (is_defaulted || !subject.resource.properties.get(property.name).is_null()) {
      needed.insert(property.name);
    }
  }
  for (const Resource& other : input_.manifest.resources) {
    other.properties.for_each_reference([&](const Reference& reference) {
      if (reference.address == subject.resource.address) {
        needed.emplace(head_of(reference.attribute));
      }
    });
  }
  needed.merge(output_attributes(input_.manifest, subject.resource.address));
  for (const SideRead& side : kind.also) {
    const auto& binds = side.call.bind;
    const bool is_needed = std::any_of(binds.begin(), binds.end(), [&](const Bind& bind) {
      return needed.contains(std::string(head_of(bind.property)));
    });
    if (is_needed && may_hold(side.call.when, subject)) {
      take(subject, side.call, Stance::kLook);
    }
  }
  if (kind.tags.is_supported && kind.tags.read_call) {
    take(subject, *kind.tags.read_call, Stance::kLook);
  }
  for (const Collection& collection : kind.collections) {
    if (!may_hold(collection.when, subject)) {
      continue;
    }
    if (!collection.observe.action.empty()) {
      take(subject, collection.observe, Stance::kLook);
    }
    if (collection.each) {
      take(subject, *collection.each, Stance::kLook);
    }
  }
}

void PermissionCollector::make(const Subject& subject) {
  const Kind& kind = subject.kind;
  take_first(subject, kind.create, Stance::kMake);
  if (kind.siblings) {
    take(subject, kind.siblings->call, Stance::kLook);
  }
  if (kind.tags.is_supported) {
    // Tags given at creation need leave to tag, and nothing is tagged yet that could be asked for.
    Value condition = with_tag("aws:RequestTag");
    const std::string& key = kind.service->creation_key;
    if (!key.empty()) {
      List creations;
      for (const CallTemplate& variant : kind.create) {
        creations.emplace_back(variant.action);
      }
      Value tests = condition.get("StringEquals");
      tests.set(key, creations.size() == 1 ? creations.front() : Value(creations));
      condition.set("StringEquals", std::move(tests));
    }
    for (const std::string& arn : own_arns(subject, false)) {
      put(subject,
          kind.service->signing_name + ":" + kind.tags.set.action,
          arn,
          condition,
          Stance::kMake);
    }
  }
  if (kind.exists_but_gone) {
    take(subject, kind.exists_but_gone->call, Stance::kChange);
  }
}

void PermissionCollector::change(const Subject& subject) {
  const Kind& kind = subject.kind;
  for (const UpdateStep& step : kind.update) {
    const auto& changed = step.changed;
    const bool is_due =
        changed.empty() || std::any_of(changed.begin(), changed.end(), [&](const auto& name) {
          return may_differ(subject, name);
        });
    if (is_due && step.for_each) {
      take_each(subject, *step.for_each, Stance::kChange);
    } else if (is_due && may_hold(step.call.when, subject)) {
      take(subject, step.call, Stance::kChange);
    }
  }
  if (kind.tags.is_supported) {
    take(subject, kind.tags.set, Stance::kChange);
    if (!subject.resource.import_id.empty()) {
      take(subject, kind.tags.set, Stance::kMake);  // What is taken over has no tag of ours yet.
    }
    // Only a tag that the manifest no longer names is taken away.
    if (purpose_ == Purpose::kApply) {
      take(subject, kind.tags.unset, Stance::kChange);
    }
  }
  for (const Collection& collection : kind.collections) {
    if (may_hold(collection.when, subject)) {
      change_rows(subject, collection);
    }
  }
}

/// What is listed first may be empty, or not.
void PermissionCollector::take_each(const Subject& subject, const ForEach& spec, Stance stance) {
  if (!may_hold(spec.list.when, subject)) {
    return;
  }
  take(subject, spec.list, Stance::kLook);
  if (may_hold(spec.each.when, subject, &unknown_)) {
    take(subject, spec.each, stance);
  }
}

/// Rows that are declared may be missing; any may be there that is not declared.
void PermissionCollector::change_rows(const Subject& subject, const Collection& collection) {
  const Value context = Value::object({{"id", unknown_}});
  const List rows = desired_rows(subject.kind, collection, subject.desired, context);
  // What a read puts into the row is not known here, nor whether it finds anything: an expression
  // takes what is unknown for something, not for nothing.
  const auto take_steps = [&](const std::vector<CollectionStep>& steps,
                              const std::vector<Bind>& read) {
    for (const CollectionStep& step : steps) {
      const bool is_due = std::any_of(rows.begin(), rows.end(), [&](Value row) {
        if (may_hold(step.call.when, subject, &row)) {
          return true;
        }
        for (const Bind& bind : read) {
          const std::string_view member = head_of(bind.property);
          if (row.is_object() && row.get(member).is_null()) {
            row.set(member, unknown_);
          }
        }
        return may_hold(step.call.when, subject, &row);
      });
      if (is_due) {
        take(subject, step.call, Stance::kChange);
      }
    }
  };
  if (collection.before_add && !rows.empty()) {
    take(subject, collection.before_add->call, Stance::kLook);
  }
  take_steps(
      collection.add, collection.before_add ? collection.before_add->call.bind : std::vector<Bind>()
  );
  take_steps(collection.modify, collection.bind);
  remove_rows(subject, collection, Stance::kChange);
}

void PermissionCollector::remove_rows(
    const Subject& subject, const Collection& collection, Stance stance
) {
  if (collection.before_remove) {
    take(subject, collection.before_remove->call, Stance::kLook);
  }
  for (const CollectionStep& step : collection.remove) {
    if (may_hold(step.call.when, subject, &unknown_)) {
      take(subject, step.call, stance);
    }
  }
}

void PermissionCollector::remove(const Subject& subject) {
  const DeleteSpec& spec = subject.kind.remove;
  for (const DeleteBefore& before : spec.before) {
    if (const Collection* collection = subject.kind.find_collection(before.collection)) {
      remove_rows(subject, *collection, Stance::kRemove);
    }
    if (before.for_each) {
      take_each(subject, *before.for_each, Stance::kRemove);
    }
  }
  take_first(subject, spec.variants, Stance::kRemove);
}

}  // namespace plumbline
