// The rows of what a rebuild found: what the manifest says of what it declares, what the world and
// an older copy of the state say of the rest.
#include <algorithm>

#include <fmt/format.h>

#include "controller/plan/generate.h"
#include "controller/plan/rebuild.h"
#include "controller/plan/state_rows.h"
#include "controller/plan/transcribe.h"

namespace plumbline {

namespace {

/// A value that can hold no secret, whoever declared it: for what no block says it of any more.
bool can_rest(const Kind& kind, const Property& property) {
  const auto& key = kind.natural_key;
  const bool is_name = property.name == kind.id_property || property.name == kind.name_property ||
                       property.name == kind.arn_property ||
                       std::find(key.begin(), key.end(), property.name) != key.end();
  const bool is_number = property.type == PropertyType::kBool ||
                         property.type == PropertyType::kInt ||
                         property.type == PropertyType::kDouble;
  const bool names_another = property.ref || (property.element != nullptr && property.element->ref);
  return !property.is_sensitive &&
         (is_name || is_number || names_another || !property.enum_values.empty());
}

class Recorder {
 public:
  Recorder(const RebuildInput& input, Rebuilt& rebuilt)
      : in_(input), out_(rebuilt), facts_(input.accounts, input.manifest->region) {}

  Status run() {
    know_everything();
    for (const Taken& taken : out_.taken) {
      PLUMBLINE_TRY(row, row_of(taken));
      out_.rows.push_back(std::move(row));
    }
    return Done{};
  }

 private:
  static bool is_the_one(const Taken& taken) { return taken.status != RowStatus::kDeposed; }

  /// References resolve against what was found; a name that the address gave stays the object's.
  void know_everything() {
    know_generated(facts_, *in_.manifest, in_.install_key);
    for (const Resource& resource : in_.manifest->resources) {
      declare(facts_.at(resource.address), resource, "");
      if (const auto seen = in_.existing.find(resource.address); seen != in_.existing.end()) {
        know(facts_.at(resource.address), seen->second.id, seen->second.properties);
      }
    }
    for (const Taken& taken : out_.taken) {
      const Kind& kind = *taken.object.kind;
      const Observation& seen = taken.object.seen;
      names_[{kind.section, seen.id}] = taken.address;
      for (const std::string& name : {kind.name_property, kind.arn_property}) {
        names_[{kind.section, seen.properties.text_of(name)}] = taken.address;
      }
      const Resource* resource = in_.manifest->find(taken.address);
      if (resource != nullptr && is_the_one(taken)) {
        ResourceFacts& facts = facts_.at(taken.address);
        declare(
            facts,
            *resource,
            resource->is_name_derived ? seen.properties.text_of(kind.name_property) : ""
        );
        know(facts, seen.id, seen.properties);
      }
    }
  }

  const ResourceRow* known_row(const Claimant& object) const {
    const auto& known = in_.ask->known;
    const auto found = std::find_if(known.begin(), known.end(), [&](const ResourceRow& row) {
      return is_about(row, object, in_.accounts);
    });
    return found == known.end() ? nullptr : &*found;
  }

  Result<ResourceRow> row_of(const Taken& taken) {
    const Claimant& object = taken.object;
    ResourceRow row;
    row.address = taken.address;
    row.kind = object.kind->name;
    row.account = object.account;
    row.region = object.region;
    row.physical_id = object.seen.id;
    row.status = taken.status;
    const ResourceRow* known = known_row(object);
    row.created_at = known == nullptr ? in_.now : known->created_at;
    row.updated_at = in_.now;
    std::vector<Address> producers = named_by(taken);
    const Resource* resource = in_.manifest->find(taken.address);
    if (resource != nullptr && is_the_one(taken)) {
      PLUMBLINE_TRY(done, record_declared(row, *resource, object, known));
      static_cast<void>(done);
      add_declared(producers, *resource);
    } else {
      record_undeclared(row, object, known, producers);
    }
    set_producers(row, std::move(producers));
    if (in_.ask->trusts_tags) {
      row.applied.set(std::string(kInheritedOwner), *object.seen.find_tag(kOwnerTag));
    }
    return row;
  }

  /// What it names in the world, whatever the manifest says: it has to let go of that first. Of
  /// what both are declared, the manifest tells.
  std::vector<Address> named_by(const Taken& taken) const {
    std::vector<Address> producers;
    const Claimant& object = taken.object;
    for_each_named(
        *object.kind,
        declarable(*object.kind, object.seen, in_.accounts.of(object.account)),
        [&](const Naming& naming, const std::string& text) {
          const auto found = names_.find({std::string(naming.section), text});
          const bool tells = found != names_.end() && found->second != taken.address &&
                             !(taken.is_declared && is_the_one(taken) &&
                               in_.manifest->find(found->second) != nullptr);
          if (tells) {
            producers.push_back(found->second);
          }
        }
    );
    return producers;
  }

  void add_declared(std::vector<Address>& producers, const Resource& resource) const {
    const auto index = static_cast<std::size_t>(&resource - in_.manifest->resources.data());
    for (const Edge& edge : in_.graph->edges) {
      if (edge.consumer == index) {
        producers.push_back(in_.manifest->resources[edge.producer].address);
      }
    }
  }

  Status record_declared(
      ResourceRow& row, const Resource& resource, const Claimant& object, const ResourceRow* known
  ) {
    auto desired = desired_values(resource, facts_, in_.manifest->folder);
    if (!desired) {
      return desired.error();
    }
    Value seen = object.seen.properties;
    for (const Member& member : desired->as_object()) {
      if (Value* property = seen.find(member.key);
          property != nullptr && member.value.holds_secret()) {
        *property = conceal(*property);
      }
    }
    row.observed = without_secrets(*object.kind, seen, in_.install_key);
    describe(row, resource, *desired, in_.accounts.of(object.account), in_.install_key);
    for (const Property& property : object.kind->properties) {
      const Value& value = desired->get(property.name);
      if (property.is_write_only && !value.is_null() && value.is_known() &&
          !is_as_declared(property, value, resource, object.seen, known)) {
        row.applied.erase(property.name);
        out_.untold.push_back({row.address, property.name});
      }
    }
    return Done{};
  }

  /// Whether what cannot be read back is known, all the same, to be as it is declared.
  bool is_as_declared(
      const Property& property,
      const Value& value,
      const Resource& resource,
      const Observation& seen,
      const ResourceRow* known
  ) const {
    if (!property.witness_of.empty() || property.is_create_only) {
      return true;  // A plan compares the witness; and nothing is replaced for a doubt.
    }
    if (property.imported) {
      Scope scope(&seen.properties);
      scope.bind("observed", &seen.properties);
      if (equals(property, value, property.imported->evaluate(scope))) {
        return true;
      }
    }
    const bool is_known = known != nullptr && holds(*known, property, value, seen);
    const bool is_new =
        in_.ask->trusts_tags && takes_generated(resource.properties.get(property.name));
    return is_known || (in_.ask->takes_secrets_as_declared && !is_new);
  }

  /// A copy may be old: it counts while its witness, if there is one, says what the world says.
  bool holds(
      const ResourceRow& row, const Property& property, const Value& value, const Observation& seen
  ) const {
    const bool is_same =
        row.applied.get(property.name).text_of("$digest") == digest_of(value, in_.install_key);
    return is_same && (property.witness.empty() ||
                       row.observed.get(property.witness) == seen.properties.get(property.witness));
  }

  /// Nobody says any more what of it is secret: what could be is kept as a digest.
  void record_undeclared(
      ResourceRow& row,
      const Claimant& object,
      const ResourceRow* known,
      std::vector<Address>& producers
  ) const {
    const Kind& kind = *object.kind;
    const Value declared = declarable(kind, object.seen, in_.accounts.of(object.account));
    row.applied = Value(Object());
    row.observed = Value(Object());
    for (const Property& property : kind.properties) {
      const bool rests = can_rest(kind, property);
      if (const Value& value = declared.get(property.name); !value.is_null()) {
        row.applied.set(
            property.name,
            rests ? value : Value::object({{"$digest", digest_of(value, in_.install_key)}})
        );
      }
      if (const Value& value = object.seen.properties.get(property.name);
          rests && !value.is_null()) {
        row.observed.set(property.name, value);
      }
    }
    if (known == nullptr) {
      return;
    }
    // The copy may be older than the last word about it: only what makes it stay is taken.
    row.is_protected = known->is_protected;
    row.on_remove = known->on_remove == "delete" ? "" : known->on_remove;
    for (const Address& producer : known->depends_on) {
      const bool is_there =
          std::any_of(out_.taken.begin(), out_.taken.end(), [&](const auto& each) {
            return each.address == producer;
          });
      if (is_there && producer != row.address) {
        producers.push_back(producer);
      }
    }
  }

  const RebuildInput& in_;
  Rebuilt& out_;
  Facts facts_;
  std::map<std::pair<std::string, std::string>, Address> names_;  ///< Section; id, name or ARN.
};

}  // namespace

Status record_taken(const RebuildInput& input, Rebuilt& rebuilt) {
  return Recorder(input, rebuilt).run();
}

}  // namespace plumbline
