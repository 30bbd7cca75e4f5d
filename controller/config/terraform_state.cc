#include "controller/config/terraform_state.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::int64_t kFormat = 4;

Error corrupt(std::string message) {
  return {ErrorClass::kCorrupt, "NoTerraformState", std::move(message), "", 0};
}

struct Mapping {
  const Kind* kind = nullptr;
  const TerraformType* type = nullptr;
};

std::map<std::string, Mapping> mappings_of(const Catalog& catalog) {
  std::map<std::string, Mapping> mappings;
  for (const std::string& section : catalog.sections()) {
    const Kind* kind = catalog.find_section(section);
    for (const TerraformType& type : kind->terraform) {
      mappings[type.type] = {kind, &type};
    }
  }
  return mappings;
}

std::string index_of(const Value& instance) {
  const Value& key = instance.get("index_key");
  if (key.is_text()) {
    return fmt::format("[\"{}\"]", key.as_text());
  }
  return key.is_int() ? fmt::format("[{}]", key.as_int()) : "";
}

std::string name_of(const Value& resource, const Value& instance) {
  const Value& key = instance.get("index_key");
  const std::string& name = resource.text_of("name");
  if (key.is_text()) {
    return fmt::format("{}-{}", name, key.as_text());
  }
  return key.is_int() ? fmt::format("{}-{}", name, key.as_int()) : name;
}

std::string address_of(const Value& resource, const Value& instance) {
  const std::string& module = resource.text_of("module");
  return fmt::format(
      "{}{}{}.{}{}",
      module,
      module.empty() ? "" : ".",
      resource.text_of("type"),
      resource.text_of("name"),
      index_of(instance)
  );
}

/// Nothing where another form stands: the file is somebody else's.
const List& list_of(const Value& value) {
  static const List kNone;
  return value.is_list() ? value.as_list() : kNone;
}

/// The attributes without those that Terraform calls sensitive.
Value open_attributes(const Value& instance) {
  Value attributes = instance.get("attributes");
  for (const Value& path : list_of(instance.get("sensitive_attributes"))) {
    if (path.is_list() && path.size() > 0) {
      attributes.erase(path.as_list().front().text_of("value"));
    }
  }
  return attributes;
}

class Reader {
 public:
  Reader(const Catalog& catalog, const std::string& folder)
      : mappings_(mappings_of(catalog)), folder_(folder) {}

  TerraformState run(const Value& state) {
    for (const Value& resource : state.get("resources").as_list()) {
      if (resource.text_of("mode") != "managed") {
        continue;  // Looked up by Terraform, and nobody's.
      }
      for (const Value& instance : list_of(resource.get("instances"))) {
        read(resource, instance);
      }
    }
    judge_parts();
    return std::move(out_);
  }

 private:
  struct Part {
    const Kind* kind = nullptr;
    std::string address, owner;
  };

  void read(const Value& resource, const Value& instance) {
    const std::string address = address_of(resource, instance);
    const auto found = mappings_.find(resource.text_of("type"));
    if (found == mappings_.end()) {
      out_.unmapped.push_back({address, "no kind here stands for " + resource.text_of("type")});
      return;
    }
    if (instance.find("deposed") != nullptr) {
      out_.unmapped.push_back({address, "Terraform has replaced it and not deleted it yet"});
      return;
    }
    const auto& [kind, type] = found->second;
    const Value attributes = open_attributes(instance);
    note_region(attributes);
    if (!type->part_of.empty()) {
      parts_.push_back({kind, address, attributes.text_of(type->part_of)});
      return;
    }
    TerraformObject object;
    object.kind = kind;
    object.address = address;
    object.id = attributes.text_of(type->id);
    object.name = name_of(resource, instance);
    object.taken = take(*kind, *type, attributes);
    if (object.id.empty()) {
      out_.unmapped.push_back({address, fmt::format("its attribute {} is empty", type->id)});
      return;
    }
    for (const std::string& name : {type->id, std::string("id"), std::string("arn")}) {
      if (const std::string& text = attributes.text_of(name); !text.empty()) {
        known_.emplace(kind, text);
      }
    }
    out_.objects.push_back(std::move(object));
  }

  void note_region(const Value& attributes) {
    constexpr std::size_t kRegion = 3;
    const auto parts = split(attributes.text_of("arn"), ':');
    if (out_.region.empty() && parts.size() > kRegion) {
      out_.region = std::string(parts[kRegion]);
    }
  }

  Value take(const Kind& kind, const TerraformType& type, const Value& attributes) const {
    Value taken;
    Scope scope(&attributes);
    for (const auto& [property, expression] : type.take) {
      Value value = expression.evaluate(scope);
      if (value.is_null() || !value.is_known()) {
        continue;
      }
      const Property* top = kind.find_property(property.substr(0, property.find('.')));
      if (top != nullptr && !top->source.empty() && value.is_text()) {
        value = (std::filesystem::path(folder_) / value.as_text()).lexically_normal().string();
      }
      taken.set_path(property, std::move(value));
    }
    return taken;
  }

  /// A rule of a group, say: here it is said with the group, which must be there.
  void judge_parts() {
    for (Part& part : parts_) {
      if (known_.count({part.kind, part.owner}) > 0) {
        ++out_.parts;
      } else {
        out_.unmapped.push_back(
            {std::move(part.address),
             fmt::format("it is part of {}, which this state does not manage", part.owner)}
        );
      }
    }
  }

  std::map<std::string, Mapping> mappings_;
  const std::string& folder_;
  std::vector<Part> parts_;
  std::set<std::pair<const Kind*, std::string>> known_;
  TerraformState out_;
};

}  // namespace

Result<TerraformState> read_terraform_state(
    const Catalog& catalog, const std::string& text, const std::string& folder
) {
  auto state = parse_json(text);
  if (!state || !state->is_object()) {
    return corrupt(
        "it is no JSON object; name a state file, or write one with `terraform state pull`"
    );
  }
  const Value& version = state->get("version");
  if (version != Value(kFormat)) {
    return corrupt(
        version.is_int() && state->find("terraform_version") != nullptr
            ? fmt::format(
                  "it has format {}, and only format {} is read; let a present Terraform write it "
                  "anew",
                  version.as_int(),
                  kFormat
              )
            : "it is no state of Terraform; write one with `terraform state pull`"
    );
  }
  if (!state->get("resources").is_list()) {
    return corrupt("it has no list of resources; write one with `terraform state pull`");
  }
  return Reader(catalog, folder).run(*state);
}

}  // namespace plumbline
