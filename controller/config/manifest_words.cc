// The words every resource takes, whatever its kind.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_foreach.h"
#include "controller/config/manifest_resources.h"

namespace plumbline {

namespace {

struct Words {
  LoadContext& context;
  const Node& node;
  ValueReader& reader;
  const Reporter& reporter;
  Resource& resource;
};

void read_account(Words w) {
  w.resource.account = read_word(w.node, "account", w.reporter);
  const auto& accounts = w.context.manifest.accounts;
  if (!w.resource.account.empty() && !accounts.contains(w.resource.account)) {
    std::vector<std::string> names;
    names.reserve(accounts.size());
    for (const auto& [name, account] : accounts) {
      names.push_back(name);
    }
    w.reporter.add(
        kUndeclared,
        w.node.range,
        fmt::format("No account {} is declared.", in_ticks(w.resource.account)),
        suggest(w.resource.account, names, "declare it under `accounts:`")
    );
  }
}

void read_region(Words w) {
  w.resource.region = w.reader.read_known_text(w.node, "region");
  if (w.node.is_scalar() && w.node.text.empty()) {
    w.reporter.add(kWrongType, w.node.range, "`region` is empty.", "write a region, or delete it");
  }
  check_region(w.node, w.resource.region, w.reporter);
}

void read_dependency(const Words& w, const Node& item) {
  const std::string text = read_word(item, "dependsOn", w.reporter);
  if (text.empty()) {
    return;
  }
  Address address = Address::parse(text);
  if (address.section.empty() || !is_resource_name(address.name)) {
    w.reporter.add(
        kWrongType,
        item.range,
        fmt::format("{} is no address.", in_ticks(text)),
        "write section.name"
    );
    return;
  }
  for (Address& member : w.context.members(address)) {
    w.resource.depends_on.push_back(std::move(member));
  }
}

void read_depends_on(Words w) {
  if (!w.node.is_list()) {
    read_dependency(w, w.node);
    return;
  }
  for (const Node& item : w.node.items) {
    read_dependency(w, item);
  }
}

void read_protect(Words w) {
  w.resource.is_protected = read_flag(w.node, "protect", w.reporter);
}

/// The index of the word written, or nothing and a finding.
std::optional<std::size_t> one_of(
    const Words& w, std::string_view word, const std::vector<std::string>& choices
) {
  const std::string text = read_word(w.node, word, w.reporter);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) {
    return static_cast<std::size_t>(found - choices.begin());
  }
  if (w.node.is_scalar()) {
    w.reporter.add(
        kNotAllowed,
        w.node.range,
        fmt::format("`{}` does not take {}.", word, in_ticks(text)),
        suggest(text, choices, fmt::format("use {}", enumerate(choices)))
    );
  }
  return std::nullopt;
}

void read_on_remove(Words w) {
  if (const auto choice = one_of(w, "onRemove", {"delete", "retain", "snapshot"})) {
    constexpr OnRemove kValues[] = {OnRemove::kDelete, OnRemove::kRetain, OnRemove::kSnapshot};
    w.resource.on_remove = kValues[*choice];
    w.resource.has_on_remove = true;
    const auto& ways = w.resource.kind->remove.variants;
    const bool can_leave_one = std::any_of(ways.begin(), ways.end(), [](const CallTemplate& way) {
      return way.leaves_snapshot;
    });
    if (w.resource.on_remove == OnRemove::kSnapshot && !can_leave_one) {
      w.reporter.add(
          kNotAllowed,
          w.node.range,
          fmt::format("AWS makes no last snapshot of {}.", in_ticks(w.resource.kind->section)),
          "use `delete` or `retain`"
      );
    }
  }
}

void read_drift(Words w) {
  if (const auto choice = one_of(w, "drift", {"correct", "report", "ignore"})) {
    constexpr DriftPolicy kValues[] = {
        DriftPolicy::kCorrect, DriftPolicy::kReport, DriftPolicy::kIgnore};
    w.resource.drift = kValues[*choice];
  }
}

void read_ignore(Words w) {
  const PropertyIndex& index = w.context.index(w.resource.kind->properties);
  const auto read_one = [&](const Node& item) {
    const std::string name = read_word(item, "ignore", w.reporter);
    const std::string_view head = std::string_view(name).substr(0, name.find('.'));
    if (name.empty()) {
      return;
    }
    if (!index.by_name.contains(head) && head != "tags") {
      std::vector<std::string> names;
      for (const Property& property : w.resource.kind->properties) {
        names.push_back(property.name);
      }
      w.reporter.add(
          kUnknownWord,
          item.range,
          fmt::format("`{}` has no property {}.", w.resource.kind->section, in_ticks(head)),
          suggest(
              head,
              names,
              fmt::format("`plumbline explain {}` lists them", w.resource.kind->section)
          )
      );
      return;
    }
    if (head != "tags" && w.resource.kind->find_property(name) == nullptr) {
      w.reporter.add(
          kUnknownWord,
          item.range,
          fmt::format("There is no {} below `{}`.", in_ticks(name.substr(head.size() + 1)), head),
          fmt::format("ignore `{}` as a whole, or one of its fields", head)
      );
      return;
    }
    w.resource.ignore.push_back(name);
  };
  if (w.node.is_list()) {
    std::for_each(w.node.items.begin(), w.node.items.end(), read_one);
  } else {
    read_one(w.node);
  }
}

/// A look-up key that is no property: `name` stands for the kind's name property.
const Property* match_property(const Words& w, const std::string& key) {
  const PropertyIndex& index = w.context.index(w.resource.kind->properties);
  auto found = index.by_name.find(key);
  if (found == index.by_name.end() && key == "name") {
    found = index.by_name.find(w.resource.kind->name_property);
  }
  return found == index.by_name.end() ? nullptr : found->second;
}

void read_match(const Words& w, const NodeEntry& entry, Existing& existing) {
  const Property* property = match_property(w, entry.key);
  if (property != nullptr) {
    Value value = w.reader.read(*property, entry.value);
    if (!value.is_null()) {
      existing.match.set(property->name, std::move(value));
    }
    return;
  }
  std::vector<std::string> names = {"id", "tags", "name"};
  for (const Property& candidate : w.resource.kind->properties) {
    names.push_back(candidate.name);
  }
  w.reporter.add(
      kUnknownWord,
      entry.key_range,
      fmt::format("`existing` cannot look for {}.", in_ticks(entry.key)),
      suggest_key(w.node, entry.key, names, "use `id`, `tags` or a property of the kind")
  );
}

void read_existing(Words w) {
  Existing existing;
  if (w.node.is_scalar()) {
    existing.id = w.reader.read_known_text(w.node, "existing");
    if (w.node.text.empty()) {
      w.reporter.add(
          kWrongType,
          w.node.range,
          "`existing` has an empty id.",
          "write an id, { name: … } or { tags: { … } }"
      );
    }
  } else if (w.node.is_map() && !w.node.entries.empty()) {
    for (const NodeEntry& entry : w.node.entries) {
      if (entry.key == "id") {
        existing.id = w.reader.read_known_text(entry.value, "id");
      } else if (entry.key == "tags") {
        read_tags(entry.value, w.reader, w.reporter, existing.tags);
      } else {
        read_match(w, entry, existing);
      }
    }
  } else {
    w.reporter.add(
        kWrongType,
        w.node.range,
        fmt::format("`existing` takes an id or a map to look by, not {}.", describe(w.node)),
        "write an id, { id: … }, { name: … } or { tags: { … } }"
    );
  }
  w.resource.existing = std::move(existing);
}

void read_timeouts(Words w) {
  if (!check_words(w.node, "timeouts", {"create", "update", "delete"}, w.reporter)) {
    return;
  }
  for (const NodeEntry& entry : w.node.entries) {
    Duration* const target = entry.key == "create"   ? &w.resource.create_timeout
                             : entry.key == "update" ? &w.resource.update_timeout
                             : entry.key == "delete" ? &w.resource.delete_timeout
                                                     : nullptr;
    if (target == nullptr) {
      continue;
    }
    const std::string text = read_word(entry.value, entry.key, w.reporter);
    if (entry.value.is_scalar() && (!parse_duration(text, *target) || target->count() == 0)) {
      w.reporter.add(
          kWrongType,
          entry.value.range,
          fmt::format("{} is no duration.", in_ticks(text)),
          "write a number and a unit, such as 90s, 5m or 1h30m"
      );
    }
  }
}

void read_own_tags(Words w) {
  if (!w.resource.kind->tags.is_supported) {
    w.reporter.add(
        kUnknownWord,
        w.resource.entry->value.find_entry("tags")->key_range,
        fmt::format("`{}` cannot be tagged.", w.resource.kind->section),
        "delete `tags`"
    );
    return;
  }
  read_tags(w.node, w.reader, w.reporter, w.resource.tags);
}

struct WordRow {
  std::string_view word;
  void (*read)(Words);
};

constexpr WordRow kWords[] = {
    {"account", read_account},
    {"region", read_region},
    {"dependsOn", read_depends_on},
    {"protect", read_protect},
    {"onRemove", read_on_remove},
    {"drift", read_drift},
    {"ignore", read_ignore},
    {"existing", read_existing},
    {"timeouts", read_timeouts},
    {"tags", read_own_tags},
};

/// The limits that all services share.
void check_tag(const NodeEntry& entry, const std::string& value, const Reporter& reporter) {
  constexpr std::size_t kMostOfKey = 128, kMostOfValue = 256;
  const std::size_t key = code_points(entry.key);
  if (key == 0 || key > kMostOfKey) {
    reporter.add(
        kNotAllowed,
        entry.key_range,
        fmt::format("The key of a tag has 1 to {} characters, not {}.", kMostOfKey, key),
        key == 0 ? "write a key" : "shorten it"
    );
  }
  if (entry.key.find("${") != std::string::npos) {
    reporter.add(
        kNotAllowed,
        entry.key_range,
        fmt::format("Nothing is put into a key: {} stays as it is.", in_ticks(entry.key)),
        "write the key out, and put what changes into the value"
    );
  }
  if (const std::size_t length = code_points(value); length > kMostOfValue) {
    reporter.add(
        kNotAllowed,
        entry.value.range,
        fmt::format("The value of a tag has up to {} characters, not {}.", kMostOfValue, length),
        "shorten it"
    );
  }
}

}  // namespace

const std::vector<std::string>& resource_words() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const WordRow& row : kWords) {
      names.emplace_back(row.word);
    }
    names.emplace_back(kForEach);
    return names;
  }();
  return kNames;
}

bool read_resource_word(
    LoadContext& context,
    const NodeEntry& entry,
    ValueReader& reader,
    const Reporter& reporter,
    Resource& resource
) {
  const auto* const row = std::find_if(std::begin(kWords), std::end(kWords), [&](const WordRow& r) {
    return r.word == entry.key;
  });
  if (row == std::end(kWords)) {
    return false;
  }
  if (!entry.value.is_null()) {
    row->read({context, entry.value, reader, reporter, resource});
  } else if (entry.value.text.empty()) {
    reporter.add(
        kWrongType,
        entry.value.range,
        fmt::format("`{}` has no value.", entry.key),
        "write a value, or delete the key"
    );
  }
  return true;
}

void read_tags(
    const Node& node,
    ValueReader& reader,
    const Reporter& reporter,
    std::vector<std::pair<std::string, std::string>>& tags
) {
  if (!node.is_map()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`tags` takes a map, not {}.", describe(node)),
        "write { KEY: VALUE }"
    );
    return;
  }
  for (const NodeEntry& entry : node.entries) {
    const std::string key = to_lower(entry.key);
    if (key.starts_with("aws:") || key.starts_with("plumbline:")) {
      reporter.add(
          kNotAllowed,
          entry.key_range,
          fmt::format(
              "Tags that begin with {} are reserved.", in_ticks(key.substr(0, key.find(':') + 1))
          ),
          "choose another key"
      );
      continue;
    }
    std::string value;
    if (!entry.value.is_null()) {
      value = reader.read_known_text(entry.value, entry.key);
    }
    check_tag(entry, value, reporter);
    tags.emplace_back(entry.key, std::move(value));
  }
  if (node.entries.size() > kMostTags) {
    reporter.add(
        kNotAllowed,
        node.entries[kMostTags].key_range,
        fmt::format(
            "{} tags are more than an object can have: {} beside our own.",
            node.entries.size(),
            kMostTags
        ),
        "delete some"
    );
  }
  std::sort(tags.begin(), tags.end());
}

}  // namespace plumbline
