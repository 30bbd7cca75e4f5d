// Private to codec*.cc: what the dialects share and what each gives to encode_call and
// decode_response. Nothing outside controller/aws/codec*.cc includes it.
//
// The words a key may end in (query and REST-XML; JSON keys are sent as they are):
//   Tags[Tag]    a list whose items are called Tag (without a word: member)
//   Name[]       a flattened list: Name.1, or <Name/> repeated
//   Map{}        an object that is a map: Map.entry.1.key; {key:K,value:V} renames, {flat} flattens
// Words of nested lists and maps follow one another: Grid[Row][Cell], Map{}[].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/aws/call.h"

namespace plumbline::codec {

struct WireKey {
  std::string_view name;
  std::string_view words;
};
WireKey split_key(std::string_view key);

struct ListWord {
  std::string_view item = "member";
  bool is_flat = false;
  std::string_view rest;  ///< Words of the items.
};
ListWord take_list_word(std::string_view words);

struct MapWords {
  std::string_view key = "key";
  std::string_view value = "value";
  bool is_flat = false;
  std::string_view rest;  ///< Words of the values.
};
/// An object whose key says nothing else is a structure.
bool is_map(std::string_view words);
MapWords take_map_words(std::string_view words);

/// A scalar as the query, REST and XML dialects write it: true, 12, 1.5, NaN, base64. CHECKs that
/// it is one.
std::string scalar_text(const Value& value);
bool is_scalar(const Value& value);

// Requests. Each sets body, Content-Type and what else its dialect needs.
void encode_query(const Call& call, HttpRequest& request);
void encode_json(const Call& call, HttpRequest& request);
Status encode_rest(const Call& call, HttpRequest& request);

/// Compact JSON without null members; a null item of a list vanishes, too.
std::string json_text(const Value& value);
Result<std::string> xml_text(
    std::string_view root, std::string_view xml_namespace, const Value& content
);

// Replies.
/// Null members vanish, as they do in requests; null itself says as little as {}. An Error unless
/// it is an object that names none.
Result<Value> decode_json(std::string_view body);

struct XmlReply {
  Value body;
  std::string request_id;
};
/// ec2 and query: an Error unless the root is <action>Response.
Result<XmlReply> decode_xml(const Call& call, std::string_view body);

/// What an error reply says; members are empty where it says nothing.
struct Fault {
  std::string code;
  std::string message;
  std::string request_id;
};
Fault read_json_fault(const HttpResponse& response);
Fault read_xml_fault(const HttpResponse& response);

}  // namespace plumbline::codec
