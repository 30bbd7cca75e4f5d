#include "controller/plan/adoption.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml_write.h"
#include "controller/plan/adoption_names.h"
#include "controller/plan/diff.h"

namespace plumbline {

namespace {

constexpr std::string_view kOurs = "plumbline:";

/// A resource on its way into the manifest.
struct Block {
  const Find* find = nullptr;
  Address address;
  Value written;
  std::vector<std::string> ignored;  ///< Properties whose value nobody can read back.
  bool is_existing = false;
};

bool is_persons_tag(const std::string& key) {
  return !key.starts_with("aws:") && !key.starts_with(kOurs);
}

/// How many rules of the kind about the whole of `properties` do not hold.
std::size_t broken_rules(const Kind& kind, const Value& properties) {
  Scope scope(&properties);
  return static_cast<std::size_t>(std::count_if(
      kind.validations.begin(),
      kind.validations.end(),
      [&](const auto& rule) {
        const Value holds = rule.each.empty() ? rule.that.evaluate(scope) : Value(true);
        return !rule.is_warning && holds == Value(false);
      }
  ));
}

class Adopter {
 public:
  explicit Adopter(const AdoptionInput& input) : in_(input) {}

  Adoption run() {
    choose();
    AdoptionNames names(*in_.catalog);
    for (Block& block : blocks_) {
      block.address = names.give(*block.find);
    }
    for (Block& block : blocks_) {
      write(block, names);
    }
    find_common_tags();
    out_.manifest = text();
    return std::move(out_);
  }

 private:
  void leave_out(const Find& find, std::string why) {
    const std::string name = find.hint.empty() ? "" : fmt::format(" ({})", find.hint);
    out_.left_out.push_back({find.kind->name + " " + find.seen.id + name, std::move(why)});
  }

  void choose() {
    std::set<std::pair<const Kind*, std::string>> known;
    for (const Find& find : in_.finds) {
      if (find.seen.is_built_in) {
        leave_out(find, "AWS made it and keeps it");
      } else if (const std::string* owner = find.seen.find_tag(kOwnerTag); owner != nullptr) {
        const std::string* stack = find.seen.find_tag(kStackTag);
        leave_out(
            find,
            fmt::format("it is owned by the stack {}", stack == nullptr ? "of somebody" : *stack)
        );
      } else if (known.emplace(find.kind, find.seen.id).second) {
        Block block;
        block.find = &find;
        blocks_.push_back(std::move(block));
      }
    }
    std::sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
      return std::tie(a.find->kind->section, a.find->seen.id) <
             std::tie(b.find->kind->section, b.find->seen.id);
    });
  }

  void write(Block& block, const AdoptionNames& names) {
    const Find& find = *block.find;
    const Kind& kind = *find.kind;
    Value declared = declarable(kind, find.seen, in_.account_id);
    take(kind, find.taken, declared);
    const Property* name = kind.find_property(kind.name_property);
    if (name != nullptr && equals(*name, block.address.name, declared.get(name->name))) {
      declared.erase(name->name);
    }
    note_unreadable(block, declared);
    block.written = as_written(kind, declared, [&](const Naming& naming, const std::string& text) {
      return names.find(naming, text);
    });
    ask_for_secrets(block);
    const Property* missing = missing_of(kind, block.written);
    block.is_existing = missing != nullptr;
    if (block.is_existing) {
      out_.left_out.push_back(
          {block.address.to_string(),
           fmt::format(
               "{} cannot be read back, so it is only used (`existing`); declare it, and `import` "
               "it to have it managed",
               missing->name
           )}
      );
    } else {
      out_.imports.emplace_back(block.address, find.seen.id);
    }
  }

  /// What another tool's state knows, where it is not the default.
  static void take(const Kind& kind, const Value& taken, Value& declared) {
    if (!taken.is_object()) {
      return;
    }
    for (const Member& member : taken.as_object()) {
      const Property* property = kind.find_property(member.key);
      if (property != nullptr && !is_nothing(member.value) &&
          !equals(*property, property->default_value, member.value)) {
        declared.set(member.key, member.value);
      }
    }
  }

  /// What is there and cannot be compared is not to be changed either.
  static void note_unreadable(Block& block, const Value& declared) {
    const Kind& kind = *block.find->kind;
    for (const Property& property : kind.properties) {
      const bool is_hidden = property.is_sensitive && !property.is_write_only &&
                             property.role == PropertyRole::kDesired &&
                             property.absence != Absence::kLate &&
                             !is_nothing(block.find->seen.properties.get(property.name));
      const bool is_assumed = property.is_write_only && property.witness_of.empty() &&
                              !declared.get(property.name).is_null();
      if (is_hidden || is_assumed) {
        block.ignored.push_back(property.name);
      }
    }
  }

  /// A secret that the kind cannot do without becomes an input. Its value is never looked at.
  void ask_for_secrets(Block& block) {
    const Kind& kind = *block.find->kind;
    for (const Property& property : kind.properties) {
      const bool is_secret = property.is_write_only && property.is_sensitive;
      if (!is_secret || !block.written.get(property.name).is_null()) {
        continue;
      }
      const std::size_t before = broken_rules(kind, block.written);
      if (before == 0 && !property.is_required) {
        continue;
      }
      const std::string input =
          fmt::format("{}-{}-{}", block.address.section, block.address.name, property.name);
      Value with = block.written;
      with.set(property.name, "${inputs." + input + "}");
      if (property.is_required || broken_rules(kind, with) < before) {
        block.written = std::move(with);
        block.ignored.push_back(property.name);
        inputs_.emplace_back(input, environment_name(input));
        out_.inputs.push_back(inputs_.back().second);
      }
    }
  }

  static std::string environment_name(const std::string& input) {
    std::string out;
    for (const char c : input) {
      const bool is_upper = c >= 'A' && c <= 'Z';
      if (is_upper && !out.empty() && out.back() != '_') {
        out += '_';
      }
      out += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
  }

  /// What the kind cannot do without and nothing told; null = nothing.
  static const Property* missing_of(const Kind& kind, const Value& written) {
    const auto missing =
        std::find_if(kind.properties.begin(), kind.properties.end(), [&](const Property& each) {
          return each.is_required && each.is_write_only && written.get(each.name).is_null();
        });
    return missing == kind.properties.end() ? nullptr : &*missing;
  }

  /// What everything carries is said once.
  void find_common_tags() {
    std::vector<const Block*> tagged;
    for (const Block& block : blocks_) {
      if (block.find->kind->tags.is_supported && !block.is_existing) {
        tagged.push_back(&block);
      }
    }
    if (tagged.size() < 2) {
      return;
    }
    for (const auto& tag : tagged.front()->find->seen.tags) {
      const bool is_common = std::all_of(tagged.begin(), tagged.end(), [&](const Block* block) {
        const std::string* value = block->find->seen.find_tag(tag.first);
        return value != nullptr && *value == tag.second;
      });
      if (is_common && is_persons_tag(tag.first)) {
        common_tags_.push_back(tag);
      }
    }
  }

  static Value tag_map(const Tags& tags) {
    Value map{Object()};
    for (const auto& [key, value] : tags) {
      map.set(key, escaped(value));
    }
    return map;
  }

  Tags own_tags(const Block& block) const {
    Tags own;
    for (const auto& tag : block.find->seen.tags) {
      const bool is_common =
          std::find(common_tags_.begin(), common_tags_.end(), tag) != common_tags_.end();
      if (is_persons_tag(tag.first) && !is_common) {
        own.push_back(tag);
      }
    }
    return own;
  }

  Value body(const Block& block) const {
    if (block.is_existing) {
      return Value::object({{"existing", Value::object({{"id", block.find->seen.id}})}});
    }
    Value body = block.written;
    if (block.find->kind->is_data_bearing) {
      body.set("protect", true);  // Whoever adopts it has not looked at every command yet.
    }
    if (const Tags own = own_tags(block); !own.empty() && block.find->kind->tags.is_supported) {
      body.set("tags", tag_map(own));
    }
    if (!block.ignored.empty()) {
      List names;
      for (const std::string& name : block.ignored) {
        names.emplace_back(name);
      }
      body.set("ignore", Value(std::move(names)));
    }
    return body;
  }

  std::string text() {
    std::string out = fmt::format("# {}\n", printable(in_.origin));
    append_yaml(out, "stack", in_.stack, 0);
    append_yaml(out, "region", in_.region, 0);
    if (!common_tags_.empty()) {
      append_yaml(out, "tags", tag_map(common_tags_), 0);
    }
    if (!inputs_.empty()) {
      out +=
          "\n# Cannot be read back, and not sent while the resource's `ignore` names "
          "them.\ninputs:\n";
      for (const auto& [name, variable] : inputs_) {
        append_yaml(out, name, Value::object({{"env", variable}, {"sensitive", true}}), 2);
      }
    }
    for (const std::string& section : sections_in_order()) {
      out += fmt::format("\n{}:\n", section);
      for (const Block& block : blocks_) {
        if (block.address.section == section) {
          append_yaml(out, block.address.name, body(block), 2);
        }
      }
    }
    if (!out_.imports.empty()) {
      out += "\n# What becomes ours with the next apply; may go afterwards.\nimport:\n";
    }
    for (const auto& [address, id] : out_.imports) {
      const Value line = Value::object({{"to", address.to_string()}, {"id", escaped(id)}});
      out += "  - " + yaml_line(line) + "\n";
    }
    return out;
  }

  /// What others name comes first.
  std::vector<std::string> sections_in_order() const {
    std::map<std::string, std::set<std::string>> named;
    for (const Block& block : blocks_) {
      std::set<std::string>& below = named[block.address.section];
      for_each_named(
          *block.find->kind,
          declarable(*block.find->kind, block.find->seen, in_.account_id),
          [&](const Naming& naming, const std::string& /*text*/) { below.emplace(naming.section); }
      );
    }
    std::vector<std::string> order;
    std::set<std::string> done;
    const std::function<void(const std::string&)> visit = [&](const std::string& section) {
      if (named.count(section) == 0 || !done.insert(section).second) {
        return;
      }
      for (const std::string& below : named[section]) {
        visit(below);
      }
      order.push_back(section);
    };
    for (const auto& [section, below] : named) {
      visit(section);
    }
    return order;
  }

  const AdoptionInput& in_;
  std::vector<Block> blocks_;
  Tags common_tags_;
  std::vector<std::pair<std::string, std::string>> inputs_;  ///< Name, variable.
  Adoption out_;
};

std::string differences(const Change& change) {
  std::vector<std::string> words;
  for (const FieldChange& field : change.difference.fields) {
    words.push_back(field.path);
  }
  for (const CollectionChange& collection : change.difference.collections) {
    words.push_back(collection.collection);
  }
  for (const auto& [key, value] : change.difference.tags.set) {
    if (!key.starts_with(kOurs)) {
      words.push_back("tags." + key);
    }
  }
  for (const std::string& key : change.difference.tags.unset) {
    words.push_back("tags." + key);
  }
  return join(words, ", ");
}

}  // namespace

Adoption adopt(const AdoptionInput& input) {
  return Adopter(input).run();
}

std::vector<std::string> beyond_adoption(const Plan& plan) {
  std::vector<std::string> found;
  for (const Change& change : plan.changes) {
    const std::string address = change.address.to_string();
    const bool is_quiet = change.action == Action::kNone;
    if (change.action == Action::kImport || change.action == Action::kAdopt) {
      if (const std::string what = differences(change); !what.empty()) {
        found.push_back(fmt::format("{} differs in {}", address, what));
      }
    } else if (!is_quiet) {
      found.push_back(fmt::format("{}: {}: {}", address, name_of(change.action), change.reason));
    }
  }
  return found;
}

}  // namespace plumbline
