// Sources: the RDS User Guide's pages on supported versions, instance classes and TLS by engine,
// and what DescribeDBEngineVersions and DescribeOrderableDBInstanceOptions list; see
// kEngineFactsDate.
#include "controller/lint/rules/engine_facts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr auto kEngines = std::to_array<std::string_view>({
    "aurora-mysql",
    "aurora-postgresql",
    "custom-oracle-ee",
    "custom-oracle-ee-cdb",
    "custom-oracle-se2",
    "custom-oracle-se2-cdb",
    "custom-sqlserver-dev",
    "custom-sqlserver-ee",
    "custom-sqlserver-se",
    "custom-sqlserver-web",
    "db2-ae",
    "db2-se",
    "mariadb",
    "mysql",
    "oracle-ee",
    "oracle-ee-cdb",
    "oracle-se2",
    "oracle-se2-cdb",
    "postgres",
    "sqlserver-dev-ee",
    "sqlserver-ee",
    "sqlserver-ex",
    "sqlserver-se",
    "sqlserver-web",
});

/// Major versions RDS still creates, oldest first. Between two of a row there is none.
struct Major {
  std::string_view engine, version;
  std::string_view oldest;  ///< "" when the oldest patch is not known.
  bool requires_tls;
};
constexpr Major kMajors[] = {
    {"mysql", "5.7", "5.7.44", false},
    {"mysql", "8.0", "8.0.40", false},
    {"mysql", "8.4", "8.4.3", false},
    {"mariadb", "10.5", "", false},
    {"mariadb", "10.6", "", false},
    {"mariadb", "10.11", "", false},
    {"mariadb", "11.4", "", false},
    {"mariadb", "11.8", "", true},
    {"postgres", "11", "11.22", false},
    {"postgres", "12", "12.22", false},
    {"postgres", "13", "13.18", false},
    {"postgres", "14", "14.15", false},
    {"postgres", "15", "15.10", true},
    {"postgres", "16", "16.6", true},
    {"postgres", "17", "17.2", true},
    {"postgres", "18", "", true},
};

constexpr std::string_view kBurstable = "micro small medium large xlarge 2xlarge";
constexpr std::string_view kGeneral = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
constexpr std::string_view kLarger =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
constexpr std::string_view kLargest =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal";

struct ClassFamily {
  std::string_view name, sizes;
};
constexpr ClassFamily kFamilies[] = {
    {"t2", kBurstable},
    {"t3", kBurstable},
    {"t4g", kBurstable},
    {"m5", kLarger},
    {"m5d", kLarger},
    {"m6g", kGeneral},
    {"m6gd", kGeneral},
    {"m6i", kLargest},
    {"m6id", kLargest},
    {"m7g", kGeneral},
    {"r5d", kLarger},
    {"r6g", kGeneral},
    {"r6gd", kGeneral},
    {"r6id", kLargest},
    {"r7g", kGeneral},
    {"x2g", kGeneral},
};

constexpr std::string_view kStaticOfMysql[] = {
    "back_log",
    "innodb_buffer_pool_instances",
    "lower_case_table_names",
    "performance_schema",
    "table_open_cache_instances",
};
/// "Dynamic: No" in the MySQL manual; MariaDB changes some of them at once.
constexpr std::string_view kStaticOfMysqlAlone[] = {
    "ft_max_word_len",
    "ft_min_word_len",
    "ft_query_expansion_limit",
    "innodb_autoinc_lock_mode",
    "innodb_buffer_pool_chunk_size",
    "innodb_flush_method",
    "innodb_ft_cache_size",
    "innodb_ft_max_token_size",
    "innodb_ft_min_token_size",
    "innodb_ft_total_cache_size",
    "innodb_log_file_size",
    "innodb_purge_threads",
    "innodb_read_io_threads",
    "innodb_rollback_on_timeout",
    "innodb_sort_buffer_size",
    "innodb_sync_array_size",
    "innodb_write_io_threads",
    "skip_name_resolve",
    "thread_stack",
};
constexpr std::string_view kStaticOfPostgres[] = {
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "autovacuum_multixact_freeze_max_age",
    "huge_pages",
    "max_connections",
    "max_files_per_process",
    "max_locks_per_transaction",
    "max_logical_replication_workers",
    "max_pred_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "pg_stat_statements.max",
    "rds.logical_replication",
    "shared_buffers",
    "shared_preload_libraries",
    "superuser_reserved_connections",
    "track_activity_query_size",
    "track_commit_timestamp",
    "wal_buffers",
};

bool starts_with_numbers(const std::vector<int>& whole, const std::vector<int>& start) {
  return whole.size() >= start.size() && std::equal(start.begin(), start.end(), whole.begin());
}

bool is_on_graviton(std::string_view family) {
  return family.ends_with('g') || family.ends_with("gd");
}

/// In bytes; 0 when the class is not known. Sizes double: large, xlarge, 2xlarge, 4xlarge.
std::int64_t memory_of(std::string_view instance_class) {
  constexpr std::int64_t kGib = std::int64_t{1} << 30U;
  const auto parts = split(instance_class, '.');
  if (parts.size() != 3 || parts[0] != "db" || parts[1].size() < 2) {
    return 0;
  }
  const std::string_view family = parts[1];
  const std::string_view size = parts[2];
  if (family[0] == 't') {
    constexpr std::pair<std::string_view, int> kSizes[] = {
        {"micro", 1}, {"small", 2}, {"medium", 4}, {"large", 8}, {"xlarge", 16}, {"2xlarge", 32}};
    for (const auto& [name, gib] : kSizes) {
      if (name == size) {
        return gib * kGib;
      }
    }
    return 0;
  }
  // Before the fifth generation sizes were other ones.
  const std::int64_t large = family[1] < '5' ? 0 : family[0] == 'm' ? 8 : family[0] == 'r' ? 16 : 0;
  if (size == "large") {
    return large * kGib;
  }
  if (size == "xlarge") {
    return 2 * large * kGib;
  }
  const std::vector<int> times = version_numbers(size);
  return times.size() == 1 && size.ends_with("xlarge") ? 2 * large * times[0] * kGib : 0;
}

template <class Words>
bool holds(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// "t4" → 4; 0 for another form.
int generation_of(std::string_view family) {
  return family.size() < 2 || family[1] < '0' || family[1] > '9' ? 0 : family[1] - '0';
}

/// The first generation of a letter that has no class without its processor in its name: t4g,
/// m6g and m6i. Before it there are none with Graviton.
int first_with_processor(char letter) {
  return letter == 't' ? 4 : letter == 'x' ? 2 : letter == 'm' || letter == 'r' ? 6 : 0;
}

/// Why there is no such family, of those letters that are known; "" when there may be.
std::string family_objection(std::string_view family) {
  const int generation = generation_of(family);
  const int first = family.empty() ? 0 : first_with_processor(family[0]);
  if (generation == 0 || first == 0) {
    return "";
  }
  if (generation < first && is_on_graviton(family)) {
    return fmt::format("the first {} with g is {}{}g", family[0], family[0], first);
  }
  return generation >= first && family.size() == 2
             ? fmt::format("classes {} say their processor, as {}g does", family, family)
             : "";
}

/// Classes begin with one of these letters and a generation: t4g, m6i, db.cr1.
bool may_be_family(std::string_view family) {
  constexpr std::string_view kLetters = "cmrtxz";
  return family.size() > 1 && kLetters.find(family[0]) != std::string_view::npos &&
         std::any_of(family.begin(), family.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// No class of M or R since the fifth generation has another size, whatever its processor is.
bool is_size_of_any(std::string_view size) {
  constexpr std::string_view kSizes[] = {
      "large",
      "xlarge",
      "2xlarge",
      "4xlarge",
      "8xlarge",
      "12xlarge",
      "16xlarge",
      "24xlarge",
      "32xlarge",
      "48xlarge",
      "96xlarge"};
  return holds(kSizes, size) || size.starts_with("metal");
}

/// Of classes that describe-orderable-db-instance-options offers for no version.
bool is_retired(std::string_view family) {
  constexpr std::string_view kRetired[] = {"t1", "m1", "m2", "m3", "m4", "r3"};
  return holds(kRetired, family);
}

/// Of those that it offers for the oldest versions alone.
bool is_nearly_retired(std::string_view family) {
  return family == "t2" || family == "r4";
}

/// MySQL 5.7, PostgreSQL 11 and 12; or a version that is not known.
bool is_old(std::string_view engine, std::string_view version) {
  const std::vector<int> numbers = version_numbers(version);
  return numbers.empty() || (engine == "mysql"      ? numbers[0] < 8
                             : engine == "postgres" ? numbers[0] < 13
                                                    : engine != "mariadb");
}

/// The patch is older than the oldest one; a prefix stands for the newest.
Answer is_patch_offered(const std::vector<int>& numbers, const Major& major) {
  const std::vector<int> oldest = version_numbers(major.oldest);
  if (oldest.empty()) {
    return Answer::kUnknown;
  }
  return numbers.size() < oldest.size() || numbers >= oldest ? Answer::kYes : Answer::kNo;
}

}  // namespace

bool is_engine(std::string_view engine) {
  return holds(kEngines, to_lower(engine));
}

std::optional<std::string> nearest_engine(std::string_view engine) {
  return nearest(
      to_lower(engine), std::vector<std::string>(std::begin(kEngines), std::end(kEngines))
  );
}

std::vector<int> version_numbers(std::string_view version) {
  std::vector<int> numbers;
  const char* at = version.data();
  const char* const end = at + version.size();
  while (at != end) {
    int number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc()) {
      break;
    }
    numbers.push_back(number);
    at = read.ptr;
    if (at == end || *at != '.') {
      break;
    }
    ++at;
  }
  return numbers;
}

namespace {

/// Oracle and SQL Server: before these RDS makes none; of later ones nothing is known here.
void note_commercial(
    std::string_view engine, const std::vector<int>& numbers, VersionFacts& facts
) {
  constexpr std::pair<std::string_view, std::string_view> kOldest[] = {
      {"oracle-", "19"}, {"sqlserver-", "13.00"}};
  for (const auto& [beginning, oldest] : kOldest) {
    if (engine.starts_with(beginning) && numbers[0] < version_numbers(oldest)[0]) {
      facts.is_offered = Answer::kNo;
      facts.oldest = oldest;
    }
  }
}

}  // namespace

VersionFacts version_facts(std::string_view engine, std::string_view version) {
  VersionFacts facts;
  const std::vector<int> numbers = version_numbers(version);
  if (numbers.empty()) {
    return facts;
  }
  std::vector<int> newest;
  for (const Major& major : kMajors) {
    if (major.engine != engine) {
      continue;
    }
    newest = version_numbers(major.version);
    if (facts.oldest.empty()) {
      facts.oldest = major.version;
    }
    if (starts_with_numbers(numbers, newest)) {
      facts.major = major.version;
      facts.is_offered = is_patch_offered(numbers, major);
      facts.oldest = major.oldest;
      facts.requires_tls = major.requires_tls ? Answer::kYes : Answer::kNo;
      return facts;
    }
  }
  if (newest.empty()) {
    note_commercial(engine, numbers, facts);
    return facts;
  }
  // A prefix such as "8" of mysql says less than a major version; what is newer is not known.
  if (numbers.size() >= newest.size()) {
    facts.major = fmt::format(
        "{}",
        fmt::join(
            numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(newest.size()), "."
        )
    );
    facts.is_offered = numbers < newest ? Answer::kNo : Answer::kUnknown;
  }
  return facts;
}

std::string oldest_behind_proxy(std::string_view engine, std::string_view version) {
  // "Supported engine versions for RDS Proxy", RDS user guide; read in June 2023.
  struct Oldest {
    std::string_view engine, version;
  };
  constexpr Oldest kOldest[] = {{"mysql", "5.7"}, {"mariadb", "10.3"}, {"postgres", "10"}};
  const std::vector<int> numbers = version_numbers(version);
  for (const Oldest& oldest : kOldest) {
    std::vector<int> least = version_numbers(oldest.version);
    least.resize(std::min(least.size(), numbers.size()));
    if (oldest.engine == engine && !numbers.empty() &&
        std::lexicographical_compare(numbers.begin(), numbers.end(), least.begin(), least.end())) {
      return std::string(oldest.version);
    }
  }
  return "";
}

std::string class_objection(
    std::string_view engine, std::string_view version, std::string_view instance_class
) {
  const auto parts = split(instance_class, '.');
  if (parts.size() < 2 || parts[0] != "db" || instance_class == "db.serverless") {
    return "";
  }
  const std::string_view family = parts[1];
  if (!may_be_family(family)) {
    return fmt::format("RDS has no classes {}", family);
  }
  // Oracle's classes with more memory have more parts.
  if (parts.size() != 3) {
    return parts.size() == 2 ? "a class has a family and a size, as db.t4g.micro does" : "";
  }
  const std::string_view size = parts[2];
  if (is_on_graviton(family) &&
      (engine.starts_with("oracle-") || engine.starts_with("sqlserver-"))) {
    return fmt::format("classes {} run on ARM, which {} does not", family, engine);
  }
  if (std::string objection = family_objection(family); !objection.empty()) {
    return objection;
  }
  if (is_retired(family) || (is_nearly_retired(family) && !is_old(engine, version))) {
    return fmt::format("RDS makes no classes {} any more", family);
  }
  for (const ClassFamily& known : kFamilies) {
    if (known.name == family && !holds(split(known.sizes, ' '), size)) {
      return fmt::format("the sizes of {} are {}", family, known.sizes);
    }
  }
  const bool is_of_servers = (family[0] == 'm' || family[0] == 'r') && generation_of(family) >= 5;
  return is_of_servers && !is_size_of_any(size) ? fmt::format("{} has no size {}", family, size)
                                                : "";
}

int usual_connections(std::string_view engine, std::string_view instance_class) {
  // "Maximum number of database connections", RDS user guide, Quotas and constraints.
  struct Formula {
    std::string_view engine;
    std::int64_t bytes_each;
    int most;
  };
  constexpr Formula kFormulas[] = {
      {"mysql", 12'582'880, 100'000},
      {"mariadb", 12'582'880, 100'000},
      {"postgres", 9'531'392, 5'000}};
  const std::int64_t memory = memory_of(instance_class);
  for (const Formula& formula : kFormulas) {
    if (formula.engine == engine) {
      return static_cast<int>(std::min<std::int64_t>(memory / formula.bytes_each, formula.most));
    }
  }
  return 0;
}

std::string_view tls_parameter(std::string_view engine) {
  const std::string_view family = engine_family(engine);
  return family == "MYSQL" ? "require_secure_transport" : family.empty() ? "" : "rds.force_ssl";
}

bool is_static_parameter(std::string_view family, std::string_view parameter) {
  const std::string engine = parse_family(family).engine;
  // "Using SSL with a Microsoft SQL Server DB instance", RDS user guide: rds.force_ssl is static.
  return engine == "mysql"
             ? holds(kStaticOfMysql, parameter) || holds(kStaticOfMysqlAlone, parameter)
         : engine == "mariadb"  ? holds(kStaticOfMysql, parameter)
         : engine == "postgres" ? holds(kStaticOfPostgres, parameter)
                                : engine.starts_with("sqlserver-") && parameter == "rds.force_ssl";
}

ParameterFamily parse_family(std::string_view family) {
  const auto digit =
      std::find_if(family.begin(), family.end(), [](char c) { return c >= '0' && c <= '9'; });
  // The 2 of oracle-se2-19 belongs to the edition.
  const auto dash = family.rfind('-');
  std::size_t at = static_cast<std::size_t>(digit - family.begin());
  if (dash != std::string_view::npos && dash > at) {
    at = dash + 1;
  }
  std::string_view engine = family.substr(0, at);
  if (engine.ends_with('-')) {
    engine.remove_suffix(1);
  }
  return {std::string(engine), std::string(family.substr(at))};
}

}  // namespace plumbline
