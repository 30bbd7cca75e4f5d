// PermissionCollector: goes through the calls that runs may make for a resource, and gathers what
// each takes. Internal to plan/permissions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/plan/facts.h"
#include "controller/plan/permissions.h"

namespace plumbline {

class PermissionCollector {
 public:
  /// Of the resources of one account. The input outlives this.
  PermissionCollector(const PermissionInput& input, Purpose purpose, std::string account_id);

  void add(const Resource& resource);
  /// What was gathered, with what is alike in one statement.
  [[nodiscard]] std::vector<PolicyStatement> statements() const;

 private:
  /// What a call does to its resource; decides which tags the permission asks for.
  enum class Stance { kLook, kMake, kChange, kRemove };
  /// Who is asked about, while its calls are gone through.
  struct Subject {
    const Resource& resource;
    const Kind& kind;
    Value desired;
    Value region, partition;
  };
  struct Target {
    std::string arn;
    bool is_ours = false;  ///< Made by this stack, and so tagged.
  };
  /// What is alike in one statement; reading stays apart from everything else.
  struct Terms {
    bool is_look = false;
    Value condition;
    std::string resource;
    friend auto operator<=>(const Terms&, const Terms&) = default;
  };
  struct Entry {
    std::set<std::string> actions, sections, services;
    Stance stance = Stance::kRemove;  ///< The earliest of a resource's life.
  };

  [[nodiscard]] Subject subject_of(const Resource& resource) const;
  [[nodiscard]] Scope scope_of(const Subject& subject) const;
  /// True unless it certainly does not hold.
  [[nodiscard]] bool may_hold(
      const std::optional<Expr>& when, const Subject& subject, const Value* row = nullptr
  ) const;
  [[nodiscard]] bool may_differ(const Subject& subject, const std::string& property) const;
  [[nodiscard]] std::string fill(const Template& arn, const Subject& subject, bool is_any) const;
  [[nodiscard]] std::vector<std::string> own_arns(const Subject& subject, bool is_any) const;
  [[nodiscard]] std::vector<Target> targets_of(const Subject& subject, const std::string& name)
      const;
  [[nodiscard]] std::vector<Target> targets_behind(
      const Subject& subject, const std::string& name, const std::string& member
  ) const;

  void look(const Subject& subject);
  void make(const Subject& subject);
  void change(const Subject& subject);
  void change_rows(const Subject& subject, const Collection& collection);
  void remove(const Subject& subject);
  void remove_rows(const Subject& subject, const Collection& collection, Stance stance);
  void take_first(const Subject& subject, const std::vector<CallTemplate>& variants, Stance stance);
  void take_each(const Subject& subject, const ForEach& spec, Stance stance);
  void take(const Subject& subject, const CallTemplate& call, Stance stance, bool is_any = false);
  void grant(
      const Subject& subject,
      const CallTemplate& call,
      const Grant& what,
      Stance stance,
      bool is_any
  );
  void put(
      const Subject& subject,
      const std::string& action,
      const std::string& resource,
      Value condition,
      Stance stance
  );
  [[nodiscard]] bool is_covered(const Terms& terms, const std::string& action) const;
  [[nodiscard]] const ServiceProfile* service_of(const std::string& action) const;
  [[nodiscard]] Value with_tag(std::string_view key) const;

  const PermissionInput& input_;
  Purpose purpose_;
  Facts facts_;
  Value account_, stack_, unknown_;
  std::map<Terms, Entry> entries_;
};

}  // namespace plumbline
