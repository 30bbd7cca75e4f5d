// XML: REST-XML bodies out, and the replies of ec2, query and REST-XML in.
#include <algorithm>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "controller/aws/codec_parts.h"
#include "controller/base/text.h"

namespace plumbline::codec {

namespace {

constexpr int kMaxDepth = 64;
/// Names of different children of one element; no model has a hundredth of it. Each costs a search
/// among the others.
constexpr std::size_t kMaxNames = 4096;
/// Tags of a whole reply. An element takes some forty times the four bytes of "<a/>".
constexpr std::ptrdiff_t kMaxTags = 4'000'000;

// ---- Out ----

class XmlWriter {
 public:
  void open(std::string_view name, std::string_view xml_namespace = {}) {
    out_.append(1, '<').append(name);
    if (!xml_namespace.empty()) {
      out_ += " xmlns=\"";
      text(xml_namespace);
      out_ += '"';
    }
    out_ += '>';
  }
  void close(std::string_view name) { out_.append("</").append(name).append(1, '>'); }

  void members(const Object& object) {
    for (const Member& member : object) {
      const WireKey key = split_key(member.key);
      write(key.name, member.value, key.words);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write(std::string_view name, const Value& value, std::string_view words) {
    if (value.is_null()) {
      return;
    }
    if (value.is_list()) {
      list(name, value.as_list(), words);
    } else if (value.is_object() && is_map(words)) {
      map(name, value.as_object(), words);
    } else {
      open(name);
      if (value.is_object()) {
        members(value.as_object());
      } else {
        text(scalar_text(value));
      }
      close(name);
    }
  }

  void list(std::string_view name, const List& items, std::string_view words) {
    const ListWord word = take_list_word(words);
    if (!word.is_flat) {
      open(name);
    }
    for (const Value& item : items) {
      write(word.is_flat ? name : word.item, item, word.rest);
    }
    if (!word.is_flat) {
      close(name);
    }
  }

  void map(std::string_view name, const Object& entries, std::string_view words) {
    const MapWords word = take_map_words(words);
    const std::string_view entry_name = word.is_flat ? name : std::string_view("entry");
    if (!word.is_flat) {
      open(name);
    }
    for (const Member& entry : entries) {
      if (!entry.value.is_null()) {
        open(entry_name);
        write(word.key, entry.key, {});
        write(word.value, entry.value, word.rest);
        close(entry_name);
      }
    }
    if (!word.is_flat) {
      close(name);
    }
  }

  void text(std::string_view content) {
    for (const char c : content) {
      switch (c) {
        case '&':
          out_ += "&amp;";
          break;
        case '<':
          out_ += "&lt;";
          break;
        case '>':
          out_ += "&gt;";
          break;
        case '"':
          out_ += "&quot;";
          break;
        // A parser would turn these two into a plain line feed.
        case '\r':
          out_ += "&#xD;";
          break;
        case '\n':
          out_ += "&#xA;";
          break;
        default:
          out_ += c;
      }
    }
  }

  std::string out_;
};

// ---- In ----

Error unreadable(std::string_view why) {
  return {ErrorClass::kCorrupt, "InvalidXml", std::string(why), "", 0};
}

std::string_view local_name(const pugi::xml_node& node) {
  std::string_view name = node.name();
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    name.remove_prefix(colon + 1);
  }
  return name;
}

/// No entity but XML's own five is ever expanded, and none can be declared.
bool has_declarations(std::string_view body) {
  for (std::size_t at = body.find("<!"); at != std::string_view::npos;
       at = body.find("<!", at + 2)) {
    const std::string word = to_lower(body.substr(at + 2, 7));
    if (word == "doctype" || word.starts_with("entity")) {
      return true;
    }
  }
  return false;
}

/// "&#0;" and its like.
bool names_nul(std::string_view body) {
  for (std::size_t at = body.find("&#"); at != std::string_view::npos;
       at = body.find("&#", at + 2)) {
    const std::size_t digits = at + 2 + (body.substr(at + 2, 1) == "x" ? 1U : 0U);
    const std::size_t end = body.find_first_not_of('0', digits);
    if (end != std::string_view::npos && end > digits && body[end] == ';') {
      return true;
    }
  }
  return false;
}

/// Two answers in one, or words before and after it, are none: which one is meant?
bool has_one_root(const pugi::xml_document& document) {
  std::size_t elements = 0;
  for (pugi::xml_node child = document.first_child(); child; child = child.next_sibling()) {
    if (child.type() == pugi::node_element) {
      ++elements;
    } else if (!trim(child.value()).empty()) {
      return false;
    }
  }
  return elements == 1;
}

Status load(pugi::xml_document& document, std::string_view body) {
  if (has_declarations(body)) {
    return unreadable("it declares a document type");
  }
  if (!is_valid_utf8(body)) {
    return unreadable("it is not UTF-8");
  }
  // The parser would take a NUL for the end of the text.
  if (body.find('\0') != std::string_view::npos || names_nul(body)) {
    return unreadable("it holds a character that XML does not allow");
  }
  if (std::count(body.begin(), body.end(), '<') > kMaxTags) {
    return unreadable("it has too many elements");
  }
  const pugi::xml_parse_result parsed = document.load_buffer(
      body.data(),
      body.size(),
      pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_fragment,
      pugi::encoding_utf8
  );
  if (!parsed) {
    return unreadable(parsed.description());
  }
  if (!has_one_root(document)) {
    return unreadable("it is not one element and nothing else");
  }
  if (to_lower(local_name(document.document_element())) == "html") {
    return unreadable("it is a web page");
  }
  return Done{};
}

/// Repeated siblings become one list, wherever they stand. False when there are too many names.
bool add_member(Object& members, std::string_view key, Value value) {
  auto found = members.end();
  if (!members.empty() && members.back().key == key) {
    found = members.end() - 1;
  } else {
    found = std::find_if(members.begin(), members.end(), [&](const Member& member) {
      return member.key == key;
    });
  }
  if (found == members.end()) {
    members.push_back({std::string(key), std::move(value)});
    return members.size() <= kMaxNames;
  }
  if (!found->value.is_list()) {
    List list;
    list.push_back(std::move(found->value));
    found->value = Value(std::move(list));
  }
  found->value.as_list().push_back(std::move(value));
  return true;
}

/// False when the tree is too deep, or an element has children of too many names.
bool to_value(const pugi::xml_node& node, int depth, Value& out) {
  if (depth > kMaxDepth) {
    return false;
  }
  Object members;
  std::string text;
  for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
    if (child.type() == pugi::node_element) {
      if (members.empty()) {
        members.reserve(8);
      }
      Value value;
      if (!to_value(child, depth + 1, value) ||
          !add_member(members, local_name(child), std::move(value))) {
        return false;
      }
    } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      text += child.value();
    }
  }
  out = members.empty() ? Value(std::move(text)) : Value(std::move(members));
  return true;
}

pugi::xml_node child_named(
    const pugi::xml_node& node, std::initializer_list<std::string_view> names
) {
  for (const std::string_view name : names) {
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
      if (local_name(child) == name) {
        return child;
      }
    }
  }
  return {};
}

pugi::xml_node child_ending_in(const pugi::xml_node& node, std::string_view ending) {
  for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
    if (local_name(child).ends_with(ending)) {
      return child;
    }
  }
  return {};
}

std::string text_of(const pugi::xml_node& node) {
  std::string text;
  for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
    text += child.value();
  }
  return std::string(trim(text));
}

/// Where ec2, query and some REST-XML replies put the id.
std::string find_request_id(const pugi::xml_node& root) {
  const auto id_in = [](const pugi::xml_node& node) {
    return child_named(node, {"RequestId", "RequestID", "requestId"});
  };
  const pugi::xml_node id = id_in(root);
  return text_of(id ? id : id_in(child_named(root, {"ResponseMetadata"})));
}

/// InvalidChangeBatch and its like: the root is the code, the messages are a list.
void read_named_root(const pugi::xml_node& root, Fault& fault) {
  const pugi::xml_node messages = child_named(root, {"Messages"});
  if (!messages) {
    return;
  }
  fault.code = local_name(root);
  for (pugi::xml_node child = messages.first_child(); child; child = child.next_sibling()) {
    if (!fault.message.empty()) {
      fault.message += "; ";
    }
    fault.message += text_of(child);
  }
}

}  // namespace

Result<std::string> xml_text(
    std::string_view root, std::string_view xml_namespace, const Value& content
) {
  PLUMBLINE_CHECK(!root.empty() && content.is_object());
  XmlWriter writer;
  writer.open(root, xml_namespace);
  writer.members(content.as_object());
  writer.close(root);
  std::string text = writer.take();
  const bool is_writable = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
  });
  if (!is_writable) {
    return Error{
        ErrorClass::kInvalid,
        "InvalidRequest",
        "A control character in the request cannot be expressed in XML.",
        "",
        0};
  }
  return text;
}

Result<XmlReply> decode_xml(const Call& call, std::string_view body) {
  pugi::xml_document document;
  PLUMBLINE_TRY(done, load(document, body));
  static_cast<void>(done);
  const Protocol protocol = call.service->protocol;
  const pugi::xml_node root = document.document_element();
  // Whatever else it is, it says nothing about what was asked; an empty list would.
  if (protocol != Protocol::kRestXml && local_name(root) != call.action + "Response") {
    return unreadable(fmt::format("it is no {}Response", call.action));
  }
  XmlReply reply;
  pugi::xml_node start = root;
  if (protocol == Protocol::kQuery) {
    if (const pugi::xml_node result = child_ending_in(root, "Result")) {
      start = result;
      if (result.next_sibling(result.name())) {
        return unreadable("it holds more than one result");
      }
    }
  }
  if (!to_value(start, 1, reply.body)) {
    return unreadable("it is nested too deeply, or too wide");
  }
  if (protocol != Protocol::kRestXml) {
    reply.request_id = find_request_id(root);
    if (start == root) {
      for (const std::string_view word : {"ResponseMetadata", "requestId", "RequestId"}) {
        reply.body.erase(word);
      }
    }
  }
  if (reply.body.is_text() && trim(reply.body.as_text()).empty()) {
    reply.body = Value(Object{});
  }
  return reply;
}

Fault read_xml_fault(const HttpResponse& response) {
  Fault fault;
  pugi::xml_document document;
  if (!load(document, response.body)) {
    return fault;
  }
  const pugi::xml_node root = document.document_element();
  const pugi::xml_node error =
      document.find_node([](const pugi::xml_node& node) { return local_name(node) == "Error"; });
  if (error) {
    fault.code = text_of(child_named(error, {"Code"}));
    fault.message = text_of(child_named(error, {"Message", "message"}));
  } else {
    read_named_root(root, fault);
  }
  fault.request_id = find_request_id(root);
  if (fault.request_id.empty() && error) {
    fault.request_id = text_of(child_named(error, {"RequestId", "RequestID"}));
  }
  return fault;
}

}  // namespace plumbline::codec
