// The two form-encoded dialects: query (rds, iam, sns …) and its variant ec2.
#include "controller/aws/codec_parts.h"
#include "controller/base/text.h"

namespace plumbline::codec {

namespace {

class FormWriter {
 public:
  explicit FormWriter(bool is_ec2) : is_ec2_(is_ec2) {}

  void pair(std::string_view key, std::string_view value) {
    if (!out_.empty()) {
      out_ += '&';
    }
    out_.append(percent_encode(key)).append(1, '=').append(percent_encode(value));
  }

  /// The members of a structure; `prefix_` is the path to it.
  void members(const Value& structure) {
    for (const Member& member : structure.as_object()) {
      const WireKey key = split_key(member.key);
      const Below below(*this, key.name);
      write(member.value, key.words);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  /// Appends a segment to the prefix for as long as it lives.
  class Below {
   public:
    Below(FormWriter& writer, std::string_view segment)
        : prefix_(writer.prefix_), size_(prefix_.size()) {
      if (!segment.empty()) {
        if (!prefix_.empty()) {
          prefix_ += '.';
        }
        prefix_ += segment;
      }
    }
    ~Below() { prefix_.resize(size_); }
    Below(const Below&) = delete;
    Below& operator=(const Below&) = delete;

   private:
    std::string& prefix_;
    std::size_t size_;
  };

  void write(const Value& value, std::string_view words) {
    if (value.is_null()) {
      return;
    }
    if (value.is_list()) {
      list(value.as_list(), words);
    } else if (!value.is_object()) {
      pair(prefix_, scalar_text(value));
    } else if (is_map(words) && !is_ec2_) {
      map(value.as_object(), words);
    } else {
      members(value);
    }
  }

  void list(const List& items, std::string_view words) {
    if (items.empty()) {
      // An empty list is how query APIs are told to clear one; ec2 has no word for it.
      if (!is_ec2_) {
        pair(prefix_, "");
      }
      return;
    }
    const ListWord word = take_list_word(words);
    const Below below(*this, is_ec2_ || word.is_flat ? std::string_view() : word.item);
    int number = 0;
    for (const Value& item : items) {
      if (!item.is_null()) {
        const Below numbered(*this, std::to_string(++number));
        write(item, word.rest);
      }
    }
  }

  void map(const Object& entries, std::string_view words) {
    const MapWords word = take_map_words(words);
    const Below below(*this, word.is_flat ? std::string_view() : std::string_view("entry"));
    int number = 0;
    for (const Member& entry : entries) {
      if (entry.value.is_null()) {
        continue;
      }
      const Below numbered(*this, std::to_string(++number));
      {
        const Below key(*this, word.key);
        pair(prefix_, entry.key);
      }
      const Below value(*this, word.value);
      write(entry.value, word.rest);
    }
  }

  bool is_ec2_;
  std::string prefix_;
  std::string out_;
};

}  // namespace

void encode_query(const Call& call, HttpRequest& request) {
  FormWriter writer(call.service->protocol == Protocol::kEc2Query);
  writer.pair("Action", call.action);
  writer.pair("Version", call.service->api_version);
  if (call.request.is_object()) {
    writer.members(call.request);
  }
  request.body = writer.take();
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
}

}  // namespace plumbline::codec
